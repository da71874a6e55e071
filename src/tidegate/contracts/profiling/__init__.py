"""What data look like, and the contract that they hold: measured by Spark in one pass, decided in plain Python."""

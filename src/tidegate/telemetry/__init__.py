"""What operators see of runs: structured logs and metrics."""

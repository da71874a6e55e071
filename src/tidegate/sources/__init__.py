"""Readers of landing files: what has arrived, found without Spark, and its records in the columns of a contract."""

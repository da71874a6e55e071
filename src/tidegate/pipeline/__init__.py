"""Pipelines: jobs in the order that their inputs give, and their runs."""

"""Watches: checks of tables after their load, kept as numbers over time."""

from tidegate.job.watch.job import WatchJob

__all__ = ["WatchJob"]

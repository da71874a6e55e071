"""Frozen values that the rooms share: names, write modes, contracts, commits, reports and events. No Spark."""

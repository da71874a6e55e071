"""Rows to test with, made from contracts alone: some pass, and some fail one rule each. No Spark, no real data."""

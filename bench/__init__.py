"""Benchmarks: tidegate beside scripts written by hand for the same steps on the same data."""

"""One Spark session for all tests."""

from tidegate.testing.fixtures import spark

__all__ = ["spark"]

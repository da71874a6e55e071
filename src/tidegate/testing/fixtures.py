"""Fixtures for pytest: a project's `conftest.py` imports those that its tests take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import MissingExtraError
from tidegate.testing.session import local_session

try:
    import pytest
except ImportError as error:
    raise MissingExtraError("pytest", extra="test", purpose="a test's fixture") from error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    """Return the one local session of all tests, as `local_session` makes it."""
    with local_session() as session:
        yield session

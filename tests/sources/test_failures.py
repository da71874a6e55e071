"""Which failures of sources may go away by themselves, so that a pipeline may try again."""

from __future__ import annotations

import pytest

from tidegate.errors import SourceError
from tidegate.sources.database import asking, database_failure
from tidegate.sources.failures import source_failure


@pytest.mark.parametrize(
    ("text", "is_retryable"),
    [
        ("org.postgresql.util.PSQLException: Connection to localhost:1 refused. Check that the host is right", True),
        ("org.postgresql.util.PSQLException: FATAL: the database system is starting up", True),
        ("java.sql.SQLTransientException: Lock wait timeout exceeded", True),
        ('org.postgresql.util.PSQLException: ERROR: relation "orders" does not exist', False),
        ("org.postgresql.util.PSQLException: FATAL: password authentication failed", False),
        ("java.sql.SQLException: No suitable driver", False),
    ],
)
def test_a_database_that_is_not_there_now_may_be_later(text: str, *, is_retryable: bool) -> None:
    failure = database_failure(RuntimeError(text), "shop/orders")
    assert failure is not None
    assert failure.retryable == is_retryable


def test_a_failure_that_is_not_the_databases_is_left_as_it_is() -> None:
    failure = KeyError("a mistake of ours")
    assert database_failure(failure, "shop/orders") is None
    with pytest.raises(KeyError) as caught, asking("shop/orders"):
        raise failure
    assert caught.value is failure
    refused = RuntimeError('org.postgresql.util.PSQLException: ERROR: relation "orders" does not exist')
    with (
        pytest.raises(SourceError, match=r'the database refused: .*"orders" does not exist') as told,
        asking("shop/orders"),
    ):
        raise refused
    assert told.value.__cause__ is refused


def test_a_file_that_has_gone_is_not_listed_again() -> None:
    failure = source_failure(RuntimeError("[PATH_NOT_FOUND] Path does not exist: file:/landing/orders/a.csv."))
    assert failure is not None
    assert failure.retryable

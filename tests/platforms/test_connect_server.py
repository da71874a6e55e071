"""A server of Spark Connect that does not answer is said at once; no Spark, no Java."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import pytest

from tidegate.errors import PlatformError
from tidegate.platforms import connect_server
from tidegate.platforms.connect_server import check_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pyspark.sql import SparkSession

grpc = pytest.importorskip("grpc")


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connect_server, "SECONDS", 0.2)


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Yield a port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_nobody_who_answers_is_one_error_without_the_token(silent_port: int) -> None:
    with pytest.raises(PlatformError, match="no server of Spark Connect answers") as error:
        check_server({"SPARK_REMOTE": f"sc://127.0.0.1:{silent_port}/;token=secret"})
    assert error.value.where == f"SPARK_REMOTE, 127.0.0.1:{silent_port}"
    assert error.value.retryable
    assert "secret" not in str(error.value)


@pytest.mark.parametrize("address", ["http://host:1/;token=secret", "sc://host:1/path/;token=secret", "sc://"])
def test_what_is_no_address_is_not_repeated(address: str) -> None:
    with pytest.raises(PlatformError) as error:
        check_server({"SPARK_REMOTE": address})
    assert "secret" not in str(error.value)


def test_a_server_that_answers_is_enough() -> None:
    with ThreadPoolExecutor(1) as threads:
        server = grpc.server(threads)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        try:
            check_server({"SPARK_REMOTE": f"sc://127.0.0.1:{port}"})
        finally:
            server.stop(None)


def test_a_job_beside_others_does_not_wait_for_a_server_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    from tidegate.platforms.sessions import session_beside  # noqa: PLC0415 - collecting these tests must not load Spark

    session = cast("SparkSession", object())  # which, as a client of Spark Connect, makes no second one
    monkeypatch.delenv("SPARK_REMOTE", raising=False)
    assert session_beside(session) is session
    monkeypatch.setenv("SPARK_REMOTE", "sc://127.0.0.1:9")
    with pytest.raises(PlatformError, match="no server of Spark Connect answers"):
        session_beside(session)


@pytest.mark.parametrize("environ", [{}, {"SPARK_REMOTE": "local[2]"}])
def test_a_server_that_pyspark_starts_is_not_asked(environ: dict[str, str]) -> None:
    check_server(environ)

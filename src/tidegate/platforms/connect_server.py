"""Whether a server of Spark Connect answers."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tidegate.errors import PlatformError

if TYPE_CHECKING:
    from collections.abc import Mapping

ADDRESS = "SPARK_REMOTE"  # PySpark's own: dbt finds the same server by it

# PySpark itself tries for ten minutes, and says nothing meanwhile.
SECONDS = 10.0

_FORM = f"{ADDRESS}=sc://host:15002"


def check_server(environ: Mapping[str, str]) -> None:
    """Refuse to go on where the server that a variable names does not answer.

    An address that names no server, such as `local[2]`, is PySpark's to start.

    Args:
        environ: Environment variables.

    Raises:
        PlatformError: The address cannot be understood, or nobody answers there. The address is not shown beyond host
            and port, as it may have a token.
    """
    address = environ.get(ADDRESS, "")
    if "://" not in address:
        return
    grpc, channel = import_module("grpc"), _channel(address)
    try:
        grpc.channel_ready_future(channel).result(timeout=SECONDS)
    except grpc.FutureTimeoutError:
        raise PlatformError(
            f"no server of Spark Connect answers within {SECONDS:.0f} s",
            where=f"{ADDRESS}, {urlsplit(address).netloc.rpartition('@')[2]}",
            hint="look whether it has started, whether this machine may reach it, and whether it wants TLS "
            "(use_ssl=true)",
            retryable=True,
        ) from None
    finally:
        channel.close()


def _channel(address: str) -> Any:  # noqa: ANN401 - grpc has no types
    client = import_module("pyspark.sql.connect.client")
    builder = getattr(client, "DefaultChannelBuilder", None) or client.ChannelBuilder  # PySpark 4's name, and 3.5's
    try:
        return builder(address).toChannel()
    except Exception:  # noqa: BLE001 - what is raised depends on PySpark's version, and repeats the address
        raise PlatformError("the address of Spark Connect cannot be read", where=ADDRESS, hint=f"set {_FORM}") from None

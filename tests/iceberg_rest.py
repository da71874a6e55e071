"""Apache Iceberg's own REST catalog for tests, on a free port, with its tables in a database in memory."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.java_servers import fetched, free_port, serving, spark_jars

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = "1.10.1"

_WANTED = f"""<dependency org="org.apache.iceberg" name="iceberg-open-api" rev="{VERSION}" conf="default->master">
      <artifact name="iceberg-open-api" type="jar" ext="jar" m:classifier="test-fixtures"/>
    </dependency>
    <dependency org="org.apache.iceberg" name="iceberg-core" rev="{VERSION}">
      <artifact name="iceberg-core" type="jar" ext="jar"/>
      <artifact name="iceberg-core" type="jar" ext="jar" m:classifier="tests"/>
    </dependency>
    <dependency org="org.eclipse.jetty" name="jetty-servlet" rev="11.0.26"/>
    <dependency org="org.xerial" name="sqlite-jdbc" rev="3.50.3.0"/>
"""


@contextmanager
def iceberg_rest(warehouse: Path) -> Iterator[str]:
    """Hold a server whose tables lie below a folder, and yield its address."""
    jars = [
        *fetched(f"iceberg-rest-server-{VERSION}", _WANTED),
        *spark_jars("hadoop-client-", "log4j-", "commons-logging"),
    ]
    port = free_port()
    settings = {
        "CATALOG_CATALOG__IMPL": "org.apache.iceberg.jdbc.JdbcCatalog",
        "CATALOG_JDBC_SCHEMA__VERSION": "V1",
        "CATALOG_REST_PORT": str(port),
        "CATALOG_URI": "jdbc:sqlite:file::memory:",
        "CATALOG_WAREHOUSE": str(warehouse),
    }
    address = f"http://127.0.0.1:{port}"
    with serving("org.apache.iceberg.rest.RESTCatalogServer", jars, f"{address}/v1/config", settings):
        yield address

"""A real HDFS for tests: Hadoop's own name node and data node, whose files lie below a folder."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.java_servers import fetched, free_port, run_java, serving, spark_jars

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = "3.3.4"  # as Spark 3.5 brings the client

_SERVERS = "org.apache.hadoop.hdfs.server"
_WANTED = f"""<dependency org="org.apache.hadoop" name="hadoop-client-minicluster" rev="{VERSION}" transitive="false"/>
<dependency org="commons-logging" name="commons-logging" rev="1.1.3" transitive="false"/>
"""


@contextmanager
def hdfs(folder: Path) -> Iterator[str]:
    """Hold an empty HDFS and yield its address, `webhdfs://127.0.0.1:<port>`.

    Args:
        folder: An empty folder that both nodes keep their files in.
    """
    names, storage, settings = (folder / name for name in ("names", "data", "settings"))
    web, node = free_port(), free_port()
    values = {
        "dfs.datanode.address": "127.0.0.1:0",
        "dfs.datanode.data.dir": str(storage),
        "dfs.datanode.hostname": "127.0.0.1",
        "dfs.datanode.http.address": f"127.0.0.1:{node}",
        "dfs.datanode.ipc.address": "127.0.0.1:0",
        "dfs.namenode.http-address": f"127.0.0.1:{web}",
        "dfs.namenode.name.dir": str(names),
        "dfs.permissions.enabled": "false",
        "dfs.replication": "1",
        "fs.defaultFS": f"hdfs://127.0.0.1:{free_port()}",
    }
    entries = (f"<property><name>{name}</name><value>{value}</value></property>" for name, value in values.items())
    settings.mkdir(parents=True)
    document = f"<configuration>{''.join(entries)}</configuration>"
    for name in ("core-site.xml", "hdfs-site.xml"):  # each has the last word on its own part
        (settings / name).write_text(document)
    spark = spark_jars("hadoop-client-", "log4j-", "slf4j-", "jakarta.xml.bind-api", "jaxb-runtime", "activation")
    path = [settings, *fetched(f"hdfs-{VERSION}", _WANTED), *spark]
    run_java(f"{_SERVERS}.namenode.NameNode", path, "-format", "-force")
    address = f"127.0.0.1:{web}"
    state = f"http://{address}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState"
    with (
        serving(f"{_SERVERS}.namenode.NameNode", path, f"http://{address}/webhdfs/v1/?op=LISTSTATUS"),
        serving(f"{_SERVERS}.datanode.DataNode", path, state, is_ready=lambda told: b'"NumLiveDataNodes" : 1' in told),
    ):
        yield f"webhdfs://{address}"

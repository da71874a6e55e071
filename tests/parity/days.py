"""Takes the reference lakehouse through its days in a process of its own: `python days.py SPEC RESULT`.

The specification is a JSON document: `config`, the folder of the configuration; `days`, folders with all that has
landed up to a day, in their order; `lives`, which are lived one after the other: per name its `settings`, as `--set`
takes them, and its `environ`, variables that it alone has. The result is another one, of each life: per day the report
of the run, all rows of all tables, and the platform. Gold is built on the last day.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from tidegate import storage
from tidegate.factory.arguments import Arguments
from tidegate.factory.lakehouse import Lakehouse
from tidegate.model.names import TableName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def arrive(day: Path, landing: str) -> None:
    """Let the files of a day arrive that are not there yet."""
    for file in sorted(path for path in day.rglob("*") if path.is_file()):
        place = storage.join(landing, str(file.relative_to(day)))
        if not storage.exists(place):
            storage.write_new(place, file.read_bytes())


def rows(lakehouse: Lakehouse, table: TableName) -> list[dict[str, str]]:
    """Return the rows of a table as text, column by column."""
    frame = lakehouse.tables.store(table).read(table)
    return [{name: str(value) for name, value in row.asDict().items()} for row in frame.collect()]


def tables(lakehouse: Lakehouse) -> Iterable[TableName]:
    """Return the tables that there are."""
    for layer in lakehouse.settings.storage.layers:
        for name in storage.list_names(lakehouse.settings.storage.location_of(layer)):
            table = None if name.startswith("_") else TableName(layer, name)
            if table and lakehouse.tables.store(table).version(table) is not None:
                yield table


def what_there_is(lakehouse: Lakehouse) -> dict[str, object]:
    """Return all rows of all tables, and the platform."""
    found = {str(table): rows(lakehouse, table) for table in tables(lakehouse)}
    return {"tables": found, "platform": lakehouse.platform.name}


def live(config: str, days: Sequence[str], settings: Sequence[str], environ: Mapping[str, str]) -> dict[str, object]:
    """Run the pipeline once per day, and return what came of it."""
    import_module("s3fs").S3FileSystem.clear_instance_cache()  # a client keeps the variables that it was made with
    arguments = Arguments(config, overrides=tuple(settings), is_debugging=True)
    with patch.dict(os.environ, environ), Lakehouse.open(arguments) as lakehouse:
        reports = []
        for day in days:
            arrive(Path(day), lakehouse.settings.landing.root)
            name = "retail" if day == days[-1] else "bronze_to_silver"
            reports.append(json.loads(lakehouse.run(name).to_json()))
        return {"reports": reports, **what_there_is(lakehouse)}


def main(specification: Path, result: Path) -> None:
    """Live all lives, and write down what came of them."""
    wanted = json.loads(specification.read_text())
    found = {name: live(wanted["config"], wanted["days"], **life) for name, life in wanted["lives"].items()}
    result.write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

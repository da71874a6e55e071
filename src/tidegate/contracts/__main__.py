"""Write the sources of a project's dbt models: `python -m tidegate.contracts [FOLDER]`, by default in this folder."""

from __future__ import annotations

import sys

from tidegate import storage
from tidegate.contracts.dbt_sources import SOURCES_FILE, project_sources
from tidegate.errors import TidegateError

if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    try:
        storage.replace(storage.join(folder, SOURCES_FILE), project_sources(folder).encode())
    except TidegateError as error:
        sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)

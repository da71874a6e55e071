"""Write the JSON Schemas of the settings' files: `python -m tidegate.config [FOLDER]`, by default `config/schema`."""

from __future__ import annotations

import sys

from tidegate import storage
from tidegate.config.schema import SCHEMAS, json_schema

if __name__ == "__main__":
    folder = sys.argv[1] if len(sys.argv) > 1 else "config/schema"
    for name in SCHEMAS:
        storage.replace(storage.join(folder, f"{name}.schema.json"), json_schema(name).encode())

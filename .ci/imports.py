"""Import every module of tidegate with the Python that runs this, and say which of them it cannot import."""  # noqa: INP001 - a script

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import walk_packages

import tidegate


def main() -> int:
    """Return how many modules cannot be imported, at most 1 as an exit code; they are named on standard error."""
    broken = 0
    for module in walk_packages(tidegate.__path__, "tidegate.", onerror=lambda _: None):
        try:
            import_module(module.name)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            broken += 1
            version = ".".join(map(str, sys.version_info[:2]))
            sys.stderr.write(f"{module.name} on Python {version}: {type(error).__name__}: {error}\n")
    return min(broken, 1)


if __name__ == "__main__":
    sys.exit(main())

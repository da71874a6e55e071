"""`python -m tidegate`: the command, run by a Python that has tidegate, whatever is on the PATH."""

from __future__ import annotations

from tidegate.cli import main

if __name__ == "__main__":
    main()

"""Fail where fewer branches were taken by tests than there must be: `branches.py coverage.xml 90`."""  # noqa: INP001 - a script

import re
import sys
from pathlib import Path


def main(report: str, least: str) -> int:
    """Return 0 where so many percent of the branches were taken, and 1 where they were not."""
    found = re.search(r'<coverage [^>]*?branch-rate="([0-9.]+)"', Path(report).read_text(encoding="utf-8"))
    if found is None:
        sys.stderr.write(f"{report} does not say how many branches were taken\n")
        return 1
    taken = 100 * float(found[1])
    sys.stdout.write(f"{taken:.1f} % of all branches are taken by tests\n")
    if taken < float(least):
        sys.stderr.write(f"at least {least} % must be; those that are not are listed above\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

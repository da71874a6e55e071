"""Write the results of tests that ran apart into those of the others: `results.py all.json apart.json`."""  # noqa: INP001 - a script

import json
import sys
from collections import Counter
from pathlib import Path


def main(whole: str, *parts: str) -> int:
    """Add the tests and their counts; the seconds are those of the longest, as the parts run side by side."""
    documents = [json.loads(Path(name).read_text(encoding="utf-8")) for name in (whole, *parts)]
    first, *others = documents
    for other in others:
        first["tests"] += other["tests"]
        first["summary"] = dict(Counter(first["summary"]) + Counter(other["summary"]))
    first["duration"] = max(document["duration"] for document in documents)
    first["exitcode"] = max(document["exitcode"] for document in documents)
    Path(whole).write_text(json.dumps(first), encoding="utf-8")
    for name in parts:
        Path(name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

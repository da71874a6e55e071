"""Watch: what the tables are like after their load."""

from __future__ import annotations

from tidegate import WatchJob, entrypoint, main


class Watch(WatchJob):
    """Checks of all tables after their load: freshness, completeness, row counts, references, drift."""


JOB = entrypoint(Watch)

if __name__ == "__main__":
    main(JOB)

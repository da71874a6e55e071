"""A process of its own for each contender, told what to do line by line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[1]


class Contender:
    """A contender in its own process."""

    def __init__(self, name: str, module: str = "bench.worker") -> None:
        """Start it.

        Args:
            name: Its name, which the module is told.
            module: The module that answers.
        """
        self.name = name
        reading, writing = os.pipe()
        command = [sys.executable, "-m", module, name, str(writing)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, pass_fds=(writing,), cwd=REPOSITORY)
        os.close(writing)
        self._answers = os.fdopen(reading)

    def run(self, task: str, **arguments: str | float) -> dict[str, Any]:
        """Do a task, such as to load what has landed into a lake, and return what it answers, such as the seconds."""
        if self._process.stdin is None:
            raise RuntimeError(self.name)
        self._process.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
        self._process.stdin.flush()
        answer = self._answers.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended; its own message is above")
        found: dict[str, Any] = json.loads(answer)
        return found

    def stop(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=120)

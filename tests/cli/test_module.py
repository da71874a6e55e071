"""The command can be started as a module, by a Python of whose scripts nothing is on the PATH."""

from __future__ import annotations

import subprocess
import sys

from tidegate import __version__


def test_python_runs_the_command_and_passes_its_exit_code_on() -> None:
    def ran(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "tidegate", *arguments], capture_output=True, text=True, check=False
        )

    assert __version__ in ran("--version").stdout
    refused = ran("no-such-command")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no-such-command" in refused.stderr

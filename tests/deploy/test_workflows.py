"""Workflows use actions by their hashes, may do no more than they need, and try every Python on every line of Spark."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
# What a job may write, and nothing else.
WRITES = {("docs", "publish"): {"id-token", "pages"}, ("release", "publish"): {"id-token"}}


def loaded(file: Path) -> dict[str | bool, Any]:
    """Return a workflow; YAML reads its `on` as true."""
    return dict(yaml.safe_load(file.read_text(encoding="utf-8")))


def test_there_is_one_for_changes_for_docs_and_for_releases() -> None:
    assert [file.stem for file in WORKFLOWS] == ["ci", "docs", "release"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_actions_are_pinned_and_the_same_everywhere(file: Path) -> None:
    lines = [line.strip().removeprefix("- ") for line in file.read_text(encoding="utf-8").splitlines()]
    used = [line for line in lines if line.startswith("uses:")]
    assert used
    assert all(PINNED.fullmatch(line) for line in used)
    text = "\n".join(other.read_text(encoding="utf-8") for other in WORKFLOWS)
    for line in used:
        action = line.removeprefix("uses: ").partition("@")[0]
        assert len(set(re.findall(rf"{action}@\w+", text))) == 1, f"{action} has two hashes"


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_a_job_may_do_what_it_needs(file: Path) -> None:
    workflow = loaded(file)
    assert workflow["permissions"] == {}
    assert "pull_request_target" not in workflow[True]
    for name, job in workflow["jobs"].items():
        writes = {scope for scope, right in job["permissions"].items() if right == "write"}
        assert writes == WRITES.get((file.stem, name), set())
        assert job["timeout-minutes"] <= 120
        assert re.fullmatch(r"ubuntu-\d\d\.\d\d", job["runs-on"])
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), "values reach a shell as variables"
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


def test_every_python_meets_every_line_of_spark() -> None:
    matrix = loaded(WORKFLOWS[0])["jobs"]["test"]["strategy"]["matrix"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert matrix["python"] == re.findall(r"Python :: (3\.\d+)", project)
    assert matrix["spark"] == ["3.5", "4.1"]
    assert {row["spark"]: row["target"] for row in matrix["include"]} == {"3.5": "test", "4.1": "test-spark4"}


def test_a_release_is_published_by_trust_not_by_a_token() -> None:
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    publish = loaded(WORKFLOWS[2])["jobs"]["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert "secrets." not in text
    assert "password" not in text

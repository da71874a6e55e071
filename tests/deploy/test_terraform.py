"""The Terraform files parse, allow nothing everywhere without saying why, and fit what tidegate exports."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hcl2
import pytest

from tidegate.config import load_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
TERRAFORM = ROOT / "deploy" / "terraform"
LAKEHOUSE = TERRAFORM / "lakehouse"
FILES = sorted([*TERRAFORM.rglob("*.tf"), *TERRAFORM.rglob("*.tfvars")])
MODULES = sorted(folder.name for folder in (TERRAFORM / "modules").iterdir())
WAIVER = re.compile(r"checkov:skip=(\w+)(.*)")
TYPES = json.loads((ROOT / "tests" / "deploy" / "terraform" / "provider_types.json").read_text(encoding="utf-8"))


@cache
def parsed(file: Path) -> dict[str, Any]:
    """Return a file as python-hcl2 reads it."""
    return dict(hcl2.loads(file.read_text(encoding="utf-8")))


def blocks(folder: Path, kind: str) -> Iterator[tuple[str, Any]]:
    """Yield name and body of each block of a kind in a folder's files: its last two labels, or its only one."""
    for file in sorted(folder.glob("*.tf")):
        for block in parsed(file).get(kind, []):
            for label, body in block.items():
                yield label.strip('"'), body


def policies() -> Iterator[tuple[str, str, list[Any]]]:
    """Yield file, text of the file and statements of each document of permissions."""
    for file in sorted(TERRAFORM.rglob("*.tf")):
        found = [block.get('"aws_iam_policy_document"', {}) for block in parsed(file).get("data", [])]
        for document in (body for documents in found for body in documents.values()):
            dynamic = [inner for outer in document.get("dynamic", []) for inner in outer.values()]
            content = [statement for inner in dynamic for statement in inner["content"]]
            yield str(file), file.read_text(encoding="utf-8"), [*document.get("statement", []), *content]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(TERRAFORM)))
def test_a_file_parses_and_its_waivers_say_why(file: Path) -> None:
    assert parsed(file)
    for rule, reason in WAIVER.findall(file.read_text(encoding="utf-8")):
        assert len(reason.lstrip(":").split()) >= 5, f"{file}: {rule} is waived without a reason"


def test_nothing_is_allowed_everywhere_unless_a_line_says_why() -> None:
    found = list(policies())
    assert len(found) > 10
    for file, text, statements in found:
        for statement in statements:
            if statement.get("effect") == '"Deny"':
                continue
            every_action = [name for name in statement["actions"] if name == '"*"' or name.endswith(':*"')]
            assert not every_action or "kms:*" in every_action[0], f"{file}: {every_action}"
            if "resources" in statement and '"*"' in statement["resources"]:
                assert "checkov:skip=CKV_AWS_356:" in text, f"{file}: {statement.get('sid')} is about everything"


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_described_and_used(module: str) -> None:
    folder = TERRAFORM / "modules" / module
    for kind in ("variable", "output"):
        described = dict(blocks(folder, kind))
        assert described
        assert all(len(body["description"].split()) > 1 for body in described.values())
    sources = {body["source"].strip('"') for _, body in blocks(LAKEHOUSE, "module")}
    assert f"../modules/{module}" in sources


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_environment_gives_values_to_variables_that_are_there(environment: str) -> None:
    given = parsed(LAKEHOUSE / f"{environment}.tfvars").keys() - {"__comments__", "__inline_comments__"}
    variables = dict(blocks(LAKEHOUSE, "variable"))
    required = {name for name, body in variables.items() if "default" not in body}
    assert required <= given | {"project"} <= variables.keys()


def test_the_module_of_step_functions_fills_in_what_an_export_leaves_open() -> None:
    module = (TERRAFORM / "modules/step_functions/main.tf").read_text(encoding="utf-8")
    known = set(re.findall(r"^ +(tidegate_\w+) +=", module, re.MULTILINE))
    exported = [*(ROOT / "deploy/step_functions").glob("*.json"), *(ROOT / "deploy").glob("[eg]*/*.json")]
    open_names = {name for file in exported for name in re.findall(r"\$\{(\w+)\}", file.read_text(encoding="utf-8"))}
    assert {"tidegate_config", "tidegate_glue_job_name", "tidegate_emr_cluster_id"} <= open_names <= known


def test_what_is_used_has_types_for_the_stand_in() -> None:
    used = [("resource", *labels) for folder in TERRAFORM.rglob("*/") for labels in blocks(folder, "resource")]
    used += [("data", *labels) for folder in TERRAFORM.rglob("*/") for labels in blocks(folder, "data")]
    missing = {name for kind, name, _ in used if name not in TYPES[kind]}
    assert not missing, f"run tests/deploy/terraform/provider_types.py again: it does not know {missing}"


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_configuration_names_the_buckets_that_are_made(environment: str) -> None:
    settings = load_settings(str(ROOT / "config"), environment, environ={})
    quarantine = settings.storage.layers["quarantine"].location
    named = {place.split("/")[2] for place in (settings.storage.root, settings.landing.root, quarantine) if place}
    project = dict(blocks(LAKEHOUSE, "variable"))["project"]["default"].strip('"')
    text = (LAKEHOUSE / "main.tf").read_text(encoding="utf-8")
    made = re.findall(r"^    (\w+) +=.*removed_after_days", text, re.MULTILINE)
    assert named <= {f"{project}-{environment}-{purpose}" for purpose in made}

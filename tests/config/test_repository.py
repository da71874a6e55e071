"""The configuration that the repository ships."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from tidegate.config import SCHEMAS, SchemaName, json_schema, load_settings
from tidegate.storage.yaml_documents import parse_yaml

jsonschema = import_module("jsonschema")  # it carries no types
CONFIG = Path(__file__).parents[2] / "config"
FILES = sorted([*CONFIG.glob("*.yaml"), *CONFIG.glob("pipelines/*.yaml")])
ENVIRONMENTS = ["local", "dev", "staging", "prod"]


def schema_of(path: Path) -> SchemaName:
    if path.parent.name == "pipelines":
        return "pipeline"
    return "storage" if path.name == "storage.yaml" else "settings"


@pytest.mark.parametrize("env", ENVIRONMENTS)
def test_every_environment_loads(env: str) -> None:
    loaded = load_settings(str(CONFIG), env, environ={})

    assert loaded.environment == env
    assert {job.job for job in loaded.pipelines["retail"].jobs} >= {"bronze.order_lines", "silver.orders", "gold"}


def test_every_overlay_is_an_environment() -> None:
    assert {path.stem for path in CONFIG.glob("*.yaml")} == {"base", "storage", *ENVIRONMENTS}


def test_a_laptop_needs_no_network() -> None:
    loaded = load_settings(str(CONFIG), "local", environ={})

    assert loaded.storage.root == str(CONFIG.parent / "data/lakehouse")
    assert loaded.landing.root == str(CONFIG.parent / "data/landing")
    assert [transport.type for transport in loaded.lineage.transports] == ["file"]
    assert {name: layer.format for name, layer in loaded.storage.layers.items()} == {
        "bronze": "parquet",
        "silver": "delta",
        "gold": "delta",
        "quarantine": "parquet",
    }


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_for_editors_are_current(name: SchemaName) -> None:
    written = (CONFIG / "schema" / f"{name}.schema.json").read_text()

    assert written == json_schema(name), "write them anew: python -m tidegate.config config/schema"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_names_its_schema_and_obeys_it(path: Path) -> None:
    text = path.read_text()
    depth = "../" * (len(path.relative_to(CONFIG).parts) - 1)

    assert text.startswith(f"# yaml-language-server: $schema={depth}schema/{schema_of(path)}.schema.json\n")
    schema = json.loads(json_schema(schema_of(path)))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(parse_yaml(text.encode(), path.name).value)


@pytest.mark.parametrize(
    "text",
    [
        "platfrom: local",
        "lineage: {transports: [{type: http}]}",
        "lineage: {transports: [{type: http, url: 'http://x', api_key: plain}]}",
        "storage: {layers: {brnze: {format: delta}}}",
        "spark: {conf: {a: [1]}}",
    ],
)
def test_an_editor_sees_what_loading_would_refuse(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parse_yaml(text.encode(), "x.yaml").value, json.loads(json_schema("settings")))


def test_the_schemas_are_written_by_a_command(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "tidegate.config", str(tmp_path)], check=True)

    assert {path.name for path in tmp_path.iterdir()} == {f"{name}.schema.json" for name in SCHEMAS}


def test_importing_touches_no_settings_and_no_network() -> None:
    script = """
import os, sys
touched = []
def hook(event, arguments):
    if event.startswith("socket.") or (event == "open" and str(arguments[0]).endswith((".yaml", ".yml"))):
        touched.append(event)
sys.addaudithook(hook)
class Watched(dict):
    def __getitem__(self, name):
        if name.startswith(("TIDEGATE", "AWS")):
            touched.append(name)
        return super().__getitem__(name)
    def get(self, name, default=None):
        return self[name] if name in self else default
os.environ = Watched(os.environ)
import tidegate.config
heavy = {"pyspark", "s3fs", "fsspec", "botocore"} & {*sys.modules}
print(touched, heavy)
"""
    environ = {"TIDEGATE__RUN__KEEP_GOING": "true", "AWS_ENDPOINT_URL": "http://x", "PATH": "/bin"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environ)

    assert done.stdout.strip() == "[] set()"

"""Runs on Databricks: the SDK itself asks a server that answers as the REST API does."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tests.platforms.submissions.released import submission

from tidegate.errors import PlatformError
from tidegate.platforms.submissions import databricks
from tidegate.platforms.submissions.databricks import DatabricksRunner
from tidegate.platforms.submissions.port import Started

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

TOKEN = "zqX7token"  # noqa: S105 - what must never be shown


class Workspace:
    """Answers by path, in order; keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, object]]] = {}
        self.asked: list[tuple[str, Any]] = []

    def says(self, path: str, body: object, status: int = 200) -> None:
        self.answers.setdefault(path, []).append((status, body))

    def answer(self, path: str, body: bytes) -> tuple[int, object]:
        self.asked.append((path, json.loads(body or b"{}")))
        waiting = self.answers.get(path, [(404, {"error_code": "NOT_FOUND", "message": path})])
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]


@pytest.fixture
def workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    space = Workspace()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = space.answer(urlsplit(self.path).path.rpartition("/api/")[2], body)
            payload = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            if status == 429:
                self.send_header("Retry-After", "0")
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST  # noqa: N815 - http.server calls it so

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "DATABRICKS_HOST": f"http://127.0.0.1:{server.server_port}",
        "DATABRICKS_TOKEN": TOKEN,
        "NO_PROXY": "127.0.0.1",
        "DATABRICKS_CONFIG_FILE": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(databricks, "_RETRY_SECONDS", 3)
    yield space
    server.shutdown()
    server.server_close()


STARTED = Started("7", "0101-shop", "look")
SUBMIT, GET, OUTPUT = "2.2/jobs/runs/submit", "2.2/jobs/runs/get", "2.2/jobs/runs/get-output"


def state(life: str, result: str | None = None, message: str = "") -> dict[str, Any]:
    return {
        "run_id": 7,
        "state": {"life_cycle_state": life, "state_message": message, **({"result_state": result} if result else {})},
        "tasks": [{"run_id": 8, "task_key": "tidegate", "end_time": 1 if result else 0}],
    }


def test_a_run_is_the_script_of_the_release_with_its_wheel(workspace: Workspace) -> None:
    workspace.says(SUBMIT, {"run_id": 7})
    asked = submission("--set", "a.b=c", formats=("delta", "iceberg"))
    started = DatabricksRunner().start(asked)
    assert (started.run_id, started.where) == ("7", "0101-shop")
    (path, body) = workspace.asked[-1]
    assert path == SUBMIT
    assert body["idempotency_token"]
    (task,) = body["tasks"]
    assert task["existing_cluster_id"] == "0101-shop"
    assert task["spark_python_task"]["parameters"] == asked.words()
    assert task["spark_python_task"]["python_file"] == asked.released.address("entry_point")
    assert task["libraries"] == [{"whl": asked.released.address("wheel")}]


def test_a_new_cluster_has_the_settings_of_foreign_formats_alone(workspace: Workspace) -> None:
    workspace.says(SUBMIT, {"run_id": 7})
    profile = "arn:aws:iam::123456789012:instance-profile/shop"
    facts = {"spark_version": "17.3.x", "node_type": "m5.large", "workers": "3", "instance_profile_arn": profile}
    DatabricksRunner().start(submission(formats=("delta", "iceberg"), databricks=facts))
    cluster = workspace.asked[-1][1]["tasks"][0]["new_cluster"]
    assert (cluster["spark_version"], cluster["node_type_id"], cluster["num_workers"]) == ("17.3.x", "m5.large", 3)
    assert cluster["aws_attributes"]["instance_profile_arn"] == profile
    assert "iceberg" in cluster["spark_conf"]["spark.sql.extensions"]
    assert "delta" not in cluster["spark_conf"]["spark.sql.extensions"]
    with pytest.raises(PlatformError, match="cluster_id"):
        DatabricksRunner().start(submission(databricks={}))


@pytest.mark.parametrize(
    ("life", "result", "message", "code"),
    [
        ("PENDING", None, "", None),
        ("RUNNING", None, "", None),
        ("TERMINATED", "SUCCESS", "", 0),
        ("TERMINATED", "FAILED", "RunFailedError: the run ended with exit code 3: a gate refused the data", 3),
        ("TERMINATED", "CANCELED", "", 1),
        ("TERMINATED", "TIMEDOUT", "", 1),
        ("INTERNAL_ERROR", None, "cluster was lost", 1),
        ("SKIPPED", None, "", 1),
    ],
)
def test_the_end_of_a_run_is_an_exit_code_of_ours(
    life: str, result: str | None, message: str, code: int | None, workspace: Workspace
) -> None:
    workspace.says(GET, state(life, result, message))
    assert DatabricksRunner().state(STARTED).exit_code == code


def test_the_log_is_shown_when_the_task_has_ended(workspace: Workspace) -> None:
    workspace.says(GET, state("RUNNING"))
    workspace.says(GET, state("TERMINATED", "FAILED"))
    workspace.says(OUTPUT, {"logs": "one\ntwo", "error": "RunFailedError"})
    assert list(DatabricksRunner().log(STARTED)) == []
    assert list(DatabricksRunner().log(STARTED)) == ["one", "two", "RunFailedError"]


def test_throttling_is_waited_for(workspace: Workspace) -> None:
    for _ in range(2):
        workspace.says(GET, {"error_code": "REQUEST_LIMIT_EXCEEDED", "message": "slow"}, 429)
    workspace.says(GET, state("TERMINATED", "SUCCESS"))
    assert DatabricksRunner().state(STARTED).exit_code == 0


@pytest.mark.parametrize(
    ("status", "code", "message", "what", "hint"),
    [
        (403, "PERMISSION_DENIED", "no", "does not permit", "grant"),
        (401, "UNAUTHENTICATED", "no", "does not accept the credentials", "renew"),
        (404, "RESOURCE_DOES_NOT_EXIST", "Cluster 0101 does not exist", "nothing of that name", "DATABRICKS_HOST"),
        (400, "INVALID_PARAMETER_VALUE", "python_file is wrong", "python_file is wrong", "mend"),
        (400, "QUOTA_EXCEEDED", "quota of runs", "a limit of Databricks", "quota"),
    ],
)
def test_every_refusal_is_one_message_with_a_next_step(
    status: int, code: str, message: str, what: str, hint: str, workspace: Workspace
) -> None:
    workspace.says(SUBMIT, {"error_code": code, "message": message}, status)
    with pytest.raises(PlatformError, match=what) as error:
        DatabricksRunner().start(submission())
    assert hint in str(error.value.hint)
    assert TOKEN not in f"{error.value!r} {error.value.__cause__}"


def test_without_credentials_somebody_is_told_how_to_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", "/nowhere")
    with pytest.raises(PlatformError, match="no credentials for Databricks") as error:
        DatabricksRunner().start(submission())
    assert "DATABRICKS_HOST" in str(error.value.hint)


def test_a_run_is_cancelled_by_its_id(workspace: Workspace) -> None:
    workspace.says("2.2/jobs/runs/cancel", {})
    DatabricksRunner().cancel(STARTED)
    assert workspace.asked[-1] == ("2.2/jobs/runs/cancel", {"run_id": 7})

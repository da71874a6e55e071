"""dbt, called in this process. The one module that imports dbt."""

from __future__ import annotations

import json
import logging
import warnings
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, cast

from tidegate import storage
from tidegate.errors import JobDefinitionError, MissingExtraError, TidegateError
from tidegate.job.dbt.messages import cleaned
from tidegate.job.dbt.nodes import CheckNode, ModelNode, Outcome, ParsedProject
from tidegate.model.names import TableName
from tidegate.model.transfers import SchemaField

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from dbt.contracts.graph.manifest import Manifest

    from tidegate.job.dbt.nodes import NodeStatus
    from tidegate.job.dbt.request import DbtBuild, Variable

_WITH_TABLE = frozenset({"table", "incremental", "snapshot", "seed"})
_LOCATION = "gold_location"


class _Column(Protocol):
    name: str
    data_type: str | None
    description: str


class _Dependencies(Protocol):
    nodes: Sequence[str]


class _Config(Protocol):
    materialized: str
    severity: str


class _TestMetadata(Protocol):
    name: str
    kwargs: Mapping[str, object]


class _Node(Protocol):
    unique_id: str
    resource_type: str
    name: str
    alias: str
    schema: str
    description: str
    original_file_path: str
    config: _Config
    columns: Mapping[str, _Column]
    depends_on: _Dependencies


class _Source(Protocol):
    schema: str
    identifier: str


class _Manifest(Protocol):
    nodes: Mapping[str, _Node]
    sources: Mapping[str, _Source]


class _NodeResult(Protocol):
    node: _Node
    status: str
    execution_time: float
    failures: int | None
    message: str | None


class _BuildResult(Protocol):
    results: Sequence[_NodeResult]


class _Answer(Protocol):
    success: bool
    exception: BaseException | None
    result: object


class Dbt:
    """dbt for one build: parse the project, then build it.

    The project is parsed without the variables that change from build to build, so that dbt finds its last parse fit to
    use again.
    """

    def __init__(self, request: DbtBuild, place: str) -> None:
        """Keep what to build.

        Args:
            request: The build.
            place: Location of the gold tables as SQL may quote it.

        Raises:
            MissingExtraError: dbt, or its Spark adapter, is not installed.
        """
        self.request = request
        self._constants: dict[str, Variable] = {_LOCATION: place}
        self._runner = _runner()
        self._manifest: Manifest | None = None

    def parse(self) -> ParsedProject:
        """Return the project as dbt understands it.

        Raises:
            JobDefinitionError: The project cannot be parsed.
        """
        answer = self._invoke("parse", self._constants, "--no-write-json")
        if not answer.success or answer.result is None:
            file = getattr(getattr(answer.exception, "node", None), "original_file_path", None)
            raise JobDefinitionError(
                f"dbt cannot parse the project: {cleaned(str(answer.exception))}",
                where=storage.join(self.request.project_dir, file) if file else self.request.project_dir,
                hint="mend it, and run again; `tidegate run` parses the project anew when a file has changed",
            )
        self._manifest = cast("Manifest", answer.result)
        return _project(cast("_Manifest", answer.result))

    def build(self) -> tuple[Outcome, ...]:
        """Build all models and run all tests; return what became of each.

        Raises:
            TidegateError: dbt broke off without a result.
        """
        more = ("--full-refresh",) if self.request.is_full_refresh else ()
        answer = self._invoke("build", {**self._constants, **self.request.variables}, *more)
        if answer.result is None:
            raise TidegateError(
                f"dbt broke off: {cleaned(str(answer.exception))}",
                where=self.request.project_dir,
                hint=f"dbt's log is in {self.request.log_path}",
            )
        return tuple(_outcome(result) for result in cast("_BuildResult", answer.result).results)

    def _invoke(self, command: str, variables: Mapping[str, Variable], *more: str) -> _Answer:
        request = self.request
        flags = {
            "--project-dir": request.project_dir,
            "--profiles-dir": request.profiles_dir or request.project_dir,
            "--target-path": request.target_path,
            "--log-path": request.log_path,
            "--log-level": "none",
            "--log-level-file": "warn",
            "--vars": json.dumps(variables),
        }
        named = [part for pair in flags.items() for part in pair]
        switches = ["--quiet", "--no-use-colors", "--no-send-anonymous-usage-stats", "--no-version-check"]
        with _as_before():
            return self._runner(self._manifest)([command, *named, *switches, *more])


def _runner() -> Callable[[Manifest | None], Callable[[list[str]], _Answer]]:
    """Return what makes dbt's entry point from a parsed project."""
    try:
        with _as_before():
            from dbt.cli.main import dbtRunner  # noqa: PLC0415 - an extra that takes seconds to import
    except ModuleNotFoundError as error:
        raise MissingExtraError("dbt-core", extra="dbt", purpose="building gold") from error
    if find_spec("dbt.adapters.spark") is None:
        raise MissingExtraError("dbt-spark", extra="dbt", purpose="building gold on Spark")
    return lambda manifest: cast("Callable[[list[str]], _Answer]", dbtRunner(manifest=manifest).invoke)


@contextmanager
def _as_before() -> Iterator[None]:
    """Leave Python's logging as it was, and keep dbt's own deprecations from whoever runs us."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)


def _project(manifest: _Manifest) -> ParsedProject:
    nodes = list(manifest.nodes.values())
    models = [node for node in nodes if node.resource_type != "test" and node.config.materialized in _WITH_TABLE]
    ids = {node.unique_id for node in models}
    return ParsedProject(
        models=tuple(_model(node) for node in models),
        checks=tuple(_check(node, ids) for node in nodes if node.resource_type == "test"),
        sources=tuple(sorted({TableName(source.schema, source.identifier) for source in manifest.sources.values()})),
    )


def _model(node: _Node) -> ModelNode:
    columns = tuple(
        SchemaField(column.name, column.data_type, column.description)
        for column in node.columns.values()
        if column.data_type
    )
    return ModelNode(node.unique_id, node.name, node.original_file_path, TableName(node.schema, node.alias), columns)


def _check(node: _Node, models: Iterable[str]) -> CheckNode:
    generic = cast("_TestMetadata | None", getattr(node, "test_metadata", None))
    column = cast("str | None", getattr(node, "column_name", None))
    owner = cast("str | None", getattr(node, "attached_node", None))
    listed = generic.kwargs.get("columns") if generic else None
    return CheckNode(
        id=node.unique_id,
        name=node.name,
        file=node.original_file_path,
        kind=generic.name if generic else "identity",
        is_warning=node.config.severity.lower() == "warn",
        columns=(column,) if column else tuple(str(name) for name in listed) if isinstance(listed, list) else (),
        models=tuple(sorted((id_ for id_ in node.depends_on.nodes if id_ in models), key=lambda id_: id_ != owner)),
        description=node.description.strip(),
    )


def _outcome(result: _NodeResult) -> Outcome:
    return Outcome(
        id=result.node.unique_id,
        status=cast("NodeStatus", str(result.status)),
        seconds=round(result.execution_time, 3),
        failures=result.failures,
        message=result.message or "",
        sql=cast("str | None", getattr(result.node, "compiled_code", None)) or "",
    )

"""Load the settings: read, lay over each other, check as a whole, and report every problem at once."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from tidegate import storage
from tidegate.config.files import Files
from tidegate.config.nodes import Node
from tidegate.config.overrides import from_environment, from_options
from tidegate.config.pipelines import PipelineSettings
from tidegate.config.problems import MISSING, problems_of
from tidegate.config.settings import Settings, WrittenSettings
from tidegate.errors import ConfigError, Problem, SettingsError
from tidegate.releases.unpacking import local_config

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Model = TypeVar("Model", bound=BaseModel)


def load_settings(location: str, env: str, *, overrides: Sequence[str] = (), environ: Mapping[str, str]) -> Settings:
    """Return the settings of one environment.

    The sources, each stronger than the one before: base.yaml, storage.yaml, the overlay `<env>.yaml`, environment
    variables `TIDEGATE__A__B=value`, and `overrides`. Mappings are laid over each other key by key; all else, lists
    included, is taken as a whole from the strongest source.

    Args:
        location: The configuration's folder, its address in an object store, or the address of a release's manifest.
        env: Name of the environment, which is the name of an overlay.
        overrides: Settings as `a.b=value`, the last one strongest.
        environ: The environment variables.

    Raises:
        SettingsError: Something is wrong; it holds every problem that was found.
        ConfigError: There is no configuration at the location.
        StorageError: A file is there and cannot be read.
    """
    location = local_config(location)
    if not storage.exists(location):
        raise ConfigError(
            "there is no configuration",
            where=location,
            hint="name its folder with --config, or make a project with `tidegate init`",
        )
    root = _parent(location)
    files = Files(location, env)
    given = chain(files.settings(), from_environment(environ), from_options(overrides))
    found, problems = _merged(given, Node({}, location))
    written = _validated(WrittenSettings, found, root, problems)
    pipelines = _pipelines(files, root, problems)
    if problems or written is None:
        raise SettingsError(problems, where=f"{location}, environment {env}")
    sections = {name: getattr(written, name) for name in WrittenSettings.model_fields}
    return Settings.model_validate({**sections, "environment": env, "root": root, "pipelines": pipelines})


def _merged(given: Iterable[Node | Problem], start: Node) -> tuple[Node, list[Problem]]:
    merged: Node | None = None
    problems = []
    for item in given:
        if isinstance(item, Problem):
            problems.append(item)
        else:
            merged = item if merged is None else merged.under(item)
    return merged or start, problems


def _pipelines(files: Files, root: str, problems: list[Problem]) -> dict[str, PipelineSettings]:
    pipelines = {}
    for name, found in files.pipelines():
        if isinstance(found, Problem):
            problems.append(found)
            continue
        pipeline = _validated(PipelineSettings, found, root, problems, is_whole=True)
        if pipeline and pipeline.name != name:
            hint = f"write name: {name}, or rename the file"
            problems.append(Problem(found.origin_of(("name",)), "name", "is not the name of the file", hint))
        elif pipeline:
            places = (found.origin_of(("jobs", number)) for number in range(len(pipeline.jobs)))
            pipelines[name] = pipeline.placed((*places, found.origin_of(("name",))))
    return pipelines


def _validated(
    model: type[Model], found: Node, root: str, problems: list[Problem], *, is_whole: bool = False
) -> Model | None:
    """Return the model, or None and add what is wrong.

    What is missing is reported only when all files could be read: it may be in the one that could not.
    """
    try:
        return model.model_validate(found.plain(), context={"root": root})
    except ValidationError as error:
        told = list(problems_of(error, model, found))
    is_whole = is_whole or not problems
    problems.extend(problem for problem in told if is_whole or problem.what != MISSING)
    return None


def _parent(location: str) -> str:
    """Return the folder that holds the configuration's folder; for a whole bucket, the bucket."""
    if storage.is_local(location):
        return str(Path(storage.local_path(location)).absolute().parent)
    address = location.rstrip("/")
    scheme, _, rest = address.partition("://")
    above, slash, _ = rest.rpartition("/")
    return f"{scheme}://{above}" if slash else address

"""Settings from environment variables and from `--set`: a path, and a value in YAML's scalars or flow style."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.config import kinds
from tidegate.config.nodes import Node, at_path, of_value
from tidegate.config.settings import WrittenSettings
from tidegate.errors import Problem
from tidegate.storage.yaml_documents import YamlValue, parse_scalar, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PREFIX = "TIDEGATE__"
_FORM = "write a.b.c=value"


def from_environment(environ: Mapping[str, str]) -> Iterator[Node | Problem]:
    """Yield what the variables `TIDEGATE__A__B=value` say of `a.b`, sections before what is in them.

    Names count as lower case, since variables are written in upper case.
    """
    names = sorted((name for name in environ if name.startswith(PREFIX)), key=lambda name: (name.count("__"), name))
    for name in names:
        yield _override(name.removeprefix(PREFIX).lower().split("__"), environ[name], f"environment variable {name}")


def from_options(overrides: Sequence[str]) -> Iterator[Node | Problem]:
    """Yield what each `--set a.b=value` says, in the given order."""
    for number, override in enumerate(overrides, start=1):
        path, equals, text = override.partition("=")
        if equals and path.strip():
            yield _override(path.strip().split("."), text, f"--set {path.strip()}")
        else:
            yield Problem(f"--set, number {number}", "", "has no path or no =", _FORM)


def _override(path: list[str], text: str, origin: str) -> Node | Problem:
    if not all(path):
        return Problem(origin, "", "has an empty name in its path", _FORM)
    value = _value(text)
    if isinstance(value, Problem):
        return Problem(origin, ".".join(path), value.what, value.hint)
    return at_path(_with_free_names(path, value), of_value(value, origin))


def _value(text: str) -> YamlValue | Problem:
    """Return the value of a text: a flow mapping, a flow list, a quoted text, or a plain scalar as a whole."""
    if not text.strip().startswith(("{", "[", '"', "'")):
        return parse_scalar(text.strip())
    document = parse_yaml(text.strip().encode("utf-8", "surrogateescape"), "")
    if document.problems:
        what = "; ".join(problem.text for problem in document.problems)
        return Problem("", "", what, "put text that starts with { [ \" or ' in quotes")
    return document.value


def _with_free_names(path: list[str], value: YamlValue) -> list[str]:
    """Return the path with free names whole again: the names of jobs and of Spark's settings have dots in them."""
    kind: object = WrittenSettings
    for number, step in enumerate(path):
        levels = kinds.free_levels(kind)
        rest = path[number:]
        if levels == 1 or (levels > 1 and (len(rest) == 1 or isinstance(value, dict))):
            return [*path[:number], ".".join(rest)]
        if levels > 1:
            return [*path[:number], ".".join(rest[:-1]), rest[-1]]
        kind = kinds.below(kind, step)
    return path

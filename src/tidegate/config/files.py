"""The files of a configuration: base, storage, overlay and pipelines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate import storage
from tidegate.config.nodes import Node, at_path, of_document
from tidegate.config.problems import nearest
from tidegate.errors import MissingFileError, Problem
from tidegate.storage.yaml_documents import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_MAX_BYTES = 1_000_000
_SHARED = ("base", "storage")
_ENVIRONMENT = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True)
class Files:
    """The folder of a configuration, and the environment that is asked for.

    Attributes:
        location: The folder or address.
        env: Name of the environment.
    """

    location: str
    env: str

    def settings(self) -> Iterator[Node | Problem]:
        """Yield what base.yaml, storage.yaml and the overlay say, the weakest first, and what is wrong with them."""
        base = storage.join(self.location, "base.yaml")
        yield from self._read("base.yaml") or [Problem(base, "", "is missing", "a configuration starts with this file")]
        for found in self._read("storage.yaml"):
            yield at_path(["storage"], found) if isinstance(found, Node) else found
        is_name = _ENVIRONMENT.fullmatch(self.env) and self.env not in _SHARED
        yield from (self._read(f"{self.env}.yaml") if is_name else ()) or [self._unknown_environment()]

    def pipelines(self) -> Iterator[tuple[str, Node | Problem]]:
        """Yield what each file of a pipeline says, or what is wrong with it, by the name of the file."""
        for name in storage.list_names(storage.join(self.location, "pipelines")):
            where = f"pipelines/{name}"
            if name.endswith((".yaml", ".json")):  # JSON is YAML
                yield from ((name[: -len(".yaml")], found) for found in self._read(where))
            elif name.endswith(".yml"):
                yield name, Problem(storage.join(self.location, where), "", "is not read", "rename it to end in .yaml")

    def _read(self, name: str) -> Sequence[Node | Problem]:
        """Return what a file says, or all that keeps it from being read; nothing where it is missing."""
        location = storage.join(self.location, name)
        try:
            data = storage.read_bytes(location)
        except MissingFileError:
            return ()
        if len(data) > _MAX_BYTES:
            return (
                Problem(location, "", f"is larger than {_MAX_BYTES} bytes", "settings are small: is this the file?"),
            )
        document = parse_yaml(data, location)
        if document.problems:
            return [Problem(f"{location}:{p.line}:{p.column}", "", p.text) for p in document.problems]
        if document.value is None:
            return (Problem(f"{location}:1:1", "", "is empty", "write {} where there is nothing to say"),)
        if not isinstance(document.value, dict):
            return (Problem(f"{location}:1:1", "", "must be a mapping (key: value) at its top level"),)
        return (of_document(document),)

    def _unknown_environment(self) -> Problem:
        names = [name.removesuffix(".yaml") for name in storage.list_names(self.location) if name.endswith(".yaml")]
        hint = nearest(self.env, [name for name in names if name not in _SHARED])
        return Problem(
            self.location, "", f"there is no environment {self.env!r}", hint or "write an overlay, local.yaml"
        )

"""Configurations to load, written for one test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tests.storage.conftest import s3_bucket, s3_endpoint

from tidegate.config import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["configuration", "s3_bucket", "s3_endpoint"]

BASE = "project: {name: shop}\nstorage: {root: data/lakehouse}\n"


@dataclass(frozen=True)
class Configuration:
    """A folder of a configuration; `base.yaml` and `local.yaml` are there and say as little as they can."""

    folder: Path

    def write(self, **files: str) -> Configuration:
        """Write files by their names without `.yaml`; `__` stands for a slash."""
        for name, text in files.items():
            path = self.folder / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return self

    def load(
        self, *overrides: str, env: str = "local", environ: Mapping[str, str] | None = None, location: str = ""
    ) -> Settings:
        """Return the settings."""
        chosen: Sequence[str] = overrides
        return load_settings(location or str(self.folder), env, overrides=chosen, environ=environ or {})


@pytest.fixture
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    """Return a configuration that can be loaded."""
    return Configuration(tmp_path_factory.mktemp("project") / "config").write(base=BASE, local="{}")

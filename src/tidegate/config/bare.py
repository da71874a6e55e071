"""Settings where there is no project: enough to look at files."""

from __future__ import annotations

from tidegate.config.settings import Settings, WrittenSettings

_NOWHERE = {"format": "memory"}


def bare_settings(root: str) -> Settings:
    """Return settings without a project: all tables are in memory, and nobody is told of anything.

    Args:
        root: The folder that relative places are meant from.
    """
    layers = dict.fromkeys(("bronze", "silver", "gold", "quarantine"), _NOWHERE)
    given = {
        "project": {"name": "no-project"},
        "storage": {"root": "data", "layers": layers},
        "lineage": {"enabled": False},
    }
    written = WrittenSettings.model_validate(given, context={"root": root})
    sections = {name: getattr(written, name) for name in WrittenSettings.model_fields}
    return Settings.model_validate({**sections, "environment": "none", "root": root, "pipelines": {}})

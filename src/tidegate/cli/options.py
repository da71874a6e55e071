"""Options that commands share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypedDict, TypeVar

import click

from tidegate.factory.arguments import DEFAULT_CONFIG, DEFAULT_ENVIRONMENT, Arguments

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.config import Settings

Command = TypeVar("Command", bound="Callable[..., None]")


class Where(TypedDict):
    """What the shared options say."""

    config: str
    env: str
    platform: str | None
    overrides: tuple[str, ...]
    is_debugging: bool


_DEBUG = click.option("--debug", "is_debugging", is_flag=True, help="Show errors whole; they may contain data values.")
_SET = click.option("--set", "overrides", multiple=True, metavar="A.B=C", help="Override a setting; may be repeated.")
_PLATFORM = click.option("--platform", default=None, help="Platform; detected when left out.")
_ENV = click.option("--env", default=DEFAULT_ENVIRONMENT, show_default=True, envvar="TIDEGATE_ENV", help="Environment.")
_CONFIG = click.option(
    "--config",
    default=DEFAULT_CONFIG,
    show_default=True,
    envvar="TIDEGATE_CONFIG",
    help="Folder or object store address of the configuration.",
)


def with_configuration(command: Command) -> Command:
    """Give a command the options that say where the configuration is."""
    for option in (_DEBUG, _SET, _PLATFORM, _ENV, _CONFIG):
        command = option(command)
    return command


def with_place(command: Command) -> Command:
    """Give a command the same options but `--set`, which means something else there."""
    for option in (_DEBUG, _PLATFORM, _ENV, _CONFIG):
        command = option(command)
    return command


def with_environment(command: Command) -> Command:
    """Give a command the options that say which environment it is about, whatever this process runs on."""
    for option in (_DEBUG, _ENV, _CONFIG):
        command = option(command)
    return command


json_option = click.option("--json", "is_json", is_flag=True, help="Print one JSON document on standard output.")


def settings_of(where: Where) -> Settings:
    """Return the settings that the shared options mean.

    Raises:
        ConfigError: They cannot be read; the message lists all problems with file and line.
    """
    from tidegate.config import load_settings  # noqa: PLC0415 - not needed for --help

    given = arguments(where)
    return load_settings(given.config, given.env, overrides=given.overrides, environ=os.environ)


def arguments(where: Where, *, is_json: bool = False, rest: tuple[str, ...] = ()) -> Arguments:
    """Return the arguments that the shared options mean."""
    return Arguments(
        config=where["config"],
        env=where["env"],
        platform=where["platform"],
        overrides=tuple(where["overrides"]),
        is_json=is_json,
        is_debugging=where["is_debugging"],
        rest=rest,
    )

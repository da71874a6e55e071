"""Great Expectations itself: an extra, loaded when it is asked for, as it takes seconds."""

from __future__ import annotations

import importlib
import os
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tidegate.errors import MissingExtraError

if TYPE_CHECKING:
    from types import ModuleType

_PACKAGE = "great_expectations"
# Older and newer versions may report how they are used; nobody is asked here, so nobody is told.
_QUIET = "GX_ANALYTICS_ENABLED"


def is_installed() -> bool:
    """Return whether Great Expectations can be loaded; nothing is loaded."""
    return find_spec(_PACKAGE) is not None


def need(purpose: str) -> None:
    """Go on only where Great Expectations is installed; nothing is loaded.

    Args:
        purpose: What it is needed for, in a few words.

    Raises:
        MissingExtraError: It is not installed.
    """
    if not is_installed():
        raise MissingExtraError("great-expectations", extra="gx", purpose=purpose)


def load(module: str, purpose: str) -> ModuleType:
    """Return a module of tidegate's or of Great Expectations' that cannot do without the package.

    Raises:
        MissingExtraError: It is not installed.
    """
    need(purpose)
    os.environ.setdefault(_QUIET, "False")
    with warnings.catch_warnings():  # of its own dependencies, which nobody here can mend
        warnings.simplefilter("ignore")
        return importlib.import_module(module)

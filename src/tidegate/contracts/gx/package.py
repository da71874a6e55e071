"""Great Expectations itself: an extra, loaded when it is asked for, as it takes seconds."""

from __future__ import annotations

import os
import warnings
from importlib import import_module
from importlib.util import find_spec

from tidegate.errors import MissingExtraError

_PACKAGE = "great_expectations"
# Some versions report how they are used; nobody was asked here, so nobody is told.
_ANALYTICS = "GX_ANALYTICS_ENABLED"


def load(purpose: str) -> None:
    """Load Great Expectations, so that what imports it can be imported.

    Args:
        purpose: What it is needed for, in a few words.

    Raises:
        MissingExtraError: It is not installed.
    """
    if find_spec(_PACKAGE) is None:
        raise MissingExtraError("great-expectations", extra="gx", purpose=purpose)
    os.environ[_ANALYTICS] = "False"
    with warnings.catch_warnings():  # of its own dependencies: nobody can mend them here
        warnings.simplefilter("ignore")
        import_module(_PACKAGE)

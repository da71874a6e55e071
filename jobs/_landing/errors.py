"""The one error of the landing data."""

from __future__ import annotations


class LandingError(Exception):
    """A landing that cannot be made: says what is wrong, where, and what to do about it."""

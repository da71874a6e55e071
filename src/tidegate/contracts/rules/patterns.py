"""Regular expressions of rules: read here before Spark (that is, Java) ever sees them."""

from __future__ import annotations

import re
import warnings

# The HTML standard's e-mail field, with at least one dot in the domain.
# Source: https://html.spec.whatwg.org/#valid-e-mail-address
_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
EMAIL = rf"\A[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+\z"

UUID = r"\A[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\z"

_FOREIGN = re.compile(r"(?P<escape>\\.)|(?P<python>\(\?[P(])|(?P<name>\(\?<(?![=!]))", re.DOTALL)
_CATEGORY = re.compile(r"\\[pP](?:\{\w+\}|\w)")


def pattern_problem(pattern: str) -> str | None:
    """Return why a pattern cannot be used, or None where it can.

    Python reads it in Java's place, so what only Java knows (Unicode categories, named groups) is put into Python's
    words first. What only Java refuses is found when the rule runs, and then nothing is published.
    """
    if not pattern:
        return "the pattern is empty, so every text matches it"
    if any(found["python"] for found in _FOREIGN.finditer(pattern)):
        return "the pattern has a group that Spark does not know; a named group is (?<name>…)"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            re.compile(_FOREIGN.sub(_in_python, _CATEGORY.sub(r"\\w", pattern)))
    except FutureWarning:
        return "the pattern has a class within a class, which languages read differently; write \\[ for a bracket"
    except (re.error, RecursionError, OverflowError) as error:
        return f"the pattern cannot be read: {error}"
    return None


def python_pattern(pattern: str) -> re.Pattern[str] | None:
    """Return a pattern as Python reads it; None where it has what only Java knows."""
    if _CATEGORY.search(pattern):
        return None
    return re.compile(_FOREIGN.sub(_in_python, pattern), re.ASCII)


def like_problem(pattern: str) -> str | None:
    """Return why a pattern of LIKE cannot be used, or None where it can."""
    pieces = pattern.replace("\\\\", "").split("\\")[1:]
    is_fine = all(piece.startswith(("%", "_")) for piece in pieces)
    return None if is_fine else "a backslash in LIKE stands before %, _ or another backslash"


def _in_python(found: re.Match[str]) -> str:
    if found["name"]:
        return "(?P<"
    return r"\Z" if found["escape"] == r"\z" else found[0]

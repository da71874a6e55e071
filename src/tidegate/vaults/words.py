"""How a secret is told from what is none: by the name of what holds it, and by the form of a reference to one."""

from __future__ import annotations

import re

_REFERENCE = re.compile(
    r"env:[A-Za-z_][A-Za-z0-9_]*|file:[^\0\n]+|aws-sm:[A-Za-z0-9/_+=.@:-]+(?:#[^\0\n#]+)?"
    r"|aws-ssm:[A-Za-z0-9/_.:-]+|databricks:[A-Za-z0-9_@.-]+/[A-Za-z0-9_.-]+"
)
_SECRET_KEY = re.compile(
    r"(?:secret|credential|passw(?:or)?d|passphrase|token|authorization|cookie|(?:access|account|api|private|secret)[._-]?key)$",
    re.IGNORECASE,
)


def is_secret_key(key: str) -> bool:
    """Return whether a key's name says that its value is a secret, such as `fs.s3a.secret.key` or `api_token`."""
    return _SECRET_KEY.search(key) is not None


def is_secret_reference(text: str) -> bool:
    """Return whether a text has the form of a reference to a secret, such as `env:API_KEY`."""
    return _REFERENCE.fullmatch(text) is not None

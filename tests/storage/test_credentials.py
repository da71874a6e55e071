"""An S3 that checks who asks lets nobody in with a wrong secret, and the one message says what to do about it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest

from tidegate import storage
from tidegate.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.integration

WRONG = "zqX7wrong"
ASKED: dict[str, Callable[[str], object]] = {
    "written": lambda uri: storage.write_new(uri, b""),
    "read": storage.read_bytes,
    "listed": storage.list_names,
    "looked up": storage.exists,
    "removed": storage.delete,
}


@pytest.mark.parametrize("done", ASKED)
@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_wrong_credentials_are_refused_and_said(
    done: str, name: str, checking_bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = f"s3://{checking_bucket}/x"
    storage.write_new(uri, b"1")
    monkeypatch.setenv(name, WRONG)
    import_module("s3fs").S3FileSystem.clear_instance_cache()
    with pytest.raises(StorageError) as caught:
        ASKED[done](uri)
    assert caught.value.where == uri
    assert f"cannot be {done}" in caught.value.what
    assert "credentials" in str(caught.value.hint)
    assert not caught.value.retryable
    assert WRONG not in str(caught.value)

"""A store in front of which things go wrong."""

from __future__ import annotations

from tests.storage.conftest import faults, s3_bucket, s3_endpoint

__all__ = ["faults", "s3_bucket", "s3_endpoint"]

"""A store in front of which things go wrong, and one that checks who asks."""

from __future__ import annotations

from tests.storage.conftest import checking_bucket, checking_endpoint, faults, s3_bucket, s3_endpoint

__all__ = ["checking_bucket", "checking_endpoint", "faults", "s3_bucket", "s3_endpoint"]

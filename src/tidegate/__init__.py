"""tidegate: a framework for PySpark lakehouse jobs."""

from __future__ import annotations

__version__ = "0.1.0"

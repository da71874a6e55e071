"""Upkeep of tables: how one should lie on disk, what is rewritten for it, and what is no longer needed."""

from __future__ import annotations

from tidegate.tables.upkeep.advice import advise
from tidegate.tables.upkeep.keeping import REWRITABLE, keeper_of
from tidegate.tables.upkeep.layout import Decision, Layout, Shape, Usage, Wishes
from tidegate.tables.upkeep.port import Keeper

__all__ = ["REWRITABLE", "Decision", "Keeper", "Layout", "Shape", "Usage", "Wishes", "advise", "keeper_of"]

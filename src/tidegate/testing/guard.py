"""A guard under which no Spark action can run, so that a test proves a transform pure."""

from __future__ import annotations

from tidegate.contracts.marks.guard import ACCESSORS, ACTIONS, ActionForbiddenError, forbid_actions

__all__ = ["ACCESSORS", "ACTIONS", "ActionForbiddenError", "forbid_actions"]

"""Names of the columns by which change data is worked out."""

from __future__ import annotations

IS_DELETED = "_is_deleted"  # true on a row that readers do not see, null on all others
CHANGED_AT = "_changed_at"  # per column the sequence that its value is from; under `*` that of the last delete

PLACE = "_place"  # 1 on the row that stands for its key
FLOOR = "_floor"  # sequence of the newest truncate
WAS_DELETED = "_was_deleted"  # `_is_deleted` of a row as it came, before anything was worked out
IS_GONE = "_is_gone"  # whether nothing of the key is left, not even a hidden row
IS_CHANGED = "_is_changed"  # whether what stands for the key differs from what the table has
HAS_EFFECT = "_has_effect"  # whether this change is part of what stands

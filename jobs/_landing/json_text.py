"""Order lines as JSON text, a month of them in one go."""
# ruff: noqa: TID252

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .source import AMOUNTS

if TYPE_CHECKING:
    import pyarrow as pa

    from .draws import Flags, Ints
    from .sends import Sends


class JsonLines:
    """The text of many sendings, one JSON object per line, each line cut out without copying the others."""

    def __init__(self, sends: Sends, has_week: Flags) -> None:
        """Write the text.

        Args:
            sends: What to write, in order.
            has_week: Which sendings carry the additional field `week`.
        """
        import pyarrow.compute as pc  # noqa: PLC0415 - needed to make a landing, not to discover the job

        text = pc.binary_join_element_wise(*_pieces(sends, has_week), _literal(""))
        _, ends, letters = text.buffers()
        self._ends: Ints = np.frombuffer(ends, dtype=np.int64)
        self._letters = memoryview(letters)

    def between(self, start: int, end: int) -> bytes:
        """Return the lines from position `start` up to but without position `end`, each with its line feed."""
        return bytes(self._letters[self._ends[start] : self._ends[end]])


def _pieces(sends: Sends, has_week: Flags) -> list[pa.Array]:
    import pyarrow as pa  # noqa: PLC0415

    lines = sends.lines
    order, product = _text(pa.array(lines.order_id)), _text(pa.array(lines.product_id))
    pieces = [_literal('{"order_line_id":"'), order, _literal("-"), product, _literal('"')]
    fields = {
        "order_id": (order,),
        "customer_id": (_text(pa.array(lines.customer_id)),),
        "product_id": (product,),
        "store_id": (_text(pa.array(lines.store_id)),),
        "quantity": (_text(pa.array(lines.quantity)),),
        **{name: _dollars(lines.amounts[row]) for row, name in enumerate(AMOUNTS)},
    }
    for name, value in fields.items():
        pieces += [_literal(f',"{name}":'), *value]
    pieces += [_literal(',"currency":"USD","ordered_at":"'), *_moment(lines.ordered_at)]
    pieces += [_literal('Z","updated_at":"'), *_moment(sends.updated_at), _literal('Z"')]
    return [*pieces, *_week(lines.week, has_week), _literal("}\n")]


def _literal(text: str) -> pa.Scalar:
    import pyarrow as pa  # noqa: PLC0415

    return pa.scalar(text, pa.large_string())


def _text(values: pa.Array) -> pa.Array:
    import pyarrow as pa  # noqa: PLC0415

    return values.cast(pa.large_string())


def _dollars(cents: Ints) -> tuple[pa.Array, pa.Scalar, pa.Array]:
    import pyarrow as pa  # noqa: PLC0415

    two_digits = pa.array([f"{rest:02}" for rest in range(100)], pa.large_string())
    return _text(pa.array(cents // 100)), _literal("."), two_digits.take(pa.array(cents % 100))


def _moment(seconds: Ints) -> tuple[pa.Array, pa.Scalar, pa.Array]:
    import pyarrow as pa  # noqa: PLC0415

    moment = pa.array(seconds).cast(pa.timestamp("s"))
    return _text(moment.cast(pa.date32())), _literal("T"), _text(moment.cast(pa.time32("s")))


def _week(week: Ints, has_week: Flags) -> tuple[pa.Array, pa.Array]:
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.compute as pc  # noqa: PLC0415

    flags = pa.array(has_week)
    name = pc.if_else(flags, _literal(',"week":'), _literal(""))
    return name, pc.if_else(flags, _text(pa.array(week)), _literal(""))

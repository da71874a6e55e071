"""What every section of the settings is made of: a frozen model and a mapping that cannot be changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, WrapSerializer

Key = TypeVar("Key")
Value_co = TypeVar("Value_co", covariant=True)


class Section(BaseModel):
    """A part of the settings: frozen, without unknown keys, and silent about values when it refuses them."""

    model_config = ConfigDict(
        allow_inf_nan=False,
        extra="forbid",
        frozen=True,
        strict=True,
        validate_default=True,
        hide_input_in_errors=True,
    )


class FrozenMapping(Mapping[Key, Value_co], Generic[Key, Value_co]):
    """A mapping that cannot be changed, keeps its order, and can be hashed and pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[Key, Value_co]) -> None:
        """Copy the items."""
        self._items = dict(items)

    def __getitem__(self, key: Key) -> Value_co:
        """Return the value of a key."""
        return self._items[key]

    def __iter__(self) -> Iterator[Key]:
        """Yield the keys in their order."""
        return iter(self._items)

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._items)

    def __hash__(self) -> int:
        """Return a hash that does not depend on the order, as equality does not."""
        return hash(frozenset(self._items.items()))

    def __repr__(self) -> str:
        """Return the items as a dict shows them."""
        return repr(self._items)


def _as_dict(mapping: Mapping[Key, Value_co], rest: Callable[[dict[Key, Value_co]], object]) -> object:
    return rest(dict(mapping))


# For fields: `ReadOnly` after a mapping's own checks makes the value a FrozenMapping, and writes it out as a plain one.
freeze = AfterValidator(FrozenMapping)
thaw = WrapSerializer(_as_dict)
ReadOnlyMapping = Annotated[Mapping[Key, Value_co], freeze, thaw]

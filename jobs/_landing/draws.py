"""Chance that repeats: numbers that depend on a record's own key and the seed, and on nothing else.

A hash of the key takes the place of a random generator, so that neither the order of the records, nor how many of them
are read, nor the version of a library decides which of them is late.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Weights = NDArray[np.uint64]

# A day number takes 16 bits of a place in the queue until the year 2149.
_WEIGHT_BITS = 48
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def weights(*keys: Ints, seed: int, salt: str) -> Weights:
    """Return one well mixed 64-bit number per key; another salt or seed gives unrelated numbers.

    Source: the finaliser of SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators").
    """
    start = np.uint64((zlib.crc32(salt.encode()) << 32 | (seed & 0xFFFFFFFF)) & 0xFFFFFFFFFFFFFFFF)
    mixed = np.full(len(keys[0]), start, dtype=np.uint64)
    for key in keys:
        mixed = _finalised(mixed ^ key.astype(np.uint64))
    return mixed


def _finalised(value: Weights) -> Weights:
    value = value + _GOLDEN
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def places(day: Ints, weight: Weights) -> Ints:
    """Return each record's place, from 0, when they queue by day and within a day by weight.

    Taking every 50th place then takes 2 % of the records of any run of days, exactly but for the last one, and within a
    day it takes them by chance. Records of later days do not change the places of earlier ones.
    """
    place = np.empty(len(day), dtype=np.int64)
    queue = (day.astype(np.uint64) << np.uint64(_WEIGHT_BITS)) | (weight >> np.uint64(64 - _WEIGHT_BITS))
    place[np.argsort(queue, kind="stable")] = np.arange(len(day))
    return place


def below(weight: Weights, bound: int) -> Ints:
    """Return each weight brought into 0 to `bound` - 1."""
    return (weight % np.uint64(bound)).astype(np.int64)

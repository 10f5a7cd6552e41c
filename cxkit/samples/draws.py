"""Random draws that are the same on every processor: hashed counters, whole numbers only.

A draw is a function of its seed, the name of what is drawn, and the customer (and order, month, ...) it is drawn for.
Nothing depends on the draws made before it, so any part of the company can be made alone, in any order, in chunks.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import lru_cache
from zlib import crc32

import numpy as np

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15

#: One unit of `Draws.exponential`: its mean.
ONE = 1 << 16


def _mix(value: np.ndarray) -> np.ndarray:
    """The finishing step of splitmix64: every input bit moves every output bit."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@lru_cache(maxsize=1)
def _exponential_quantiles() -> np.ndarray:
    """4,096 quantiles of the exponential distribution in units of 1/ONE.

    `decimal` rounds its logarithm correctly by definition, where the C library's may differ in the last bit.
    """
    with localcontext() as context:
        context.prec = 15
        steps = [-(Decimal(2 * i + 1) / 8192).ln() * ONE for i in range(4096)]
        return np.array([int(step.to_integral_value()) for step in steps], dtype=np.int64)


class Draws:
    """Draws of one sample company.

    Parameters
    ----------
    seed : int
        Another seed is another company under the same rules.

    Examples
    --------
    >>> draws = Draws(7)
    >>> alone, among = draws.below("region", 100, [42]), draws.below("region", 100, [41, 42, 43])
    >>> bool(alone[0] == among[1])
    True
    """

    def __init__(self, seed: int) -> None:
        self.seed = int(seed)

    def bits(self, stream: str, *keys) -> np.ndarray:
        """64 mixed bits for each combination of keys (arrays of one length, or single numbers)."""
        start = (self.seed * _GOLDEN + crc32(stream.encode())) & _MASK
        state = _mix(np.array([start], dtype=np.uint64))
        for key in keys:
            step = np.atleast_1d(np.asarray(key, dtype=np.int64)).astype(np.uint64) + np.uint64(1)
            state = _mix(state + step * np.uint64(_GOLDEN))
        return state

    def below(self, stream: str, limit, *keys) -> np.ndarray:
        """Whole numbers from 0 up to, not including, the limit (a number or an array; under 2**31)."""
        limit = np.asarray(limit, dtype=np.int64).astype(np.uint64)
        return (((self.bits(stream, *keys) >> np.uint64(32)) * limit) >> np.uint64(32)).astype(np.int64)

    def between(self, stream: str, low: int, high: int, *keys) -> np.ndarray:
        """Whole numbers from low to high, both included."""
        return low + self.below(stream, high - low + 1, *keys)

    def chance(self, stream: str, per_mille, *keys) -> np.ndarray:
        """True with the stated probability in thousandths (a number or an array)."""
        return self.below(stream, 1_000_000, *keys) < np.asarray(per_mille, dtype=np.int64) * 1000

    def pick(self, stream: str, weights, *keys) -> np.ndarray:
        """Index of one of the weighted choices."""
        edges = np.cumsum(np.asarray(weights, dtype=np.int64))
        return np.searchsorted(edges, self.below(stream, int(edges[-1]), *keys), side="right").astype(np.int64)

    def exponential(self, stream: str, *keys) -> np.ndarray:
        """Waiting times with mean `ONE`, from a table of quantiles (so none exceeds about nine means)."""
        return _exponential_quantiles()[self.below(stream, 4096, *keys)]

    def gamma(self, stream: str, shape: int, *keys) -> np.ndarray:
        """Sums of `shape` waiting times: a gamma distribution with a whole-number shape, in units of 1/ONE."""
        return sum(self.exponential(f"{stream} {i}", *keys) for i in range(shape))

    def clock(self, stream: str, *keys) -> np.ndarray:
        """Seconds after midnight, by day, with a busier evening."""
        hours = np.repeat(np.arange(7, 23), (2, 3, 5, 6, 6, 5, 5, 5, 4, 5, 6, 7, 9, 10, 8, 4))
        hour = hours[self.below(stream, len(hours), *keys)]
        return hour * 3600 + self.below(stream + " s", 3600, *keys)

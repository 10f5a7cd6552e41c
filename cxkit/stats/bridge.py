"""Why a net score moved between two periods: the mix of groups, or their own scores. Counts in, numbers out.

Arrays hold detractors, passives and promoters of each group in their last axis (weights or counts) and the groups in
the axis before it. `cxkit.stats.bridge_limits` says how much of it chance could have done.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Value of an answer of each kind.
VALUES = np.array([-1.0, 0.0, 1.0])

#: Numbers held at once while drawing; more are drawn in portions.
_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Effects:
    """An exact account of a change; arrays of one number a group, the totals without that axis.

    Attributes
    ----------
    share_before, share : ndarray
        Each group's part of the answers in either period.
    net_before, net : ndarray
        Net scores, -1..1; of a group missing in one period its score of the other.
    total_before, total : ndarray
        Net score of everybody.
    mix, rate : ndarray
        What each group's change of share, and of its own score, did to the total.
    both : ndarray of bool
        Whether the group has answers in both periods.
    """

    share_before: np.ndarray
    share: np.ndarray
    net_before: np.ndarray
    net: np.ndarray
    total_before: np.ndarray
    total: np.ndarray
    mix: np.ndarray
    rate: np.ndarray
    both: np.ndarray


def mix_rate(before: np.ndarray, now: np.ndarray) -> Effects:
    """How much of a change comes from the mix of groups, and how much from each group's own score?

    Parameters
    ----------
    before, now : ndarray (..., groups, 3)
        Detractors, passives and promoters of each group; weights or counts.

    Returns
    -------
    Effects

    Raises
    ------
    UsageError
        Never; a period without answers gives NaN.

    Notes
    -----
    With shares s, scores r and totals N (0 before, 1 now): ``mix = (s1 - s0) ((r0 + r1) / 2 - (N0 + N1) / 2)`` and
    ``rate = (s0 + s1) / 2 (r1 - r0)``. Both together are N1 - N0 exactly. A group that is missing in one period keeps
    its score of the other, so all it did is mix. **When not to use it**: it splits a difference, it does not say why a
    share or a score moved; and with groups of one or two answers each nearly everything looks like mix.

    References
    ----------
    Kitagawa, E. M. (1955). Components of a difference between two rates. JASA 50, 1168-1194.

    Examples
    --------
    >>> before = np.array([[10, 20, 70], [30, 30, 40]])
    >>> now = np.array([[20, 40, 140], [15, 15, 20]])  # nobody changed, but the first group grew
    >>> found = mix_rate(before, now)
    >>> found.rate.tolist(), round(float(found.mix.sum()), 3), round(float(found.total - found.total_before), 3)
    ([0.0, 0.0], 0.15, 0.15)
    """
    (w0, y0), (w1, y1) = ((x.sum(-1), x @ VALUES) for x in (np.asarray(before, float), np.asarray(now, float)))
    in0, in1 = w0 > 0, w1 > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        s0, s1 = w0 / w0.sum(-1, keepdims=True), w1 / w1.sum(-1, keepdims=True)
        r0, r1 = y0 / w0, y1 / w1
    r0, r1 = np.where(in0, r0, np.where(in1, r1, 0.0)), np.where(in1, r1, np.where(in0, r0, 0.0))
    n0, n1 = (s0 * r0).sum(-1), (s1 * r1).sum(-1)
    mix = (s1 - s0) * ((r0 + r1) / 2 - ((n0 + n1) / 2)[..., None])
    return Effects(s0, s1, r0, r1, n0, n1, mix, (s0 + s1) / 2 * (r1 - r0), in0 & in1)


def resampled(before: np.ndarray, now: np.ndarray, draws: int, seed: int) -> Effects:
    """What would the account look like, had other customers happened to answer?

    Parameters
    ----------
    before, now : ndarray of int (groups, 3)
        Answers of independent customers.
    draws : int
        How often both periods are drawn anew.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    Effects
        As `mix_rate`, with the draws in the first axis.

    Raises
    ------
    ValueError
        If a count is no whole number.

    Notes
    -----
    Each draw has as many answers in each period as there were, from a multinomial distribution over all groups and
    kinds of answer at once, so shares and scores vary together. **When not to use it**: for groups of few answers. One
    with five promoters and nobody else has five promoters in every draw.

    Examples
    --------
    >>> before, now = np.array([[10, 20, 70], [30, 30, 40]]), np.array([[20, 40, 140], [15, 15, 20]])
    >>> resampled(before, now, draws=500, seed=1).mix.shape
    (500, 2)
    """
    random = np.random.default_rng(seed)
    step = max(1, _AT_ONCE // max(before.size, 1))
    parts = []
    for start in range(0, draws, step):
        size = min(step, draws - start)
        parts.append(mix_rate(*(_drawn(counts, size, random) for counts in (before, now))))
    return Effects(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in Effects.__annotations__}
    )


def _drawn(counts: np.ndarray, size: int, random: np.random.Generator) -> np.ndarray:
    """Multinomial draws; cells without answers stay empty and cost nothing."""
    filled = np.flatnonzero(counts)
    total = int(counts.sum())
    out = np.zeros((size, counts.size))
    out[:, filled] = random.multinomial(total, counts.ravel()[filled] / total, size=size)
    return out.reshape(size, *counts.shape)


def percentiles(draws: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Limits and two-sided p of quantities drawn many times (draws in the first axis).

    The p-value cannot be below ``2 / (draws + 1)``, so thousands of comparisons need more draws.
    """
    low, high = np.quantile(draws, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    fewer = np.minimum((draws <= 0).sum(axis=0), (draws >= 0).sum(axis=0))
    return low, high, np.minimum(1.0, 2 * (fewer + 1) / (len(draws) + 1))

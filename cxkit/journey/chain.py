"""Journeys to a goal as an absorbing chain: its states, its counts by customer, and what removing a touchpoint does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cxkit.journey.distinct import coded

#: A longer memory is kept where a run of touchpoints occurs so often, and for the commonest so many of them.
OFTEN, MOST_STATES = 30, 120
#: Weight of the shorter memory in a held-out probability, in observations.
PRIOR = 5.0
#: A longer memory has to lower the held-out surprise by this share.
LEAST = 0.005
#: Customers are resampled in so many random groups at most.
GROUPS = 1_000
_DRAWS = 20


@dataclass(frozen=True)
class Walks:
    """Journeys up to the goal.

    Attributes
    ----------
    touch : ndarray of int
        Touchpoint of each step, runs of one touchpoint as one.
    starts : ndarray of int
        Where each journey begins in `touch`, and at the end the number of steps; a journey may have none.
    customer : ndarray of int
        Of each journey.
    won : ndarray of bool
        Whether the journey came to the goal.
    touchpoints : int
        Number of touchpoints.
    """

    touch: np.ndarray
    starts: np.ndarray
    customer: np.ndarray
    won: np.ndarray
    touchpoints: int

    @property
    def journey(self) -> np.ndarray:
        """Journey of each step."""
        return np.repeat(np.arange(self.won.size), np.diff(self.starts))

    @property
    def symbols(self) -> np.ndarray:
        """What follows each step: a touchpoint, else the goal (`touchpoints`) or nothing (`touchpoints` + 1)."""
        after = np.r_[self.touch[1:], 0]
        last = self.starts[1:][np.diff(self.starts) > 0] - 1
        after[last] = np.where(self.won[self.journey[last]], self.touchpoints, self.touchpoints + 1)
        return after

    @property
    def openings(self) -> np.ndarray:
        """What each journey begins with."""
        size = np.diff(self.starts)
        first = self.touch[np.minimum(self.starts[:-1], max(self.touch.size - 1, 0))] if self.touch.size else size
        return np.where(size > 0, first, np.where(self.won, self.touchpoints, self.touchpoints + 1))


def states(walks: Walks, order: int, known: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The state of each step, and the touchpoint of each state.

    A state is the last touchpoint or, with a longer memory, the last two or three, where that run is common enough;
    otherwise the shorter run it ends with.

    Parameters
    ----------
    walks : Walks
    order : int
    known : ndarray of bool, optional
        The steps that may be counted to tell what is common.
    """
    state, touch_of = walks.touch.astype(np.int64), np.arange(walks.touchpoints)
    code, place = state.copy(), np.arange(walks.touch.size) - walks.starts[:-1][walks.journey]
    for back in range(1, order):
        earlier = np.full(walks.touch.size, walks.touchpoints, dtype=np.int64)
        earlier[back:] = walks.touch[:-back] if back else walks.touch
        code = code + np.where(place >= back, earlier, walks.touchpoints) * (walks.touchpoints + 1) ** back
        runs, which = coded(code, (walks.touchpoints + 1) ** (back + 1))
        counts = np.bincount(which if known is None else which[known], minlength=runs.size)
        ranked = np.argsort(-counts, kind="stable")[: max(MOST_STATES - touch_of.size, 0)]
        kept = ranked[counts[ranked] >= OFTEN]
        place_of = np.full(runs.size, -1, dtype=np.int64)
        place_of[kept] = touch_of.size + np.arange(kept.size)
        state = np.where(place_of[which] >= 0, place_of[which], state)
        touch_of = np.r_[touch_of, runs[kept] % (walks.touchpoints + 1)]
    return state, touch_of


def chosen_order(walks: Walks, held_out: np.ndarray, most: int = 3) -> int:
    """How many touchpoints back does one have to look to tell what comes next, judged by customers held out?

    Parameters
    ----------
    walks : Walks
    held_out : ndarray of bool
        Of each customer.
    most : int

    Returns
    -------
    int
        The next longer memory is taken while it raises the held-out log-likelihood by more than one standard error (by
        customer) and by at least half a percent.
    """
    owner = walks.customer[walks.journey]
    test = held_out[owner]
    if not test.any() or test.all():
        return 1
    symbols, size = walks.symbols, walks.touchpoints + 2
    chance, seen, best, order = np.full(walks.touch.size, 1 / size), np.full(walks.touch.size, -1), None, 1
    for k in range(1, most + 1):
        state, touch_of = states(walks, k, ~test)
        counts = np.bincount(state[~test] * size + symbols[~test], minlength=touch_of.size * size)
        counts = counts.reshape(-1, size)
        total = counts.sum(axis=1)[state]
        fresh = (counts[state, symbols] + PRIOR * chance) / (total + PRIOR)
        chance = np.where(total == seen, chance, fresh)  # a longer run that tells of the same moves tells nothing new
        seen = total
        told = np.bincount(owner[test], weights=np.log(chance[test]), minlength=held_out.size)[held_out]
        if best is not None:
            gain = told - best
            if not gain.sum() > max(np.sqrt(((gain - gain.mean()) ** 2).sum()), -LEAST * best.sum()):
                break
            order = k
        best = told
    return order


def counts_by_group(walks: Walks, state: np.ndarray, size: int, group: np.ndarray, groups: int):
    """Moves from state to state (rows and columns: the start, the states, the goal, nothing), by group of customers.

    Returns
    -------
    edges : ndarray of int
        Row and column of each kind of move, as row times width plus column.
    table : scipy sparse array, (groups, edges)
    """
    from scipy import sparse

    width = size + 3
    ends = np.array([size + 1, size + 2])
    symbols, openings = walks.symbols, walks.openings
    state_after = np.r_[state[1:], 0]
    to = np.where(symbols < walks.touchpoints, state_after + 1, ends[np.clip(symbols - walks.touchpoints, 0, 1)])
    first = walks.starts[:-1]
    nonempty = np.diff(walks.starts) > 0
    opened = ends[np.clip(openings - walks.touchpoints, 0, 1)]
    opened[nonempty] = state[first[nonempty]] + 1
    key = np.r_[(state + 1) * width + to, opened]
    owner = np.r_[walks.customer[walks.journey], walks.customer]
    edges, which = coded(key, width * width)
    table = sparse.coo_array((np.ones(key.size), (group[owner], which)), shape=(groups, edges.size)).tocsr()
    return edges, table


def removal(weights: np.ndarray, edges: np.ndarray, touch_of: np.ndarray, touchpoints: int) -> np.ndarray:
    """Share of the chance to reach the goal that goes through each touchpoint.

    Parameters
    ----------
    weights : ndarray, (draws, edges)
        How often each move occurs.
    edges : ndarray of int
    touch_of : ndarray of int
        Touchpoint of each state.
    touchpoints : int

    Returns
    -------
    ndarray, (draws, touchpoints)
        NaN where the goal is not reached.

    Notes
    -----
    With N = inverse of (I - Q), the chance to come into a set S of states and, from there, to the goal is ``f h_S``, where
    ``f N_SS = N_start,S`` gives where S is first entered and h is the chance of the goal from each state. No term is
    negative, so no effect is.
    """
    size = touch_of.size
    width = size + 3
    row, column = edges // width, edges % width
    draws = weights.shape[0]
    moves = np.zeros((draws, width, width))
    moves[:, row, column] = weights
    total = moves.sum(axis=2, keepdims=True)
    share = np.divide(moves, total, out=np.zeros_like(moves), where=total > 0)
    inner = np.eye(size + 1) - share[:, : size + 1, : size + 1]
    visits = np.linalg.inv(inner)
    goal = np.einsum("dij,dj->di", visits, share[:, : size + 1, size + 1])
    effect = np.zeros((draws, touchpoints))
    for touch in range(touchpoints):
        inside = np.flatnonzero(touch_of == touch) + 1
        block = visits[:, inside[:, None], inside]
        from_start = visits[:, 0, inside]
        entered = np.linalg.solve(block.transpose(0, 2, 1), from_start[:, :, None])[:, :, 0]
        effect[:, touch] = (entered * goal[:, inside]).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(goal[:, :1] > 0, np.clip(effect / goal[:, :1], 0.0, 1.0), np.nan)


def resampled(edges: np.ndarray, table, touch_of: np.ndarray, touchpoints: int, draws: int, seed: int) -> np.ndarray:
    """Removal effects of samples of customers drawn with replacement, (draws, touchpoints)."""
    groups = table.shape[0]
    rng = np.random.default_rng(seed)
    found = []
    for start in range(0, draws, _DRAWS):
        times = rng.multinomial(groups, np.full(groups, 1 / groups), size=min(_DRAWS, draws - start))
        found.append(removal(table.T.dot(times.T.astype(float)).T, edges, touch_of, touchpoints))
    return np.concatenate(found) if found else np.zeros((0, touchpoints))

"""Which touchpoints lie on the ways to a goal?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cxkit import frames, words
from cxkit.errors import DataError, UsageError
from cxkit.journey.chain import GROUPS, Walks, chosen_order, counts_by_group, removal, resampled, states
from cxkit.journey.distinct import distinct
from cxkit.journey.log import Log, log_of
from cxkit.stats.intervals import critical_value

if TYPE_CHECKING:
    import pandas as pd

#: Share of the customers that is held out to choose the order, in tenths.
HELD_OUT = 3
SEED = 20_160_301


def removal_effects(
    events: Any,
    *,
    goal: str | Sequence[str],
    order: int | None = None,
    most: int = 100,
    draws: int = 200,
    confidence: float = 0.95,
    customer: str = "customer_id",
    touchpoint: str = "touchpoint",
    time: str = "occurred_at",
    tiebreak: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Which share of the chance to reach a goal runs through each touchpoint?

    Parameters
    ----------
    events : frame, Table or Log
        A Log that was split into sessions is looked at session by session.
    goal : str or list of str
        Touchpoints that are the goal; a journey counts up to the first of them.
    order : {1, 2, 3}, optional
        How many touchpoints back the chain remembers; unless said, it is chosen.
    most : int, default 100
        So many touchpoints, by customers, are looked at; the others are one state of the chain together.
    draws : int, default 200
        Samples of customers for the limits.
    confidence : float
    customer, touchpoint, time, tiebreak : str
        Columns of the events; see `cxkit.journey.prepare`.

    Returns
    -------
    pandas.DataFrame
        touchpoint; effect: share of the chance to reach the goal that is lost in the chain if the journey ends wherever
        the touchpoint comes (0 to 1), with low and high (missing where no sample of the customers departs from it, as at
        120 of 120: such samples do not see what chance may do); rate_with, rate_without: share of journeys with (without)
        the touchpoint before the goal that reach it; customers_with: customers who have it before the goal; order;
        confidence, method. By effect, then by name.

    Raises
    ------
    UsageError
        If a goal never occurs, or a number is out of range.
    DataError
        If there are no events, or nothing ever comes before the goal.

    Notes
    -----
    Journeys up to the goal make a chain: start, touchpoints, and two ends, the goal and "not (yet) reached". Runs of one
    touchpoint count once. With the moves' shares as probabilities, h_s is the chance of the goal from state s, and

    ``effect_t = (chance to come to t) x (chance of the goal from t) / (chance of the goal)``,

    solved exactly by linear equations, no simulation. With order 2 or 3 a state is the last two or three touchpoints
    where these occur at least 30 times; the order is raised while that lifts the log-likelihood of three tenths of the
    customers, held out by a hash of their id, by more than one standard error and half a percent. Limits are percentiles
    over samples of customers (in at most 1,000 random groups), with a fixed seed, at the chosen order.

    **Neither figure is causal.** A touchpoint that everybody has to pass has an effect of 1 whatever it does, and people
    who mean to buy touch more. Removing a touchpoint in the chain is not removing it in the world; an experiment tells.
    **When not to use it**: for steps of one fixed way (that is a funnel), to share out money, or where many journeys are
    not over: they count as not reached.

    References
    ----------
    Anderl, E., Becker, I., von Wangenheim, F. and Schumann, J. H. (2016). Mapping the customer journey: lessons learned
    from graph-based online attribution modeling. International Journal of Research in Marketing 33(3), 457-474.

    Kemeny, J. G. and Snell, J. L. (1960). Finite Markov Chains. Van Nostrand, chapter 3.

    Examples
    --------
    >>> import pandas as pd
    >>> walks = [["mail", "shop", "order"], ["mail"], ["shop"], ["shop", "order"]]
    >>> events = pd.DataFrame([(who, touch) for who, walk in enumerate(walks) for touch in walk],
    ...     columns=["customer_id", "touchpoint"])
    >>> events["occurred_at"] = pd.date_range("2026-01-01", periods=len(events), freq="h")
    >>> removal_effects(events, goal="order", order=1)[["touchpoint", "effect"]].round(3).values.tolist()
    [['shop', 1.0], ['mail', 0.333]]
    """
    _check(order, most, draws)
    critical_value(confidence)
    log = log_of(events, customer=customer, touchpoint=touchpoint, time=time, tiebreak=tiebreak)
    if not len(log):
        raise DataError("removal_effects: there are no events.")
    goals = [goal] if isinstance(goal, str) else list(goal)
    if not goals:
        raise UsageError("goal: no touchpoint is named.")
    codes = [log.code(name, "goal") for name in goals]
    walks, names, pooled = _walks(log, np.array(codes), most)
    if not names:
        raise DataError(f"removal_effects: nothing ever comes before {words.listing(goals)}.")
    if not walks.won.any():
        raise DataError(f"removal_effects: no journey comes to {words.listing(goals)}.")
    hashed = _hash(log)
    chosen = order or chosen_order(walks, hashed % 10 < HELD_OUT)
    state, touch_of = states(walks, chosen)
    groups = min(GROUPS, len(log.customers))
    group = np.argsort(np.argsort(hashed, kind="stable"), kind="stable") % groups
    edges, table = counts_by_group(walks, state, touch_of.size, group, groups)
    effect = removal(np.asarray(table.sum(axis=0)).reshape(1, -1), edges, touch_of, walks.touchpoints)[0]
    low, high = _limits(resampled(edges, table, touch_of, walks.touchpoints, draws, SEED), effect, confidence)
    method = _method(log, goals, chosen, order is None, len(names), pooled, draws)
    return _table(walks, names, effect, low, high, chosen, confidence, method)


def _check(order: int | None, most: int, draws: int) -> None:
    for name, value, low, high in (("order", order, 1, 3), ("most", most, 1, 200), ("draws", draws, 0, 100_000)):
        if value is None and name == "order":
            continue
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise UsageError(f"{name}: {value!r} does not fit. Choose a whole number from {low} to {high:,}.")


def _hash(log: Log) -> np.ndarray:
    """A number for each customer id that is the same on every machine and from every engine."""
    import pandas as pd

    return pd.util.hash_array(frames.id_texts(log.customers).to_numpy(dtype=object))


def _walks(log: Log, goals: np.ndarray, most: int) -> tuple[Walks, list[str], int]:
    """Journeys before their goal; the names of their touchpoints (the pooled ones have none), and how many were pooled."""
    is_goal = np.isin(log.touch, goals)
    journey, place = log.journey, np.arange(len(log))
    reached = log.starts[1:].copy()
    np.minimum.at(reached, journey[is_goal], place[is_goal])
    won = reached < log.starts[1:]
    kept = place < reached[journey]
    names = len(log.touchpoints)
    customers = np.bincount(distinct(log.owner[kept] * names + log.touch[kept]) % names, minlength=names)
    ranked = np.argsort(-customers, kind="stable")
    ranked = ranked[customers[ranked] > 0]
    own, pooled = np.sort(ranked[:most]), ranked[most:]
    code = np.full(names, -1, dtype=np.int64)
    code[own], code[pooled] = np.arange(own.size), own.size
    touch, owner = code[log.touch[kept]], journey[kept]
    fresh = np.ones(touch.size, dtype=bool)
    fresh[1:] = (touch[1:] != touch[:-1]) | (owner[1:] != owner[:-1])
    length = np.bincount(owner[fresh], minlength=log.journeys)
    walks = Walks(
        touch[fresh], np.r_[0, np.cumsum(length)], log.customer, won, own.size + bool(pooled.size)
    )  # fmt: skip
    return walks, [log.touchpoints[at] for at in own], int(pooled.size)


def _limits(drawn: np.ndarray, effect: np.ndarray, confidence: float) -> tuple[np.ndarray, np.ndarray]:
    """Percentiles of the draws; missing where the goal was not reached in too many of them, or none departs."""
    if drawn.shape[0] < 20:
        return (np.full(drawn.shape[1], np.nan),) * 2
    reached = np.isfinite(drawn[:, 0])
    if reached.mean() < 0.9:
        return (np.full(drawn.shape[1], np.nan),) * 2
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn[reached], [tail, 1 - tail], axis=0)
    same = (np.abs(drawn[reached] - effect) < 1e-9).all(axis=0)
    return np.where(same, np.nan, low), np.where(same, np.nan, high)


def _method(log: Log, goals: list[str], order: int, was_chosen: bool, looked: int, pooled: int, draws: int) -> str:
    how = "chosen on customers held out" if was_chosen else "as asked"
    rest = f"; {words.plural(pooled, 'rarer touchpoint')} beyond the {looked} commonest as one state" if pooled else ""
    return (
        f"absorbing chain of order {order} ({how}) to {words.listing(goals, 'or')}, by linear equations; journeys that did not "
        f"come to it in the log end without it; touches before it count, and customers by them; percentile limits from "
        f"{words.count(draws)} samples of customers, none where all of these agree{rest}; "
        f"neither the effect nor the rates with and without are causal; {log.said}"
    )


def _table(
    walks: Walks, names: list[str], effect: np.ndarray, low: np.ndarray, high: np.ndarray, order: int,
    confidence: float, method: str,
) -> pd.DataFrame:  # fmt: skip
    import pandas as pd

    size = walks.touchpoints
    pair = distinct(walks.journey * size + walks.touch)
    journey, touch = pair // size, pair % size
    n = np.bincount(touch, minlength=size)
    won = np.bincount(touch, weights=walks.won[journey], minlength=size)
    people = np.bincount(distinct(walks.customer[journey] * size + touch) % size, minlength=size)
    with np.errstate(divide="ignore", invalid="ignore"):
        rate_with = won / n
        rate_without = (walks.won.sum() - won) / (walks.won.size - n)
    columns = {
        "effect": effect, "low": low, "high": high, "rate_with": rate_with, "rate_without": rate_without,
        "customers_with": people.astype(np.int64),
    }  # fmt: skip
    named = np.arange(len(names))
    order_of = named[np.argsort(-effect[: len(names)].round(12), kind="stable")]
    table = pd.DataFrame({"touchpoint": [names[at] for at in order_of]}, dtype="str")
    table = table.assign(**{name: values[order_of] for name, values in columns.items()})
    return table.assign(order=np.int64(order), confidence=float(confidence), method=method).astype({"method": "str"})

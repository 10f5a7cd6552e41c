"""Which stage a touchpoint belongs to, from a mapping, a journey, or the data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cxkit.errors import UsageError


def stages_of(stages: Any) -> tuple[dict[str, str], list[str]]:
    """The stage of each touchpoint, and the stages in order.

    Parameters
    ----------
    stages : mapping or journey
        touchpoint -> stage, stage -> list of touchpoints, or an object whose `stages` have a `name` and `touchpoints`.

    Returns
    -------
    dict, list

    Raises
    ------
    UsageError
        If it is none of these, or a touchpoint stands in two stages.

    Examples
    --------
    >>> stages_of({"checkout": "order", "delivery": "receive"})
    ({'checkout': 'order', 'delivery': 'receive'}, ['order', 'receive'])
    """
    if hasattr(stages, "stages"):
        pairs = [(touchpoint, stage.name) for stage in stages.stages for touchpoint in stage.touchpoints]
        order = [stage.name for stage in stages.stages]
    elif isinstance(stages, Mapping):
        listed = {name: value for name, value in stages.items() if not isinstance(value, str)}
        pairs = [(t, name) for name, value in listed.items() for t in value]
        pairs += [(name, value) for name, value in stages.items() if name not in listed]
        order = [*listed, *(stage for _, stage in pairs)]
    else:
        raise UsageError(
            f"stages: {type(stages).__name__} says no stages. Give a mapping such as {{'checkout': 'order'}} or a journey."
        )
    found: dict[str, str] = {}
    for touchpoint, stage in pairs:
        if found.setdefault(touchpoint, stage) != stage:
            raise UsageError(
                f"stages: the touchpoint '{touchpoint}' stands in the stages '{found[touchpoint]}' and '{stage}'. Leave "
                "it in one of them."
            )
    return found, list(dict.fromkeys(order))


def staged(table: pd.DataFrame, stages: Any) -> tuple[pd.Series, list[str]]:
    """The stage of each row of a table with touchpoints, and the stages in order.

    Without `stages` it is the one the events carry, and the order is that of the names.
    """
    if stages is None:
        own = table["stage"].astype("str")
        return own, sorted(own.dropna().unique())
    stage, order = stages_of(stages)
    return table["touchpoint"].map(stage).astype("str"), order

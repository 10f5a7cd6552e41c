"""Departures of single shares put together to incidents, and their tables."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from cxkit import words
from cxkit.journey.incident_rows import ALL, END, Looked
from cxkit.journey.incident_volume import first_visits
from cxkit.journey.log import Log
from cxkit.stats.compare import verdicts
from cxkit.stats.scan import Departures

#: Two spans are about the same time, or the same, if they share so much of what they cover together.
ABOUT, SAME = 0.4, 0.8

#: Other shares of an incident that are named in its text.
NAMED = 5

_DAY = timedelta(days=1)

_KINDS = (
    {"incident": "int64"}
    | dict.fromkeys(("what", "from", "to", "by", "value"), "str")
    | dict.fromkeys(("start", "end"), "datetime64[us]")
    | {"n_inside": "int64", "share_inside": "float64", "n_outside": "int64", "share_outside": "float64"}
    | {"left_out": "str"}
    | dict.fromkeys(("difference", "low", "high", "first_inside", "first_outside", "from_mix", "p_adjusted"), "float64")
    | dict.fromkeys(("verdict", "label"), "str")
    | {"confidence": "float64", "method": "str"}
)

_WEEKLY = {
    **{"incident": "int64", "start": "datetime64[us]", "n": "int64"},
    **{"share": "float64", "usual": "float64", "inside": "bool", "left_out": "bool"},
}


def members_of(
    log: Log, looked: Looked, found: Departures, by: str, confidence: float, method: str
) -> tuple[pd.DataFrame, np.ndarray]:
    """Every departure with the incident it belongs to, and the place of each in `found`."""
    names = [looked.names[at] for at in found.series]
    what, origin, to, value = (list(x) for x in zip(*names, strict=True)) if names else ([], [], [], [])
    inside, outside = found.k / found.n, found.other_k / found.other_n
    days = looked.starts.astype("datetime64[us]")
    last = found.end == len(looked.starts) - 1
    firsts = first_visits(log, looked, found)
    columns = {
        "incident": _together(names, found.start, found.end),
        "what": what,
        "from": origin,
        "to": to,
        "by": [by if one else "" for one in value],
        "value": value,
        "start": days[found.start],
        "end": np.where(last, np.datetime64("NaT"), days[found.end] - np.timedelta64(1, "D")),
        "n_inside": found.n,
        "share_inside": inside,
        "n_outside": found.other_n,
        "share_outside": outside,
        "left_out": [_days_of(mask, looked.starts) for mask in found.left_out],
        "difference": inside - outside,
        "low": found.low,
        "high": found.high,
        **dict(zip(("first_inside", "first_outside", "from_mix"), firsts, strict=True)),
        "p_adjusted": found.p,
        "verdict": verdicts(found.p),
        "label": [_label(*name) for name in names],
        "confidence": float(confidence),
        "method": method,
    }
    table = pd.DataFrame(columns, index=range(len(names))).astype(_KINDS)
    table = _named_first(table.sort_values("incident", kind="stable"))
    return table.reset_index(drop=True), table.index.to_numpy()


def _days_of(mask: np.ndarray, starts: np.ndarray) -> str:
    """The days of some of the periods, in words."""
    edges = np.diff(np.r_[0, mask.astype(int), 0])
    runs = zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True)
    days = starts.astype(object)
    return words.listing([words.days(days[a], days[b] - _DAY if b < mask.size else None) for a, b in runs])


def _named_first(table: pd.DataFrame) -> pd.DataFrame:
    """Where a share that ends a journey leads, the step that is missing instead leads, if it is as sure: it says more."""
    order = list(table.index)
    for _, rows in table.groupby("incident", sort=False):
        lead = rows.iloc[0]
        if lead["to"] != END:
            continue
        near = rows[(rows["from"] == lead["from"]) & (rows["value"] == lead["value"]) & (rows["to"] != END)]
        near = near[
            (near["verdict"] == lead["verdict"]) & (near["what"] == lead["what"]) & (near["start"] == lead["start"])
        ]
        if len(near):
            order.remove(near.index[0])
            order.insert(order.index(rows.index[0]), near.index[0])
    return table.loc[order]


def _label(what: str, origin: str, to: str, value: str) -> str:
    text = to if what == "touchpoint" else f"{origin} → {to}"
    return f"{text} ({value})" if value else text


def _together(names, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The incident of each departure: the surest leads; those at the same time follow, and those at about the same time
    that touch the same places.
    """
    incident = np.zeros(len(names), dtype=np.int64)
    places = [{name[1], name[2]} - {END, ALL} for name in names]
    for lead in range(len(names)):
        if incident[lead]:
            continue
        incident[lead] = number = incident.max() + 1
        common = np.minimum(end, end[lead]) - np.maximum(start, start[lead])
        either = np.maximum(end, end[lead]) - np.minimum(start, start[lead])
        incident[(incident == 0) & (common >= SAME * either)] = number
        about = common >= ABOUT * either
        reached, grown = set().union(*(places[at] for at in np.flatnonzero(incident == number))), True
        while grown:
            grown = False
            for at in np.flatnonzero(about & (incident == 0)):
                if places[at] & reached:
                    incident[at], grown = number, True
                    reached |= places[at]
    return incident


def table_of(members: pd.DataFrame, most: int) -> pd.DataFrame:
    """One row an incident: its surest share, and the others in words."""
    leads = members[~members["incident"].duplicated()]
    leads = leads[leads["incident"] <= most]
    others = [_others(members[members["incident"] == row.incident].iloc[1:], row) for row in leads.itertuples()]
    table = leads.reset_index(drop=True)
    table.insert(table.columns.get_loc("label"), "others", pd.Series(others, dtype="str"))
    return table


def _others(rows: pd.DataFrame, lead: Any) -> str:
    """The other shares of an incident, each with its own days where they are not those of the share that leads."""
    said = []
    for row in rows.itertuples():
        inside, outside = words.shares(row.share_inside, row.share_outside)
        same = row.start == lead.start and (row.end == lead.end or (pd.isna(row.end) and pd.isna(lead.end)))
        own = "" if same else f" ({words.days(row.start, None if pd.isna(row.end) else row.end)})"
        said.append(f"{row.label} {inside} in place of {outside}{own}")
    more = [f"{words.count(len(said) - NAMED)} more"] if len(said) > NAMED else []
    return "; ".join([*said[:NAMED], *more])


def weekly_of(table: pd.DataFrame, places: np.ndarray, looked: Looked, found: Departures) -> pd.DataFrame:
    """The leading share of each incident, period by period; `places` of the leads in `found`."""
    days = looked.starts.astype("datetime64[us]")
    parts = []
    for row, at in zip(table.itertuples(), places, strict=True):
        n, k = (x[found.series[at]] for x in found.weekly)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = k / n
        inside = np.zeros(n.size, dtype=bool)
        inside[found.start[at] : found.end[at]] = True
        part = {"incident": row.incident, "start": days[:-1], "n": n, "share": share, "usual": row.share_outside}
        parts.append(pd.DataFrame(part | {"inside": inside, "left_out": found.left_out[at]}))
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(_WEEKLY))
    return whole.astype(_WEEKLY)

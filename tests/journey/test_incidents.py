"""Incidents: planted ones are found with their dates, counts are those of a plain loop, and chance raises few."""

from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.journey import incident_volume, prepare
from cxkit.journey.incident_rows import looked_at, periods_of
from cxkit.journey.incident_volume import volume_of
from cxkit.journey.incidents import Incidents, incidents

MONDAY = pd.Timestamp("2026-01-05")

COLUMNS = [
    *("incident", "what", "from", "to", "by", "value", "start", "end", "n_inside", "share_inside", "n_outside"),
    *(
        "share_outside",
        "left_out",
        "difference",
        "low",
        "high",
        "first_inside",
        "first_outside",
        "from_mix",
        "p_adjusted",
    ),
    *("verdict", "others", "label", "confidence", "method"),
]


def visits(customers: int = 120, weeks: int = 20, seed: int = 1, broken=(9, 12), device: bool = False) -> pd.DataFrame:
    """Each customer visits and goes on to look or to order; in the broken weeks many visits end in an error."""
    rng = np.random.default_rng(seed)
    rows = []
    for c in range(customers):
        where = "phone" if c % 3 == 0 else "desk"
        for w in np.flatnonzero(rng.random(weeks) < 0.8):
            at = MONDAY + pd.Timedelta(days=int(7 * w + rng.integers(7)), hours=int(rng.integers(8, 20)))
            bad = broken[0] <= w < broken[1] and (where == "phone" or not device) and rng.random() < 0.6
            then = "error" if bad else rng.choice(["look", "order", "error"], p=[0.5, 0.42, 0.08])
            rows += [(f"c{c:03d}", at, "visit", where), (f"c{c:03d}", at + pd.Timedelta(minutes=3), then, where)]
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint", "device"])


@pytest.fixture(scope="module")
def sample():
    return cxkit.read("events", "sample:events").to_pandas()


@pytest.fixture(scope="module")
def found() -> Incidents:
    return incidents(prepare(visits()).split("30min"), draws=199)


def test_the_table_says_what_happened_and_when(found):
    table = found.table
    assert table.columns.tolist() == COLUMNS
    assert table.dtypes[["incident", "n_inside", "n_outside"]].eq("int64").all()
    assert table.dtypes[["share_inside", "difference", "low", "high", "p_adjusted", "confidence"]].eq("float64").all()
    row = table.iloc[0]
    assert (row["label"], row["verdict"], row["incident"]) == ("visit → error", "clear", 1)
    assert (row["start"], row["end"]) == (MONDAY + pd.Timedelta(weeks=9), MONDAY + pd.Timedelta(weeks=12, days=-1))
    assert row["low"] > 0
    assert row["low"] < row["difference"] < row["high"]
    assert found.unit == "week"
    assert "steps within a session, its end included" in row["method"]
    assert "customers as units" in found.method


def test_counts_are_those_of_a_plain_loop(found):
    frame = visits().sort_values(["customer_id", "occurred_at"])
    row = found.table.iloc[0]
    inside, outside = [], []
    for _, own in frame.groupby("customer_id"):
        events = list(zip(own["touchpoint"], own["occurred_at"], strict=True))
        for (what, at), (then, later) in zip(events, [*events[1:], ("", pd.Timestamp.max)], strict=True):
            if what == "visit":
                then = then if later - at <= pd.Timedelta("30min") else "(end)"
                (inside if row["start"] <= at < row["end"] + pd.Timedelta(days=1) else outside).append(then == "error")
    assert (row["n_inside"], row["n_outside"]) == (len(inside), len(outside))
    assert row["share_inside"] == pytest.approx(np.mean(inside))
    assert row["share_outside"] == pytest.approx(np.mean(outside))
    assert row["difference"] == pytest.approx(np.mean(inside) - np.mean(outside))


def test_shares_that_depart_together_are_one_incident(found):
    assert found.table["incident"].tolist() == [1]
    one = found.members[found.members["incident"] == 1]
    assert len(one) >= 3  # fewer look and order, and errors are more of all events
    assert one["label"].iloc[0] == "visit → error"
    assert "in place of" in found.table["others"].iloc[0]


def test_the_weekly_share_adds_up(found):
    weekly, row = found.weekly, found.table.iloc[0]
    assert weekly.columns.tolist() == ["incident", "start", "n", "share", "usual", "inside", "left_out"]
    inside = weekly[weekly["inside"]]
    assert inside["start"].tolist() == [MONDAY + pd.Timedelta(weeks=w) for w in (9, 10, 11)]
    assert inside["n"].sum() == row["n_inside"]
    assert (inside["n"] * inside["share"]).sum() / row["n_inside"] == pytest.approx(row["share_inside"])
    assert (weekly["usual"] == row["share_outside"]).all()
    assert not weekly["left_out"].any()


def test_a_second_span_says_which_weeks_it_was_not_set_against():
    rows, late = visits(broken=(3, 6)), visits(broken=(14, 16))
    both = pd.concat(
        [
            rows[rows.occurred_at < MONDAY + pd.Timedelta(weeks=10)],
            late[late.occurred_at >= MONDAY + pd.Timedelta(weeks=10)],
        ]
    )
    found = incidents(prepare(both).split("30min"), draws=199)
    own = found.table[found.table["label"] == "visit → error"]
    assert own["left_out"].tolist() == ["", "from 26 Jan to 15 Feb 2026"]
    one, two = own.to_dict("records")
    weeks = found.weekly.groupby("incident")
    whole = weeks.get_group(two["incident"])
    assert one["n_inside"] + one["n_outside"] == whole["n"].sum()
    assert whole.loc[whole["left_out"], "start"].dt.date.tolist() == [
        date(2026, 1, 26),
        date(2026, 2, 2),
        date(2026, 2, 9),
    ]
    rest = whole[~whole["inside"] & ~whole["left_out"]]
    assert two["n_outside"] == rest["n"].sum() == one["n_outside"] - two["n_inside"]
    assert two["share_outside"] == pytest.approx((rest["n"] * rest["share"]).sum() / rest["n"].sum())


def visits_of(kinds: list[tuple[int, int]]) -> pd.DataFrame:
    """Visits by week: of how many new customers (a, a, b each), and of how many old ones (a, b, b); all came in week 0."""
    rows = []
    for week, (new, old) in enumerate(kinds):
        who = [(f"n{week}-{c}", "aab") for c in range(new)] + [(f"o{c}", "abb" if week else "aab") for c in range(old)]
        rows += [
            (name, MONDAY + pd.Timedelta(days=7 * week, minutes=m), what)
            for name, touches in who
            for m, what in enumerate(touches)
        ]
    return pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint"])


def test_what_goes_with_first_visits_by_hand():
    """First visits have a third b, later ones two thirds; 90 new and 10 old customers a week, in weeks 9 to 11 10 and 90.

    Inside 10 % of touches are of first visits, outside (8 weeks of 90 and 10, week 0 of first visits alone): (8 * 90 +
    100) / 900 = 91.1 %. All of the difference comes of it: (.1 - .911) * 1/3 + (.9 - .089) * 2/3 = .2704.
    """
    kinds = [(10, 90), *[(90, 10)] * 8, *[(10, 90)] * 3]
    found = incidents(prepare(visits_of(kinds)).split("30min"), draws=199)
    row = found.members.set_index("label").loc["b"]
    assert row["start"] == MONDAY + pd.Timedelta(weeks=9)
    assert row["first_inside"] == pytest.approx(0.1)
    assert row["first_outside"] == pytest.approx(820 / 900)
    assert row["from_mix"] == pytest.approx((820 / 900 - 0.1) / 3)
    assert row["from_mix"] == pytest.approx(row["difference"])
    steps = found.members[found.members["what"] == "transition"]
    assert steps[["first_inside", "first_outside", "from_mix"]].isna().all(axis=None)
    unsplit = incidents(visits_of(kinds), draws=199).members
    assert unsplit["from_mix"].isna().all()


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([100] * 6 + [170] * 4, (6, 100, 170)),
        ([100, 90, 110, 200, 205, 300, 310], (3, 100, 205)),
        ([100] * 6 + [60] * 4, (6, 100, 60)),
        ([20 * k for k in range(1, 20)], None),  # steady growth
        ([100] * 6 + [140] * 4, None),  # less than half again
        ([100] * 8 + [200] * 2, None),  # two weeks are no level
        ([10] * 6 + [17] * 4, None),  # too few
        ([100] * 4 + [250] + [100] * 5, None),  # one loud week
    ],
)
def test_where_the_number_of_customers_broke(counts, expected):
    rows = [
        (f"{w}-{c}", MONDAY + pd.Timedelta(days=7 * w + c % 7), "a") for w, n in enumerate(counts) for c in range(n)
    ]
    log = prepare(pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint"]))
    volume = volume_of(log, "week")
    assert volume["customers"].tolist() == counts
    broke = volume.dropna()
    found = next(((at, row.before, row.since) for at, row in zip(broke.index, broke.itertuples(), strict=True)), None)
    assert found == expected


@pytest.mark.parametrize("table", [incident_volume.TABLE, 0])
def test_only_whole_weeks_are_counted_and_a_customer_once(table, monkeypatch):
    """Wednesday 7 January to Tuesday 27 January: two whole weeks; the same customer twice in the first of them."""
    days = ["2026-01-07", "2026-01-12", "2026-01-14", "2026-01-12", "2026-01-20", "2026-01-27"]
    rows = pd.DataFrame({"customer_id": [1, 1, 1, 2, 2, 2], "occurred_at": pd.to_datetime(days), "touchpoint": "a"})
    monkeypatch.setattr(incident_volume, "TABLE", table)
    volume = volume_of(prepare(rows), "week")
    assert volume["start"].dt.date.tolist() == [date(2026, 1, 12), date(2026, 1, 19)]
    assert volume["customers"].tolist() == [2, 1]
    assert volume_of(prepare(rows), "month").empty


def test_a_break_is_a_note():
    rows = visits(40, 12, broken=(0, 0))
    many = visits(120, 12, seed=2, broken=(0, 0)).assign(customer_id=lambda t: "x" + t["customer_id"])
    found = incidents(pd.concat([rows, many[many.occurred_at >= MONDAY + pd.Timedelta(weeks=6)]]), draws=19)
    row = found.volume.dropna().iloc[0]
    assert found.notes == (
        f"Customers a week: about {row.before:.0f} in the three weeks before 16 Feb 2026, about {row.since:.0f} in the three "
        "from then on. A share moves with who comes, most of all a share of all touches.",
    )
    assert incidents(rows, draws=19).notes == ()


def test_within_the_values_of_a_column():
    log = prepare(visits(device=True), columns=["device"]).split("30min")
    row = incidents(log, by="device", draws=199).table.iloc[0]
    assert (row["from"], row["to"], row["by"], row["value"]) == ("visit", "error", "device", "phone")
    assert row["label"] == "visit → error (phone)"
    assert (row["start"], row["end"]) == (MONDAY + pd.Timedelta(weeks=9), MONDAY + pd.Timedelta(weeks=12, days=-1))


def test_a_change_that_lasts_has_no_end():
    row = incidents(prepare(visits(broken=(13, 20))).split("30min"), draws=199).table.iloc[0]
    assert row["label"] == "visit → error"
    assert row["start"] == MONDAY + pd.Timedelta(weeks=13)
    assert pd.isna(row["end"])


@pytest.mark.parametrize("split", [True, False])
def test_the_planted_story_of_the_sample(sample, split):
    """Since 15 June 2026 fewer of those who reach the checkout of the mobile shop finish their order."""
    log = prepare(sample, columns=["session_id", "channel"])
    table = incidents(log.split(by="session_id") if split else log, by="channel", draws=199).table
    row = table.iloc[0]
    assert row["from"] == "checkout"
    assert row["value"] == "mobile"
    assert row["start"] == pd.Timestamp("2026-06-15")
    assert pd.isna(row["end"])
    assert row["verdict"] == "clear"
    assert "checkout → order (mobile)" in (row["others"] + row["label"])


def test_the_same_from_every_engine(engine):
    rows = visits(60, 10, broken=(5, 7))
    expected = incidents(rows, draws=99)
    got = incidents(engine(rows), draws=99)
    assert len(expected.table)
    pd.testing.assert_frame_equal(
        got.table.drop(columns="method"), expected.table.drop(columns="method"), check_exact=False, rtol=1e-12
    )


def test_nothing_happened():
    nothing = incidents(prepare(visits(broken=(0, 0), seed=7)).split("30min"), draws=199)
    assert nothing.table.columns.tolist() == COLUMNS
    assert nothing.table["start"].dtype == "datetime64[us]"
    assert (len(nothing.table), len(nothing.weekly), len(nothing.members)) == (0, 0, 0)
    assert nothing.looked > 3
    assert f"for {nothing.looked} shares" in nothing.method


def test_periods_by_hand():
    """1 April 2026 is a Wednesday, 30 September one too: both weeks go with their neighbours."""
    days = pd.date_range("2026-04-01", "2026-09-30")
    log = prepare(pd.DataFrame({"customer_id": "a", "occurred_at": days, "touchpoint": "x"}))
    starts, unit, said = periods_of(log, "week")
    assert (unit, len(starts) - 1) == ("week", 25)
    assert [str(starts[i]) for i in (0, 1, -2, -1)] == ["2026-04-01", "2026-04-13", "2026-09-21", "2026-10-01"]
    assert "first" in said[0]
    assert "last" in said[0]
    starts, unit, _ = periods_of(log, "month")
    assert (unit, len(starts) - 1) == ("month", 6)
    short = log.between(date(2026, 5, 4), date(2026, 5, 24))
    starts, unit, said = periods_of(short, "week")
    assert (unit, len(starts) - 1) == ("day", 21)
    assert "days in place of weeks, as the log is 3 weeks long" in said
    years = pd.date_range("2024-01-01", "2026-06-30", freq="3D")
    log = prepare(pd.DataFrame({"customer_id": "a", "occurred_at": years, "touchpoint": "x"}))
    assert periods_of(log, "week")[1] == "month"


def test_steps_whose_window_is_open_are_set_aside():
    """Unsplit: the next touch within 7 days counts, later ones are the end, and the last 7 days cannot be known yet.

    Each of 30 customers: a on day 0, b on day 3 (for every other one on day 10), a on day 40; the log ends after day 41,
    so that the 30 last a and the event of day 41 have an open window: 31 set aside. Of the 30 first a, 15 go to b.
    """
    rows = [
        (f"c{c}", MONDAY + pd.Timedelta(days=day, minutes=c), what)
        for c in range(30)
        for day, what in ((0, "a"), (3 if c % 2 else 10, "b"), (40, "a"))
    ]
    rows.append(("z", MONDAY + pd.Timedelta(days=41), "b"))
    log = prepare(pd.DataFrame(rows, columns=["customer_id", "occurred_at", "touchpoint"]))
    looked = looked_at(log, "week", "", 1, "7D")
    assert "the next touch within 7 d, else (end), 31 set aside: window still open" in looked.said
    group, outcome = looked.wanted[looked.names.index(("transition", "a", "b", ""))]
    own = looked.rows.group == group
    assert own.sum() == 30
    assert (looked.rows.outcome[own] == outcome).sum() == 15


def test_fifty_thousand_touchpoints_and_customers_of_one_event():
    rng = np.random.default_rng(1)
    n = 60_000
    rows = pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "occurred_at": MONDAY + pd.to_timedelta(rng.integers(0, 70 * 86400, n), unit="s"),
            "touchpoint": [f"page {i}" for i in rng.integers(0, 50_000, n)],
        }
    )
    nothing = incidents(rows, draws=19)
    assert len(nothing.table) == 0


def test_what_cannot_be_is_said():
    log = prepare(visits(20, 6), columns=["device"])
    with pytest.raises(UsageError, match="prepared without the column 'plan'"):
        incidents(log, by="plan")
    with pytest.raises(UsageError, match="unit: 'weeks' is not a known choice. Did you mean 'week'"):
        incidents(log, unit="weeks")
    with pytest.raises(UsageError, match="least"):
        incidents(log, least=0)
    with pytest.raises(UsageError, match="no length of time"):
        incidents(log, within="soon")
    with pytest.raises(DataError, match="no events"):
        incidents(visits(20, 6).iloc[:0])
    with pytest.raises(DataError, match="one period"):
        incidents(visits(20, 1).assign(occurred_at=MONDAY))
    with pytest.raises(DataError, match="no column 'device2'"):
        incidents(visits(20, 6), by="device2")


def test_the_frame_is_not_changed():
    rows = visits(20, 8)
    kept = rows.copy()
    incidents(rows, draws=19)
    pd.testing.assert_frame_equal(rows, kept)


def ecom() -> pd.DataFrame:
    """The log inside another kit's wheel: installed here, or in the environment that the benchmarks make for it."""
    spec = find_spec("retentioneering")
    own = [Path(spec.origin).parents[1]] if spec else []
    peers = Path(__file__).parents[2] / "benchmarks" / "peers" / "retentioneering"
    for folder in [*own, *peers.glob(".venv/lib/python*/site-packages")]:
        if (path := folder / "retentioneering" / "datasets" / "ecom.csv.gz").is_file():
            return pd.read_csv(path, parse_dates=["timestamp"])
    pytest.skip("retentioneering is not installed, neither here nor by benchmarks/journey_speed.py")


def ecom_log(rows: pd.DataFrame):
    log = prepare(rows, customer="user_id", touchpoint="event", time="timestamp", columns=["session_id", "platform"])
    return log.split(by="session_id")


def test_planted_incidents_of_another_kit():
    """Payment gateway: 19 May to 7 June 2024; checkout bug: 9 April to 9 May. Both to the week, and both clear."""
    members = incidents(ecom_log(ecom())).members.set_index("label")
    payment, bug = members.loc["payment_error"], members.loc["checkout_bug"]
    assert (str(payment["start"].date()), str(payment["end"].date())) == ("2024-05-20", "2024-06-09")
    assert (str(bug["start"].date()), str(bug["end"].date())) == ("2024-04-08", "2024-05-12")
    assert (payment["verdict"], bug["verdict"]) == ("clear", "clear")


def dates_dealt(rows: pd.DataFrame, rng, session: str, time: str) -> pd.DataFrame:
    """The same sessions on each other's days."""
    days = rows.groupby(session)[time].min().dt.normalize()
    dealt = pd.Series(rng.permutation(days.to_numpy()), index=days.index)
    begin = rows.groupby(session)[time].transform("min").dt.normalize()
    return rows.assign(**{time: rows[time] - begin + rows[session].map(dealt)})


def customers_shifted(rows: pd.DataFrame, rng, customer: str, time: str) -> pd.DataFrame:
    """Each customer's whole log moved by a number of days of its own, round the calendar."""
    first = rows[time].min().normalize()
    days = (rows[time].max().normalize() - first).days + 1
    by = pd.Series(rng.integers(0, days, rows[customer].nunique()), index=rows[customer].unique())
    day = ((rows[time].dt.normalize() - first).dt.days + rows[customer].map(by)) % days
    return rows.assign(**{time: first + pd.to_timedelta(day, unit="D") + (rows[time] - rows[time].dt.normalize())})


@pytest.mark.slow
@pytest.mark.parametrize("how", ["dates dealt", "customers shifted"])
def test_shuffled_samples_raise_no_more_than_stated(sample, how):
    """At most 18 of 200 at 5 % (99 % binomial bound)."""
    lone = pd.Series([f"x{i}" for i in range(len(sample))], index=sample.index)
    rows = sample.assign(session_id=sample["session_id"].fillna(lone))
    raised = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        moved = (
            dates_dealt(rows, rng, "session_id", "occurred_at")
            if how == "dates dealt"
            else customers_shifted(rows, rng, "customer_id", "occurred_at")
        )
        log = prepare(moved, columns=["session_id", "channel"]).split(by="session_id")
        raised += (incidents(log, by="channel", draws=199, seed=seed).table["verdict"] == "clear").any()
    assert raised <= 18


@pytest.mark.slow
def test_shuffled_copies_of_another_kits_log_raise_no_more_than_stated():
    rows, raised = ecom(), 0
    for seed in range(200):
        log = ecom_log(dates_dealt(rows, np.random.default_rng(seed), "session_id", "timestamp"))
        raised += (incidents(log, draws=199, seed=seed).table["verdict"] == "clear").any()
    assert raised <= 18


def test_the_missing_step_leads_rather_than_the_end(sample):
    log = prepare(sample, columns=["session_id", "channel"]).split("30min", by="session_id")
    found = incidents(log, by="channel", draws=199)
    lead = found.table.iloc[0]
    assert (lead["from"], lead["to"], lead["value"]) == ("checkout", "order", "mobile")
    assert str(lead.start.date()) == "2026-06-15"
    assert (found.members[found.members.incident == 1].iloc[0][["from", "to"]] == ["checkout", "order"]).all()
    assert found.weekly[found.weekly.incident == 1].usual.iloc[0] == lead.share_outside

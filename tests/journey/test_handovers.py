"""Hand-overs: how common they are and what they cost, by hand, by a loop, and in the shipped sample."""

from collections import defaultdict

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.journey import prepare
from cxkit.journey.handovers import handovers
from cxkit.journey.medians import medians
from cxkit.journey.ticket_touches import ticket_lengths, ticket_touches
from cxkit.stats.intervals import share_interval

COLUMNS = [
    *("from", "to", "n", "share", "low", "high", "median_seconds"),
    *("with_n", "with_score", "without_n", "without_score", "difference", "difference_low", "difference_high"),
    *("p", "p_adjusted", "verdict"),
    *("seconds_with", "seconds_without", "seconds_difference", "seconds_low", "seconds_high", "confidence", "method"),
]


def log_table(rows):
    """(customer, ticket, channel, second) of each event."""
    table = pd.DataFrame(rows, columns=["customer_id", "ticket_id", "channel", "second"])
    table["occurred_at"] = pd.Timestamp("2026-03-01") + pd.to_timedelta(table["second"], unit="s")
    return table.assign(touchpoint="support")


ROWS = log_table(
    [
        *[("a", "t1", "chat", 0), ("a", "t1", "phone", 60), ("a", "t1", "chat", 90), ("a", "t1", "phone", 400)],
        *[("b", "t2", "chat", 0), ("b", "t2", "phone", 100)],
        *[("c", "t3", "chat", 0), ("c", "t3", "chat", 50)],
        *[("d", "t4", "chat", 0), ("d", "t4", "chat", 70)],
        *[("e", "t5", "phone", 0)],
        *[("f", None, "chat", 0), ("g", "t6", None, 0)],
    ]
)
ANSWERS = pd.DataFrame(
    {
        "customer_id": ["a", "b", "b", "c", "d", "d", "z", "a"],
        "ticket_id": ["t1", "t2", "t2", "t3", "t4", "t4", "t9", None],
        "scaled": [-2.0, -1.0, 0.0, 2.0, 1.0, np.nan, 2.0, 1.0],
    }
)


def test_by_hand(engine):
    table = handovers(engine(ROWS), answers=engine(ANSWERS))
    assert list(table.columns) == COLUMNS
    assert table[["from", "to", "n"]].values.tolist() == [["chat", "phone", 2], ["phone", "chat", 1]]
    assert table["share"].tolist() == pytest.approx([2 / 4, 1 / 3])
    assert table["median_seconds"].tolist() == [80, 30]  # of 60 (the first time in t1) and 100
    low, high = share_interval(2, 4)
    assert table.loc[0, ["low", "high"]].tolist() == pytest.approx([float(low), float(high)])
    first = table.loc[0]
    assert first[["with_n", "without_n"]].tolist() == [3, 2]
    assert first[["with_score", "without_score", "difference"]].tolist() == pytest.approx([-1, 1.5, -2.5])
    assert table.loc[1, ["with_n", "without_n"]].tolist() == [1, 0]
    assert np.isnan(table.loc[1, "p"])
    assert table.loc[1, "verdict"] == "too early"
    assert first[["seconds_with", "seconds_without", "seconds_difference"]].tolist() == [250, 60, 190]
    assert np.isnan(first["seconds_low"])  # two lengths a side give no limits
    assert np.isnan(table.loc[1, "seconds_without"])
    assert table["method"][0] == (
        "5 cases by ticket_id; 1 event without ticket_id left out; 1 event without channel left out; "
        "Wilson limits that allow for several cases of one customer; scores from -2 to +2 of 5 answers, "
        "1 without ticket_id left out, 1 without a score left out, 1 about no case here left out; "
        "difference against cases that stayed in one channel, adjusted for 2 pairs (Holm); "
        "length from the first to the last event, not known of 1 case of one event, limits by ranks; "
        "13 events of 7 customers"
    )


def many(seed=4, size=120):
    """Cases of as many customers, some handed over: events, answers and lengths."""
    rng = np.random.default_rng(seed)
    handed = rng.random(size) < 0.4
    ids = [f"t{i:03}" for i in range(size)]
    who = [f"c{i:03}" for i in range(size)]
    rows = [(w, t, "chat", 0) for w, t in zip(who, ids, strict=True)]
    rows += [(w, t, "phone", 60) for w, t, over in zip(who, ids, handed, strict=True) if over]
    score = np.clip(np.round(rng.normal(0.8 - handed, 1)), -2, 2)
    answers = pd.DataFrame({"customer_id": who, "ticket_id": ids, "scaled": score})
    lengths = pd.DataFrame({"ticket_id": ids, "seconds": rng.gamma(2, 1000 + 1500 * handed)})
    return log_table(rows), answers, lengths, handed


def test_the_score_is_welchs_test():
    events, answers, lengths, handed = many()
    row = handovers(events, answers=answers, seconds=lengths).loc[0]
    witness = stats.ttest_ind(answers["scaled"][handed], answers["scaled"][~handed], equal_var=False)
    assert row["p"] == row["p_adjusted"] == pytest.approx(witness.pvalue, rel=1e-9)
    limits = witness.confidence_interval(0.95)
    assert row[["difference_low", "difference_high"]].tolist() == pytest.approx([limits.low, limits.high], rel=1e-9)
    assert row["verdict"] == "clear"
    assert row["seconds_with"] == lengths["seconds"][handed].median()
    assert row["seconds_without"] == lengths["seconds"][~handed].median()
    assert row["seconds_low"] < row["seconds_difference"] < row["seconds_high"]


def test_answers_of_one_customer_count_together():
    events, answers, lengths, _ = many()
    alone = handovers(events, answers=answers, seconds=lengths).loc[0]
    groups = {w: f"g{i // 4}" for i, w in enumerate(events["customer_id"].unique())}
    shared = handovers(
        events.assign(customer_id=events["customer_id"].map(groups)),
        answers=answers.assign(customer_id=answers["customer_id"].map(groups)),
        seconds=lengths,
    ).loc[0]
    twice = handovers(events, answers=pd.concat([answers, answers]), seconds=lengths).loc[0]
    assert twice["with_n"] == 2 * alone["with_n"]
    assert twice["p"] == pytest.approx(alone["p"], rel=0.2)  # the same answers once more say nothing new
    assert shared[["n", "with_n", "difference"]].tolist() == pytest.approx(
        alone[["n", "with_n", "difference"]].tolist()
    )
    assert shared["p"] != alone["p"]


def test_many_pairs_are_adjusted_for():
    events, answers, _, _ = many()
    more = events.assign(channel=events["channel"].replace({"chat": "mail", "phone": "store"}))
    for name in ("ticket_id", "customer_id"):
        more[name] = "x" + more[name]
    flat = answers.assign(ticket_id="x" + answers["ticket_id"], customer_id="x" + answers["customer_id"])
    flat["scaled"] = flat["scaled"].sample(frac=1, random_state=1).to_numpy()
    table = handovers(pd.concat([events, more]), answers=pd.concat([answers, flat]))
    assert table["from"].tolist() == ["chat", "mail"]
    assert table["p_adjusted"].tolist() == pytest.approx([2 * table["p"][0], table["p"][1]])
    assert table["verdict"].tolist() == ["clear", "too early"]


def test_equal_answers_on_one_side_are_no_proof():
    rows = [("a", "t1", "chat", 0), ("a", "t1", "phone", 9), ("b", "t2", "chat", 0), ("b", "t2", "phone", 9)]
    rows += [(f"c{i}", f"s{i}", "chat", 0) for i in range(8)]
    answers = pd.DataFrame(
        {
            "customer_id": ["a", "b", *(f"c{i}" for i in range(8))],
            "ticket_id": ["t1", "t2", *(f"s{i}" for i in range(8))],
            "scaled": [-1.0, -1.0, -2, 2, 1, 0, 0, 2, -1, 1],
        }
    )
    row = handovers(log_table(rows), answers=answers).loc[0]
    assert row["verdict"] == "too early"
    assert row["p"] > 0.2


@pytest.mark.slow
def test_false_alarms_with_few_answers():
    """Five cases of forty handed over, scores crowded at the good end, nothing behind it: at most 5 % of p below .05."""
    rng = np.random.default_rng(7)
    rows = [(f"c{i}", f"t{i}", "chat", 0) for i in range(40)] + [(f"c{i}", f"t{i}", "phone", 9) for i in range(5)]
    log = prepare(log_table(rows), columns=["ticket_id", "channel"])
    answers = pd.DataFrame({"customer_id": [f"c{i}" for i in range(40)], "ticket_id": [f"t{i}" for i in range(40)]})
    alarms = 0
    for _ in range(300):
        scores = rng.choice([-2.0, -1, 0, 1, 2], 40, p=[0.05, 0.05, 0.1, 0.2, 0.6])
        alarms += handovers(log, answers=answers.assign(scaled=scores)).loc[0, "p"] < 0.05
    assert alarms <= 15


EVENTS = st.lists(
    st.tuples(
        st.sampled_from("abc"), st.sampled_from(["p", "q", "r", None]), st.sampled_from(["x", "y", None]),
        st.integers(0, 9),
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(EVENTS, st.lists(st.integers(-2, 2), min_size=12, max_size=12))
def test_equals_a_loop(rows, scores):
    cases = defaultdict(list)
    for who, ticket, channel, second in sorted(rows, key=lambda r: (r[0], r[3])):
        if ticket and channel:
            cases[who, ticket].append((channel, second))
    answers = [(who, ticket, float(scores[i])) for i, (who, ticket) in enumerate((w, t) for w in "abc" for t in "pqrs")]
    handed, stayed, touched = defaultdict(dict), defaultdict(list), defaultdict(set)
    for case, events in cases.items():
        for (one, at), (other, then) in zip(events, events[1:], strict=False):  # noqa: RUF007
            if one != other:
                handed[one, other].setdefault(case, then - at)
        used = {channel for channel, _ in events}
        for channel in used:
            touched[channel].add(case)
        if len(used) == 1:
            stayed[events[0][0]].append(case)
    table = handovers(log_table(rows), answers=pd.DataFrame(answers, columns=["customer_id", "ticket_id", "scaled"]))
    order = sorted(handed, key=lambda pair: (-len(handed[pair]), pair))
    assert list(zip(table["from"], table["to"], strict=True)) == order
    score = {(who, ticket): value for who, ticket, value in answers}
    for row, pair in zip(table.to_dict("records"), order, strict=True):
        assert row["n"] == row["with_n"] == len(handed[pair])
        assert row["share"] == pytest.approx(row["n"] / len(touched[pair[0]]))
        assert row["median_seconds"] == np.median(list(handed[pair].values()))
        assert row["with_score"] == pytest.approx(np.mean([score[case] for case in handed[pair]]))
        assert row["without_n"] == len(stayed[pair[0]])
        if stayed[pair[0]]:
            assert row["without_score"] == pytest.approx(np.mean([score[case] for case in stayed[pair[0]]]))


def test_median_limits_are_the_sign_tests():
    for n in range(1, 60):
        found = medians(np.arange(n), np.zeros(n, int), np.arange(1.0, n + 1), 1)
        rank = int(stats.binom.ppf(0.025, n, 0.5))  # the largest r with P(fewer than r) <= .025
        if rank < 1:
            assert np.isnan(found.low[0])
        else:
            assert found.low[0] in (rank, rank - 1)
            assert found.high[0] == n + 1 - found.low[0]


@pytest.mark.slow
def test_limits_of_the_difference_of_medians_hold():
    """Log-normal lengths, two groups, customers with one to five alike cases: 95 % limits cover the truth."""
    from cxkit.stats.compare import difference

    rng = np.random.default_rng(11)
    for size, alike in ((20, 0.0), (60, 0.0), (60, 0.6)):
        hits, runs = 0, 2000
        for _ in range(runs):
            limits = []
            for shift in (0.0, 0.5):
                many = rng.integers(1, 6, size) if alike else np.ones(size, int)
                who = np.repeat(np.arange(size), many)
                own = rng.normal(0, np.sqrt(alike), size)[who] + rng.normal(0, np.sqrt(1 - alike), who.size)
                found = medians(who, np.zeros(who.size, int), np.exp(shift + own), 1)
                limits += [found.median[0], found.low[0], found.high[0]]
            _, low, high = difference(*limits)
            hits += low <= 1 - np.exp(0.5) <= high
        assert hits / runs > 0.94, (size, alike, hits / runs)


def test_ids_that_are_numbers_meet_those_that_are_text():
    rows = ROWS.assign(ticket_id=ROWS["ticket_id"].str[1:].astype(float))
    answers = ANSWERS.assign(ticket_id=ANSWERS["ticket_id"].str[1:])
    assert handovers(rows, answers=answers).loc[0, "with_n"] == 3
    assert handovers(prepare(rows, columns=["ticket_id", "channel"]), answers=answers).loc[0, "with_n"] == 3


def test_events_alone_do_not_give_the_length_of_cases_of_one_event():
    events, *_ = many()
    row = handovers(events).loc[0]
    assert row["seconds_with"] == 60
    assert np.isnan(row["seconds_without"])
    assert np.isnan(row["seconds_difference"])
    assert (row["with_n"], row["without_n"], row["verdict"]) == (0, 0, "too early")
    assert "; no scores given; " in row["method"]


def test_nothing_to_count(engine):
    for rows in (ROWS.head(0), ROWS.tail(3)):
        table = handovers(engine(rows), answers=ANSWERS)
        assert list(table.columns) == COLUMNS
        assert len(table) == 0


def test_a_column_that_is_no_channel():
    rows = log_table([(f"c{i // 3}", f"t{i // 3}", f"value {i}", i) for i in range(15_000)])
    assert len(handovers(rows)) == 10_000


def test_wrong_arguments():
    with pytest.raises(DataError, match="no column 'chanel'.*Did you mean 'channel'"):
        handovers(ROWS, channel="chanel")
    with pytest.raises(UsageError, match="case: name the column"):
        handovers(ROWS, case="")
    with pytest.raises(DataError, match="answers: there is no column 'scaled'"):
        handovers(ROWS, answers=ANSWERS.rename(columns={"scaled": "score"}))
    with pytest.raises(DataError, match="answers: the column 'scaled' holds no numbers \\(first: 'good'\\)"):
        handovers(ROWS, answers=ANSWERS.assign(scaled="good"))
    lengths = pd.DataFrame({"ticket_id": ["t1", "t1"], "seconds": [1.0, 2.0]})
    with pytest.raises(DataError, match="seconds: ticket_id 't1' occurs twice"):
        handovers(ROWS, seconds=lengths)
    with pytest.raises(DataError, match="seconds: 2 lengths below zero"):
        handovers(ROWS, seconds=lengths.assign(seconds=-1.0))


def test_tickets_as_touches(engine):
    tickets = pd.DataFrame(
        {
            "ticket_id": ["t1", "t2", "t3"],
            "customer_id": ["a", "b", "c"],
            "channel": ["chat", "chat", "phone"],
            "opened_at": pd.to_datetime(["2026-03-01 09:00", "2026-03-01 10:00", "2026-03-02 10:00"]),
            "handed_over_at": pd.to_datetime(["2026-03-01 09:20", None, None]),
            "handed_to": ["phone", None, None],
            "resolved_at": pd.to_datetime(["2026-03-01 10:00", "2026-03-01 10:30", None]),
        }
    )
    lengths = ticket_lengths(engine(tickets))
    assert sorted(lengths["seconds"]) == [0, 1800, 3600]  # the third was opened at the last moment known
    assert lengths["open"].sum() == 1
    row = handovers(ticket_touches(engine(tickets)), seconds=lengths).loc[0]
    assert row[["from", "to", "n", "share", "median_seconds"]].tolist() == ["chat", "phone", 1, 0.5, 1200]
    assert row[["seconds_with", "seconds_without"]].tolist() == [3600, 1800]
    assert "length as given for 3 of 3 cases, 1 still open" in row["method"]
    early = ticket_lengths(engine(tickets), as_of="2026-03-01").set_index("ticket_id")
    assert early.loc["t1"].tolist() == [3600, False]
    assert ticket_lengths(tickets.assign(resolved_at=pd.Timestamp("2026-03-09")), as_of="2026-03-02")["open"].all()


def test_open_cases_are_not_dropped():
    """By hand: 1, 2, 3 and still going, 4: the curve falls to 3/4, 1/2 and at 4 to 0; flat from 2 to 4, so 3 (R's survfit)."""
    value, still = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, True, False])
    zero = np.zeros(4, dtype=int)
    assert medians(np.arange(4), zero, value, 1, open_=still).median.tolist() == [3.0]
    assert medians(np.arange(3), zero[:3], value[[0, 1, 3]], 1).median.tolist() == [
        2.0
    ]  # had the open one been dropped
    late = np.array([False, True, True, True])  # the curve stays at 3/4
    assert np.isnan(medians(np.arange(4), zero, value, 1, open_=late).median[0])


def test_open_cases_of_few_busy_customers():
    """12 customers with 60 cases each: worth a fraction of 720, so the limits are wide, and there is no error."""
    rng = np.random.default_rng(3)
    customer = np.repeat(np.arange(12), 60)
    value = np.repeat(rng.exponential(1, 12), 60) + rng.uniform(0, 0.1, 720)
    still = np.arange(720) % 30 == 0
    found = medians(customer, np.zeros(720, dtype=int), value, 1, open_=still)
    alone = medians(np.arange(720), np.zeros(720, dtype=int), value, 1, open_=still)
    assert found.median == alone.median
    assert not found.low[0] > alone.low[0] - 0.1
    five = medians(np.arange(5), np.zeros(5, dtype=int), np.arange(5.0), 1, open_=np.arange(5) == 4)
    assert np.isnan([five.low[0], five.high[0]]).all()  # as without open ones: too few for limits


def test_lengths_of_tickets_of_every_make(engine):
    rows = pd.DataFrame({
        "ticket_id": ["t1", "t2"], "opened_at": pd.to_datetime(["2026-03-01 09:00", "2026-03-01 10:00"]),
        "resolved_at": pd.to_datetime([None, None]),
    })  # fmt: skip
    assert ticket_lengths(engine(rows), as_of="2026-03-01").seconds.tolist() == [
        54_000,
        50_400,
    ]  # 15 and 14 hours to midnight
    assert ticket_lengths(engine(rows)).open.all()
    zoned = rows.assign(opened_at=rows.opened_at.dt.tz_localize("UTC"), resolved_at=pd.Timestamp("2026-03-02"))
    assert ticket_lengths(zoned, as_of="2026-03-01").open.all()  # solved at midnight, after the day that counts
    assert not ticket_lengths(zoned, as_of="2026-03-02").open.any()
    assert ticket_lengths(rows.assign(resolved_at=pd.Series([None, None], dtype=object))).open.all()


def test_open_is_yes_or_no():
    lengths = pd.DataFrame({"ticket_id": ["t1"], "seconds": [1.0], "open": ["False"]})
    with pytest.raises(DataError, match="'open' holds more than yes and no \\(first: 'False'\\)"):
        handovers(ROWS, seconds=lengths)
    assert "still open" not in handovers(ROWS, seconds=lengths.assign(open=0)).loc[0, "method"]


def test_limits_of_a_median_with_open_cases_cover_it():
    """400 samples of 80 exponential lengths, about a third of them still open: the limits hold the true median in 92 to 98 %."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        length, watched = rng.exponential(1, 80), rng.uniform(0, 3, 80)
        found = medians(np.arange(80), np.zeros(80, int), np.minimum(length, watched), 1, open_=length > watched)
        held += found.low[0] <= np.log(2) <= found.high[0]
    assert 0.92 <= held / 400 <= 0.98


def test_the_sample_tells_its_story():
    """A third of chats goes to the phone; those customers are less satisfied, and their cases take longer."""
    tickets, answers = cxkit.read("tickets", "sample:tickets"), cxkit.read("responses", "sample:responses").to_pandas()
    answers = answers[answers["survey"] == "csat"]
    answers = answers.assign(scaled=answers["score"] - 3)
    lengths = ticket_lengths(tickets)
    table = handovers(ticket_touches(tickets), answers=answers, seconds=lengths)
    assert table[["from", "to"]].values.tolist() == [["chat", "phone"]]
    row = table.loc[0]
    assert row["low"] < 0.36 < row["high"]
    assert row["verdict"] == "clear"
    assert row["difference_high"] < -0.5
    assert (row["seconds_with"], row["seconds_without"]) == pytest.approx(
        (1.57 * 86400, 1.15 * 86400), rel=0.01
    )  # lifelines
    assert row["seconds_low"] > 3 * 3600
    # Half a year of events holds 9 and 14 of these answers: not enough to say so.
    half_year = handovers(cxkit.read("events", "sample:events"), answers=answers, seconds=lengths).loc[0]
    assert half_year[["n", "with_n", "without_n", "verdict"]].tolist() == [64, 9, 14, "too early"]


def test_hand_overs_after_the_day_that_counts_are_not_known_yet():
    tickets = pd.DataFrame(
        {
            "ticket_id": ["t1", "t2"], "customer_id": ["a", "b"], "channel": "chat", "handed_to": "phone",
            "opened_at": pd.to_datetime(["2026-03-01", "2026-03-02"]),
            "handed_over_at": pd.to_datetime(["2026-03-03 23:59", "2026-03-04 00:00"]),
        }
    )  # fmt: skip
    told = [
        cxkit.frames.collect(cxkit.frames.as_frame(ticket_touches(table))).channel.value_counts().to_dict()
        for table in (cxkit.read("tickets", tickets), cxkit.read("tickets", tickets, as_of="2026-03-03"))
    ]
    assert told == [{"chat": 2, "phone": 2}, {"chat": 2, "phone": 1}]

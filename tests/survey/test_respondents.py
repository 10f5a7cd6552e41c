"""Response rates: who was asked, who answered, whether that changes and who stays silent."""

import re
from datetime import date
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from survey_invitations import answers_of, asked, by_hand, people_of

from cxkit.errors import DataError, DataWarning, UsageError
from cxkit.periods import parse
from cxkit.stats.compare import share_difference
from cxkit.stats.intervals import share_interval
from cxkit.survey import respondents
from cxkit.survey.response_rate import ALL

# ---------------------------------------------------------------- by hand


def test_rate_is_answered_over_invited_and_steps_show_the_rest():
    found = respondents(by_hand(), by="", as_of=date(2026, 9, 30))
    assert (found.n, found.answered) == (20, 9)
    row = found.rate.iloc[0]
    assert (row.metric, row.unit, row.n, row.estimate) == ("response rate", "share", 20, 9 / 20)
    assert (row.low, row.high) == pytest.approx([float(x) for x in share_interval(9, 20)])
    steps = found.steps.set_index("metric")
    assert steps.loc["delivered", ["n", "estimate"]].tolist() == [20, 18 / 20]
    assert steps.loc["opened", ["n", "estimate"]].tolist() == [18, 13 / 18]  # of those delivered
    assert steps.loc["answered of opened", ["n", "estimate"]].tolist() == [13, 9 / 13]


def test_change_compares_two_periods():
    found = respondents(by_hand(), by="", now="2026-Q3", before="2026-Q2", as_of=date(2026, 9, 30))
    row = found.change.iloc[0]
    assert row[["n", "estimate", "other", "other_n", "other_estimate"]].tolist() == [10, 0.3, "Q2 2026", 10, 0.6]
    alone = share_difference(3, 10, 6, 10)  # every customer was asked once, so clustering changes nothing
    assert row[["difference", "difference_low", "difference_high", "p"]].tolist() == pytest.approx(
        [float(x) for x in (alone.estimate, alone.low, alone.high, alone.p)]
    )
    assert found.rate.estimate[0] == 0.3  # the level is about `now` where it is given
    assert found.period.label == "Q3 2026"


def test_without_a_channel_a_plain_call_takes_all_together():
    found = respondents(by_hand().drop(columns="channel"), as_of=date(2026, 9, 30))
    assert found.rate.columns[0] == "metric"
    with pytest.raises(DataError, match="no column 'chanel'. Did you mean 'channel'"):
        respondents(by_hand(), by="chanel")


def test_before_defaults_to_the_period_before():
    found = respondents(by_hand(), now=parse("2026-Q3"), as_of=date(2026, 9, 30))
    assert found.before.label == "Q2 2026"
    assert found.change.channel.tolist() == ["email", ALL]
    assert found.change.looked.tolist() == [1, 1]


def test_young_invitations_are_set_aside_answered_or_not():
    rows = by_hand()
    young = respondents(rows, by="", as_of=date(2026, 7, 15))  # 14 days before: 1 July
    assert (young.n, young.answered) == (10, 6)
    assert "10 of the last 14 days, too young to judge, set aside" in young.method
    assert young.cut == date(2026, 7, 1)
    assert respondents(rows, by="", as_of=date(2026, 7, 15), wait="5D").n == 20
    assert respondents(rows, by="", as_of=date(2026, 7, 15), wait="0D").n == 20
    last = respondents(rows, by="", as_of=date(2026, 7, 1), wait="0D")
    assert "10 after 2026-07-01 set aside" in last.method


def test_trend_has_the_shape_of_a_trend():
    from cxkit.charts import plot_trend
    from cxkit.survey.trends import TREND

    trend = respondents(by_hand(), as_of=date(2026, 9, 30)).trend
    assert trend.columns.tolist() == ["channel", *TREND]
    one = trend[trend.channel == "email"]
    assert one.period.tolist() == ["Apr 2026", "May 2026", "Jun 2026", "Jul 2026", "Aug 2026", "Sep 2026"]
    assert one.n.tolist() == [10, 0, 0, 10, 0, 0]
    assert one.estimate.tolist()[::3] == [0.6, 0.3]
    assert one.complete.tolist() == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]  # first day 10 April, last that counts 16 Sept
    assert "Response rate" in plot_trend(one).cxkit_caption.title


# ---------------------------------------------------------------- how it is known who answered


def test_answered_by_a_column_of_its_own():
    rows = by_hand().assign(answered=lambda d: d.response_id.notna()).drop(columns="response_id")
    assert respondents(rows, by="", as_of=date(2026, 9, 30)).answered == 9


def test_answered_in_time_by_responded_at():
    rows = by_hand().drop(columns="response_id")
    rows["responded_at"] = pd.NaT
    rows.loc[:4, "responded_at"] = rows.invited_at[:5] + pd.to_timedelta([1, 2, 13, 14, 15], unit="D")
    found = respondents(rows, by="", as_of=date(2026, 9, 30))
    assert found.answered == 4  # the fifth came a day too late
    assert "within 14 days" in found.method


def test_answers_are_joined_where_nothing_links_them():
    """c0: asked 1 and 20 May, answers 3 and 4 May (one too many) and 21 May; c1: an answer before the invitation."""
    rows = pd.DataFrame(
        {"customer_id": ["c0", "c0", "c1", None], "invited_at": pd.to_datetime(["2026-05-01", "2026-05-20"] * 2)}
    )
    answers = pd.DataFrame(
        {
            "customer_id": ["c0", "c0", "c0", "c1", None],
            "responded_at": pd.to_datetime(["2026-05-03", "2026-05-04", "2026-05-21", "2026-04-30", "2026-05-02"]),
            "score": [9, 9, 3, 10, 8],
        }
    )
    found = respondents(rows, answers, by="", survey="", as_of=date(2026, 9, 30))
    assert (found.n, found.answered) == (4, 2)
    assert "3 of 4 answers found an invitation of the same customer in the 14 days before" in found.method
    assert "1 of them one that was answered already; 1 found none" in found.method


def test_a_response_id_that_was_never_filled_is_no_link():
    rows = by_hand().assign(response_id=None)
    answers = pd.DataFrame({"customer_id": ["c3"], "responded_at": [pd.Timestamp("2026-04-11")], "score": [9]})
    assert respondents(rows, answers, by="", as_of=date(2026, 9, 30)).answered == 1
    with pytest.warns(DataWarning, match="not one invitation was answered"):
        assert respondents(rows, by="", as_of=date(2026, 9, 30)).rate.estimate[0] == 0


def test_nothing_that_tells_who_answered_is_refused():
    rows = by_hand().drop(columns="response_id")
    with pytest.raises(DataError, match="nothing says which were answered.*response_id"):
        respondents(rows)
    with pytest.raises(DataError, match="a column of customers to join on is missing"):
        respondents(rows.drop(columns="customer_id"), pd.DataFrame({"score": [9]}))


# ---------------------------------------------------------------- edges and errors


def test_no_rows_no_dates_no_survey_no_period():
    rows = by_hand()
    with pytest.raises(DataError, match="no row has a date in 'invited_at'"):
        respondents(rows.iloc[:0])
    with pytest.raises(DataError, match="no row has a date"):
        respondents(rows.assign(invited_at=pd.NaT))
    with pytest.raises(DataError, match="no invitation belongs to the survey 'npss'.*Did you mean 'nps'"):
        respondents(rows.assign(survey="nps"), survey="npss")
    with pytest.raises(DataError, match="no invitation of 2025 can be counted; those that count run from 2026-04-10"):
        respondents(rows, now="2025", as_of=date(2026, 9, 30))
    with pytest.raises(DataError, match="too young to judge; a shorter wait"):
        respondents(rows, now="2026-09", as_of=date(2026, 9, 5))
    with pytest.raises(DataError, match="no invitation to count"):
        respondents(rows, as_of=date(2026, 4, 11))


def test_options_that_cannot_be_used():
    rows = by_hand()
    with pytest.raises(UsageError, match="wait: '2M' cannot be read"):
        respondents(rows, wait="2M")
    with pytest.raises(UsageError, match="share days"):
        respondents(rows, now="2026-Q3", before="2026-09")
    with pytest.raises(UsageError, match="now: expected a period"):
        respondents(rows, now=3)
    with pytest.raises(UsageError, match="also the name of a result column"):
        respondents(rows.assign(verdict="x"), by="verdict")
    with pytest.raises(UsageError, match="weight_by: its columns stand in the customers table"):
        respondents(rows, weight_by="age")
    with pytest.raises(DataError, match="'opened' holds string, not yes or no"):
        respondents(rows.assign(opened="maybe"))


def test_all_on_one_day_has_no_slope():
    rows = by_hand().assign(invited_at=pd.Timestamp("2026-07-10"))
    found = respondents(rows, by="", as_of=date(2026, 9, 30))
    row = found.slope.iloc[0]
    assert np.isnan(row.per_year)
    assert row.verdict == "too early"
    assert found.change is None
    assert "no comparison" in found.why_not["change"]


def test_fifty_thousand_groups_find_nothing_where_nothing_is():
    """A group of three invitations can lie on a line by chance; it is listed and not judged."""
    draw, rows = np.random.default_rng(1), 20_000
    days = pd.to_timedelta(draw.integers(0, 600, rows), unit="D")
    table = pd.DataFrame({"customer_id": draw.integers(0, 9000, rows), "invited_at": pd.Timestamp("2025-01-01") + days})
    table["response_id"] = np.where(draw.random(rows) < 0.3, "r", None)
    table["shop"] = draw.integers(0, 10_000, rows).astype(str)
    found = respondents(table, by="shop")
    small = found.slope.iloc[:-1]
    assert small.p.isna().all()
    assert (small.looked == 0).all()
    assert set(small.verdict) == {"too early"}
    assert (found.change.verdict == "too early").all()
    assert found.rate.n.iloc[:-1].sum() == found.n


def test_customers_twice_and_columns_too_fine():
    rows, people = asked(), people_of(asked())
    with pytest.raises(DataError, match="1 customer stands in more than one row"):
        respondents(rows, None, pd.concat([people, people.head(1)]))
    with pytest.raises(DataError, match="'zip' has 19. values, more than 50"):
        respondents(rows, None, people.assign(zip=people.customer_id), who="zip")
    with pytest.raises(UsageError, match="weight_by: the customers have no column 'aeg'. Did you mean 'age'"):
        respondents(rows, None, people, weight_by="aeg")
    with pytest.raises(UsageError, match="scale: '0-99' is not a known choice"):
        respondents(rows, None, people, scale="0-99")


def test_strangers_and_invitations_without_a_customer_are_counted():
    rows, people = asked(), people_of(asked()).iloc[10:]
    rows.loc[:9, "customer_id"] = None
    found = respondents(rows, None, people, survey="", wait="0D", as_of=date(2026, 3, 1))
    assert "of customers who are not in the customers table left out" in found.method
    assert found.rate.n.iloc[-1] == len(rows)
    assert found.who[found.who.column == "age"].n.sum() < len(rows)
    assert found.why_not["score"].startswith("No answers were given")


# ---------------------------------------------------------------- properties


@cache
def at_home(customers: bool = False):
    """The same call on pandas, once."""
    rows = asked()
    if customers:
        return respondents(rows, answers_of(rows), people_of(rows), by="", as_of=date(2026, 3, 1))
    return respondents(rows, as_of=date(2026, 3, 1), now="2025-Q4", before="2025-Q3")


def test_every_engine_gives_the_same(engine):
    rows, home = asked(), at_home()
    there = respondents(engine(rows), as_of=date(2026, 3, 1), now="2025-Q4", before="2025-Q3")
    for name in ("rate", "steps", "trend", "change", "slope", "asked"):
        pd.testing.assert_frame_equal(getattr(home, name), getattr(there, name), rtol=1e-9)
    assert home.method == there.method


def test_customers_and_answers_from_other_engines(engine):
    rows, home = asked(), at_home(True)
    tables = [engine(table) for table in (rows, answers_of(rows), people_of(rows))]
    there = respondents(*tables, by="", as_of=date(2026, 3, 1))
    pd.testing.assert_frame_equal(home.who, there.who, rtol=1e-9)
    pd.testing.assert_frame_equal(home.score, there.score, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:respondents. not one")
@settings(max_examples=6, deadline=None)
@given(st.integers(1, 60), st.integers(0, 10_000))
def test_groups_add_up_and_limits_hold_the_estimate(rows, seed):
    table = asked(rows, seed)
    found = respondents(table, survey="", wait="0D", as_of=date(2026, 3, 1))
    groups, total = found.rate.iloc[:-1], found.rate.iloc[-1]
    assert groups.n.sum() == total.n == rows
    assert (groups.n * groups.estimate).sum() == pytest.approx(total.n * total.estimate)
    assert ((found.rate.low <= found.rate.estimate + 1e-12) & (found.rate.estimate <= found.rate.high + 1e-12)).all()
    assert found.trend[found.trend.channel == ALL].n.sum() == rows
    assert found.asked.groupby("days").customers.sum().max() <= table.customer_id.nunique()


def test_inputs_stay_as_they_are():
    rows, people, answers = asked(), people_of(asked()), answers_of(asked())
    copies = [table.copy() for table in (rows, answers, people)]
    respondents(rows, answers, people, as_of=date(2026, 3, 1))
    for table, copy in zip((rows, answers, people), copies, strict=True):
        pd.testing.assert_frame_equal(table, copy)


def test_ids_that_are_not_among_the_answers_are_said(engine):
    """By hand: 9 of 20 have an id; two answers are missing, which does not make them unanswered."""
    rows, answers = by_hand(), answers_of(by_hand().assign(survey="nps"))
    answers = answers[~answers.response_id.isin(["r1", "s2"])]
    found = respondents(engine(rows), engine(answers), by="", as_of=date(2026, 9, 30))
    assert (found.n, found.answered) == (20, 9)
    assert "2 of 9 response ids looked up not among the answers" in found.method
    assert respondents(rows, answers.drop(columns="response_id"), by="", as_of=date(2026, 9, 30)).answered == 9


def test_ids_that_match_no_answer_are_refused(engine):
    rows, answers = by_hand(), answers_of(by_hand().assign(survey="nps"))
    answers["response_id"] = [f"A{k}" for k in range(len(answers))]
    with pytest.raises(
        DataError, match=r"only 0 of 9 response ids looked up are among the answers.*name 'r0'.*such as 'A0'.*map"
    ):
        respondents(engine(rows), engine(answers), by="", as_of=date(2026, 9, 30))


def test_ids_of_other_kinds_are_the_same_ids():
    rows, answers = by_hand(), answers_of(by_hand().assign(survey="nps"))
    rows["response_id"] = [float(k) if given else None for k, given in enumerate(rows.response_id.notna())]
    answers["response_id"] = [str(int(k)) for k in rows.response_id.dropna()]
    found = respondents(rows, answers, by="", as_of=date(2026, 9, 30))
    assert (found.answered, "not among" in found.method) == (9, False)


def test_customers_that_match_nobody_do_not_stop_the_page():
    rows = by_hand().assign(survey="nps")
    answers, people = answers_of(rows), people_of(rows)
    strangers = people.assign(customer_id=[f"X{k}" for k in range(len(people))])
    found = respondents(rows, answers, strangers, by="", as_of=date(2026, 9, 30))
    assert found.who is None
    assert found.score.weighting.tolist() == ["as answered"]
    said = (
        r"None of 20 customer ids of the invitations is in the customers table \(invitations: 'c0', customers: 'X0'\)"
    )
    for name in ("who", "weighting"):
        assert re.match(said + r"\. Map the column", found.why_not[name])
    with pytest.raises(DataError, match="weight_by: none of 20 customer ids of the invitations"):
        respondents(rows, answers, strangers, by="", as_of=date(2026, 9, 30), weight_by="age")
    other = answers.assign(customer_id=[f"Y{k}" for k in range(len(answers))])
    found = respondents(rows, other, people, by="", as_of=date(2026, 9, 30))
    assert found.who is not None
    assert found.why_not["weighting"].startswith("None of 9 customer ids of the answers is in the customers table")
    assert found.score.weighting.tolist() == ["as answered"]


def test_invitations_in_a_time_zone_are_joined_all_the_same():
    rows = by_hand().assign(survey="nps")
    answers = answers_of(rows).drop(columns="response_id")
    plain = respondents(rows.drop(columns="response_id"), answers, by="", as_of=date(2026, 9, 30))
    zoned = rows.drop(columns="response_id").assign(invited_at=rows.invited_at.dt.tz_localize("UTC"))
    found = respondents(zoned, answers, by="", as_of=date(2026, 9, 30))
    assert (found.n, found.answered) == (plain.n, plain.answered)
    assert found.answered > 0

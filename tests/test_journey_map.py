"""The map's tables, and what a page on journeys is about."""

import numpy as np
import pandas as pd
import pytest

import cxkit
from cxkit.errors import DataError, UsageError
from cxkit.journey import Journey, Stage, goals_for, pain_points, prepare, read_journey, touchpoint_scores
from cxkit.journey_map import journey_map, persona_maps
from cxkit.link import link
from cxkit.scope import journey_scope


@pytest.fixture(scope="module")
def sample():
    return cxkit.read("events", "sample:events"), cxkit.read("responses", "sample:responses")


@pytest.fixture(scope="module")
def linked(sample):
    events, responses = sample
    return link(responses, events)


def test_the_map_repeats_the_numbers_of_its_tables(sample, linked):
    view = journey_scope(sample[0])
    scores, before = view.answers(linked)
    plan = read_journey("sample:journey")
    pains = pain_points(touchpoint_scores(scores), view.now, goals=goals_for(plan, scores)[0], stages=plan)
    told = journey_map(view.now, plan, linked=scores, before=before, pains=pains, now_name="Q3", before_name="Q2")
    receive = scores.table[scores.table.touchpoint == "delivery"].scaled
    row = told.emotion[(told.emotion.curve == "Q3") & (told.emotion.stage == "receive")].iloc[0]
    assert row.n == len(receive)
    assert row.score == pytest.approx(receive.mean())
    assert told.emotion.curve.unique().tolist() == ["Q3", "Q2"]
    assert told.worst == told.pains.stage.iloc[0]
    assert (told.pains.gap > 0).all()
    first = told.flow.iloc[0]
    visited = sample[0].to_pandas().query("'2026-07-01' <= occurred_at < '2026-10-01' and touchpoint == 'visit'")
    assert first.reached == visited.customer_id.nunique()
    assert told.scale == (-2.0, 2.0)
    assert told.goals["receive"] == pytest.approx(4 * (4.2 - 1) / 4 - 2)


def test_one_survey_keeps_its_own_scale(sample, linked):
    from dataclasses import replace

    csat = replace(
        linked, table=linked.table[linked.table.survey == "csat"].reset_index(drop=True), scales={"csat": (1, 5)}
    )
    log = prepare(sample[0], columns=["channel"])
    told = journey_map(log, read_journey("sample:journey"), linked=csat)
    assert told.scale == (1.0, 5.0)
    assert told.score_name == "Mean CSAT, 1 to 5"
    row = told.emotion[told.emotion.stage == "help"].iloc[0]
    assert row.score == pytest.approx(csat.table.score.mean())
    assert told.goals["help"] == pytest.approx(1 + (5.5 - 1) / 6 * 4)


def test_quotes_are_masked_and_short(sample, linked):
    log = prepare(sample[0], columns=["channel"])
    told = journey_map(log, read_journey("sample:journey"), linked=linked, names=["Greta"])
    assert len(told.quotes)
    assert (told.quotes.text.str.len() <= 140).all()
    assert not told.quotes.text.str.contains("Greta|@|\\d{6}").any()
    assert set(told.quotes.stage) <= set(told.stages.stage)


def test_a_quote_stands_beside_how_many_scores_are_like_it(sample, linked):
    view = journey_scope(sample[0])
    told = journey_map(view.now, read_journey("sample:journey"), linked=view.answers(linked)[0]).quotes.set_index(
        "stage"
    )
    own = view.answers(linked)[0].table.query("touchpoint == 'order' and score == score")
    row = told.loc["order"]
    assert (row.alike, row.n) == ((own.score >= 8).sum(), len(own))  # the highest quarter of 0 to 10 begins at 7.5
    assert (row.least, row.most, row.mood) == (8, 10, 1)
    assert np.isnan(told.least.get("help", np.nan))  # two surveys ask there: no one scale to name the side on


def test_the_foot_counts_the_answers_given_in_the_time_of_the_map(sample, linked):
    view = journey_scope(sample[0])
    scores = view.answers(linked)[0]
    given = dict(scores.given)
    missed = linked.missed[linked.missed.responded_at >= "2026-07-01"]
    assert given.pop("joined") == (linked.table.responded_at >= "2026-07-01").sum()
    assert given == missed.cause.value_counts().to_dict()
    elsewhere = given.pop("its touchpoint never occurs in the events")
    left_out = dict(journey_map(view.now, read_journey("sample:journey"), linked=scores).lens)["Left out"]
    total = sum(n for _, n in scores.given)
    assert left_out.startswith(
        f"of {total} answers given in this time {elsewhere} about no touchpoint of the events and "
    )
    assert f" {sum(given.values())} not joined (" in left_out
    nobody = linked.became(among=lambda ids: np.zeros(len(ids), dtype=bool))
    assert nobody == (("joined", 0),)
    assert sum(dict(linked.became()).values()) == linked.answers - dict(linked.losses)["given before the first event"]


def test_events_alone_and_too_few_stages(sample):
    log = prepare(sample[0])
    told = journey_map(log, read_journey("sample:journey"))
    assert told.emotion.empty
    assert told.worst == ""
    assert told.channels.empty  # prepared without the column
    with pytest.raises(UsageError, match="two stages or more"):
        journey_map(log, Journey(stages=(Stage("all", ("visit",)),)))


def test_maps_of_groups_add_up(sample, linked):
    from types import SimpleNamespace

    log = prepare(sample[0], columns=["channel"])
    of = pd.Series(np.arange(len(log.customers)) % 3, index=log.customers)
    groups = SimpleNamespace(table=pd.DataFrame({"persona": [0, 1, 2], "name": list("abc")}), of=of)
    ones = persona_maps(log, read_journey("sample:journey"), groups, linked=linked)
    whole = journey_map(log, read_journey("sample:journey"), linked=linked)
    assert sum(one.flow.reached.iloc[0] for one in ones) == whole.flow.reached.iloc[0]
    assert sum(one.emotion.n.sum() for one in ones) == whole.emotion.n.sum()


class TestScope:
    def test_last_full_quarter_against_the_one_before(self, sample):
        view = journey_scope(sample[0])
        assert (view.now_name, view.before_name) == ("Q3 2026", "Q2 2026")
        assert view.until is None
        assert view.facts == {"period": "Q3 2026", "compared_with": "Q2 2026", "as_of": "2026-09-30"}

    def test_a_period_that_is_over_is_followed(self, sample):
        view = journey_scope(sample[0], period="2026-07")
        assert str(view.until) == "2026-07-31"
        assert len(view.followed) > len(view.now)
        assert view.now.time.max() < view.followed.time.max()

    def test_only_some_customers_or_some_events(self, sample):
        customers = cxkit.read("customers", "sample:customers")
        north = journey_scope(sample[0], only="region:North", customers=customers)
        ids = customers.to_pandas().query("region == 'North'").customer_id
        assert set(north.log.customers[np.unique(north.log.customer)]) <= set(ids)
        assert north.facts["segment"] == "region: North"
        app = journey_scope(sample[0], only="channel:app")
        assert len(app.log) == (sample[0].to_pandas().channel == "app").sum()

    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            (dict(only="region"), UsageError, "Write column:value"),
            (dict(only="chanel:app"), UsageError, "Did you mean 'channel'"),
            (dict(only="channel:ap"), UsageError, "Did you mean 'app'"),
            (dict(period="2020-Q1"), DataError, "no event falls in"),
        ],
    )
    def test_what_cannot_be_is_said(self, sample, options, error, message):
        with pytest.raises(error, match=message):
            journey_scope(sample[0], **options)

    def test_the_same_from_every_engine(self, engine):
        rows = pd.DataFrame({
            "customer_id": [f"c{k % 150}" for k in range(600)], "touchpoint": ["visit", "order"] * 300,
            "occurred_at": pd.date_range("2026-01-01", periods=600, freq="7h"),
        })  # fmt: skip
        view = journey_scope(engine(rows), period="all")
        assert (len(view.log), view.customers) == (600, 150)
        assert view.cannot["change"] == "All events are taken together, so there is nothing to compare with."
        assert view.log.touch.tolist() == journey_scope(rows, period="all").log.touch.tolist()

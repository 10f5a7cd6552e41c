"""Where nothing differs, hardly a page may say that anything is clear: the sample company with its answers shuffled."""

import warnings

import numpy as np
import pytest

from cxkit import frames, periods, read, survey
from cxkit.actions import next_steps
from cxkit.findings import agreed, headline
from cxkit.tables import counted

COPIES, MOST = 200, 18  # 99 % binomial bound on 5 % of 200 pages
SEGMENTS = ("touchpoint", "region", "tenure", "plan")


@pytest.fixture(scope="module")
def company():
    """NPS answers of the last nine months, and all invitations to that survey."""
    responses, invitations = read("responses", "sample:responses"), read("invitations", "sample:invitations")
    columns = ["responded_at", "customer_id", "comment", *SEGMENTS]
    answers = frames.collect(counted(responses, columns)).drop(columns="survey")
    return answers[answers.responded_at >= "2026-01-01"], invitations.to_pandas()


def page(answers, invitations):
    """The findings of the notebook, made of the same calls."""
    now, before = (periods.between(answers, periods.parse(name, as_of=None)) for name in ("2026-Q3", "2026-Q2"))
    window = periods.parse("2026-Q3", as_of=None)
    kept = [survey.versus_rest(now, by=name) for name in SEGMENTS]
    alarm = survey.signals(answers, since=window.start, as_of=window.end)
    overall = survey.nps(now)
    found = headline(
        overall,
        before=survey.change(now, before, before_name="Q2 2026"),
        segments=kept,
        why=[survey.mix_and_rate(now, before, by=name) for name in SEGMENTS],
        commenters=survey.commenter_gap(now),
        signals=alarm,
        response_rate=survey.respondents(invitations, as_of=window.end).slope,
        before_name="Q2 2026",
    )
    return found, next_steps(found, overall, segments=[agreed(one, found) for one in kept], signals=alarm)


def shuffled(company, seed):
    """The same answers and invitations with scores, and who answered, dealt out anew."""
    draw = np.random.default_rng(seed)
    answers, invitations = (table.copy() for table in company)
    answers["score"] = draw.permutation(answers["score"].to_numpy())
    nps = (invitations.survey == "nps").to_numpy()
    invitations.loc[nps, "response_id"] = draw.permutation(invitations.loc[nps, "response_id"].to_numpy())
    return answers, invitations


def test_the_planted_stories_are_in_front(company):
    told, _ = page(*company)
    clear = told[told.verdict == "clear"].set_index("id").sentence
    assert clear["change"].startswith("NPS fell 11 points")
    assert clear["why:touchpoint=delivery"].startswith("By touchpoint, \u201cdelivery\u201d fell 25 points")
    assert "lower" in clear["commenters"]
    assert "fewer" in clear["response rate:email"]


@pytest.mark.slow
def test_shuffled_copies_have_nothing_clear(company):
    loud = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for seed in range(COPIES):
            told, steps = page(*shuffled(company, seed))
            clear = told.verdict[~told.kind.isin(["level", "target"])] == "clear"
            loud += bool(clear.any() or (steps.confidence == "clear").any())
    assert loud <= MOST

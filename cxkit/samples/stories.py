"""The planted stories: what is true of the sample company, so that a reader can check what a notebook finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from cxkit.samples import answers, comments, orders, people, web
from cxkit.samples import world as w


def _date(day: int) -> str:
    return str(np.datetime64(day, "D"))


@dataclass(frozen=True)
class Story:
    """One planted truth.

    Attributes
    ----------
    name : str
        A short name.
    what : str
        What happens, in a sentence or two.
    tables : tuple of str
        Tables that show it.
    notebook : str
        The notebook that should find it.
    truth : mapping
        The numbers that the generator works with. A sample shows them with its own noise.
    """

    name: str
    what: str
    tables: tuple[str, ...]
    notebook: str
    truth: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "truth", MappingProxyType(dict(self.truth)))


_CARRIER_REGIONS = tuple(w.REGIONS[code] for code in w.CARRIER_REGIONS)

STORIES: tuple[Story, ...] = (
    Story(
        "delivery turns bad",
        "A new carrier takes over in three regions on 3 August 2026. Parcels come days later there, NPS after delivery "
        "drops, support gets more delivery cases, and the total falls from the second to the third quarter of 2026. "
        "The other two regions stand still.",
        ("responses", "orders", "tickets"),
        "nps_deep_dive",
        {"from": _date(w.CARRIER_DAY), "regions": _CARRIER_REGIONS, "delivery_nps_points": answers.NEW_CARRIER,
         "relationship_nps_points": answers.AFTER_CARRIER},
    ),
    Story(
        "falls by mix alone",
        "From the second to the third quarter of 2025 the NPS falls by about ten points while new and established "
        "customers each stand still: a deal-site campaign in July and August brought many new customers, who always "
        "score lower. Segmentation: `tenure`. Surveys: all NPS answers.",
        ("responses",),
        "nps_deep_dive",
        {"periods": ("2025-Q2", "2025-Q3"), "by": "tenure", "gap_points": int(np.diff(answers.BY_TENURE)[0])},
    ),
    Story(
        "commenters differ from the silent",
        "The NPS of those who write a comment is about 20 points below that of the silent: the unhappy write more.",
        ("responses",),
        "nps_deep_dive",
        {"writes_per_mille": tuple(int(x) for x in comments.WRITES), "groups": ("detractor", "passive", "promoter")},
    ),
    Story(
        "response rate falls",
        "By e-mail the share of invitations answered falls steadily over the two years, from about 53 to 32 of 100 "
        "sent; by app and text message it holds. Older customers answer more often, and score higher.",
        ("invitations", "responses", "customers"),
        "nps_deep_dive",
        {"channel": "email", "from_share": 0.53, "to_share": 0.32},
    ),
    Story(
        "open cases make support look fast",
        "From 6 July 2026 support closes easy cases faster and parks almost every second case for 18 to 110 days. The "
        "median over resolved cases improves; counting the open ones as still waiting it is worse than before.",
        ("tickets",),
        "support",
        {"from": _date(w.BACKLOG_DAY), "parked_share": 0.48, "parked_days": (18, 110)},
    ),
    Story(
        "annual plans leave at month 12",
        "Of annual subscribers about four in ten leave when the first year ends, and hardly anyone before.",
        ("subscriptions",),
        "churn_cohort",
        {"plan": "annual", "month": 12, "hazard_per_mille": 430},
    ),
    Story(
        "scores do not follow spend",
        "By their last relationship answer, promoters and passives spend the same an order; detractors less.",
        ("responses", "orders"),
        "clv",
        {"touchpoint": "relationship", "promoter_to_passive": 1.0, "detractor_to_passive": 0.76},
    ),
    Story(
        "the coach helps beginners only",
        "An experiment from 2 March 2026: a planting coach in the app raises the NPS of beginners; keen and expert "
        "gardeners do not change.",
        ("assignments", "responses", "customers"),
        "experiment",
        {"from": _date(w.TRIAL_DAY), "segment": "beginner", "by": "skill", "nps_points": answers.COACH},
    ),
    Story(
        "called customers recover, many would have anyway",
        "Since April 2025 about 47 of 100 unhappy customers are called, picked by chance. At their next NPS answer "
        "more of those who were reached have moved up a group; about half of those not called have, too, since extreme "
        "answers are partly chance.",
        ("followups", "responses"),
        "close_the_loop",
        {"from": _date(w.LOOP_DAY), "next_answer_nps_points": answers.CALLED, "within_days": answers.CALL_LASTS},
    ),
    Story(
        "chat to phone costs",
        "A third of chats are handed over to the phone. Handed-over cases take longer and CSAT is far lower.",
        ("tickets", "responses", "events"),
        "journey_map",
        {"from": "chat", "to": "phone", "share": 0.33, "csat_top_box_points": -30},
    ),
    Story(
        "a checkout that fails on phones",
        "Since 15 June 2026 fewer of those who reach the checkout of the mobile shop finish their order; web and app "
        "stand still.",
        ("events",),
        "journey_map",
        {"from": _date(w.CHECKOUT_DAY), "channel": "mobile", "step": ("checkout", "order"),
         "stops_at_checkout_per_cent": (web.STOPS[-1], web.STOPS_NEW_CHECKOUT[-1])},
    ),
    Story(
        "billing cases come back",
        "A third of resolved billing cases are reopened, of the others about one in fifteen.",
        ("tickets",),
        "support",
        {"topic": "billing", "reopened_share": 0.33, "others": 0.065},
    ),
    Story(
        "many customers, little value",
        "The deal site brings more customers than any other source; they order half as often, spend less per order, "
        "return more and leave a thin margin.",
        ("customers", "orders"),
        "clv",
        {"source": "deal site", "wave": (_date(w.WAVE_FIRST), _date(w.WAVE_LAST)), "wave_per_mille": people.WAVE},
    ),
    Story(
        "waiting makes it hard",
        "In chat and on the phone, each minute of waiting lowers the share that calls it easy to get help.",
        ("tickets", "responses"),
        "support",
        {"survey": "ces", "easy_points_a_minute": -6, "waits_seconds": "wait_seconds"},
    ),
)  # fmt: skip

#: The modified BG/NBD and gamma-gamma rules behind the orders of new customers who did not come by the deal site.
ORDER_MODEL: Mapping[str, object] = MappingProxyType(
    {
        "model": "mbg_nbd",
        "r": 1,
        "alpha_days": orders.MEAN_GAP,
        "a": 1,
        "b": 3,
        "spend_shape": 6,
        "spend_between_shape": 4,
    }
)

__all__ = ["ORDER_MODEL", "STORIES", "Story"]

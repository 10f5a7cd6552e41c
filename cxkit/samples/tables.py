"""The nine tables as columns: codes become words, keys become ids.

Every column has a kind, which decides how it is written: `text`, `whole` (numbers), `number` (whole numbers
that may be missing), `money` (pence inside, pounds with
two decimals outside), `time` (seconds), `date` (days) and `flag` (0 or 1).
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from cxkit.samples import comments, loop, people, plans, web
from cxkit.samples import world as w
from cxkit.samples.company import Stretch

Columns = dict[str, tuple[str, Any]]
_EMPTY: Final = ""


def _words(names, codes) -> np.ndarray:
    """Names for codes."""
    return np.array(names, dtype=object)[codes]


def _customer(c: Stretch, owner: np.ndarray) -> np.ndarray:
    return people.ids("C", c.numbers)[owner]


def _keyed(letter: str, c: Stretch, owner: np.ndarray, seq: np.ndarray, wanted=None) -> np.ndarray:
    """Ids of things that a customer has several of: O00042-3. Empty where not wanted."""
    parts = zip(c.numbers[owner].tolist(), seq.tolist(), strict=True)
    out = np.array([f"{letter}{n:05d}-{k}" for n, k in parts], dtype=object)
    return out if wanted is None else np.where(wanted, out, _EMPTY)


def responses(c: Stretch) -> Columns:
    """Survey answers."""
    a, owner = c.answers, c.answers.owner
    n, key = c.numbers[owner], a.key
    has_order, has_case = a.order >= 0, a.ticket >= 0
    partial = c.draws.chance("partial", 32, n, key)
    # Staff look at a new survey before it goes out; their answers stay in the tool's export.
    preview = ~partial & c.draws.chance("preview", 5, n, key)
    no_score = partial & c.draws.chance("no score", 800, n, key)
    online = has_order & (a.touchpoint == w.ORDER)
    product = np.where(has_order, _words(w.PRODUCTS, w.look(c.orders.product, a.order)), _EMPTY)
    table: Columns = {
        "response_id": ("text", _keyed("R", c, owner, a.seq)),
        "customer_id": ("text", _customer(c, owner)),
        "responded_at": ("time", a.at),
        "survey": ("text", _words(w.SURVEYS, a.survey)),
        "touchpoint": ("text", _words(w.TOUCHPOINTS, a.touchpoint)),
        "channel": ("text", _words(w.ASK_CHANNELS, a.channel)),
        "score": ("number", np.where(no_score, w.MISSING, c.scores.points)),
        "comment": ("text", comments.write(c.draws, c.people, c.orders, c.tickets, a, c.scores)),
        "status": ("text", np.where(preview, "preview", np.where(partial, "partial", "complete")).astype(object)),
        "region": ("text", _words(w.REGIONS, c.people.region[owner])),
        "plan": ("text", _words(w.PLANS, a.plan)),
        "tenure": ("text", _words(w.TENURES, a.tenure)),
        "product": ("text", product),
        "session_id": ("text", _keyed("S", c, owner, w.look(c.orders.seq, a.order), online)),
        "order_id": ("text", _keyed("O", c, owner, w.look(c.orders.seq, a.order), has_order)),
        "ticket_id": ("text", _keyed("T", c, owner, w.look(c.tickets.seq, a.ticket), has_case)),
    }
    # The tool sent a few answers twice.
    twice = np.flatnonzero(c.draws.chance("sent twice", 2, n, key))
    rows = np.sort(np.r_[np.arange(len(owner)), twice])
    return {name: (kind, values[rows]) for name, (kind, values) in table.items()}


def invitations(c: Stretch) -> Columns:
    """Requests to answer; the answer's id where there is one."""
    a = c.asks
    answer = np.full(len(a.owner), -1)
    answer[c.answers.ask] = c.answers.seq
    return {
        "customer_id": ("text", _customer(c, a.owner)),
        "invited_at": ("time", a.at),
        "survey": ("text", _words(w.SURVEYS, a.survey)),
        "touchpoint": ("text", _words(w.TOUCHPOINTS, a.touchpoint)),
        "channel": ("text", _words(w.ASK_CHANNELS, a.channel)),
        "delivered": ("flag", a.delivered),
        "opened": ("flag", a.opened),
        "response_id": ("text", _keyed("R", c, a.owner, answer, answer > 0)),
    }


def orders(c: Stretch) -> Columns:
    """One-off orders, each refund as a row of its own with negative money."""
    o, r = c.orders, c.refunds
    plain, back = np.arange(len(o.owner)), r.order
    row, refund = np.r_[plain, back], np.r_[np.zeros(len(plain), bool), np.ones(len(back), bool)]
    at = np.r_[o.ordered, r.at]
    by = np.lexsort((refund, at, o.owner[row]))
    row, refund = row[by], refund[by]
    order_id = _keyed("O", c, o.owner[row], o.seq[row])
    return {
        "order_id": ("text", np.where(refund, order_id + "R", order_id)),
        "customer_id": ("text", _customer(c, o.owner[row])),
        "ordered_at": ("time", at[by]),
        "amount": ("money", np.r_[o.amount, r.amount][by]),
        "margin": ("money", np.r_[o.margin, r.margin][by]),
        "channel": ("text", _words(w.CHANNELS, o.channel[row])),
        "product": ("text", _words(w.PRODUCTS, o.product[row])),
        "delivery_days": ("number", np.where(refund, w.MISSING, o.delivery_days[row])),
    }


def subscriptions(c: Stretch) -> Columns:
    """Spells of subscriptions."""
    s = c.plans
    return {
        "customer_id": ("text", _customer(c, s.owner)),
        "started_at": ("date", s.start),
        "ended_at": ("date", s.ended),
        "plan": ("text", _words(w.PLANS, s.plan)),
        "mrr": ("money", s.mrr),
        "end_reason": ("text", _words((*plans.REASONS, _EMPTY), s.reason)),
    }


def tickets(c: Stretch) -> Columns:
    """Support cases."""
    t = c.tickets
    return {
        "ticket_id": ("text", _keyed("T", c, t.owner, t.seq)),
        "customer_id": ("text", _customer(c, t.owner)),
        "order_id": ("text", _keyed("O", c, t.owner, w.look(c.orders.seq, t.order), t.order >= 0)),
        "opened_at": ("time", t.opened),
        "first_response_at": ("time", t.first),
        "handed_over_at": ("time", t.handed_at),
        "resolved_at": ("time", t.resolved),
        "reopened_at": ("time", t.reopened),
        "closed_at": ("time", t.closed),
        "reopens": ("whole", t.reopens),
        "channel": ("text", _words(w.DESKS, t.desk)),
        "handed_to": ("text", np.where(t.handed, "phone", _EMPTY).astype(object)),
        "wait_seconds": ("number", np.where(t.first == w.MISSING, w.MISSING, t.wait)),
        "topic": ("text", _words(w.TOPICS, t.topic)),
        "priority": ("text", _words(("low", "normal", "high"), t.priority)),
        "agent": ("text", _words(w.AGENTS, t.agent)),
        "text": ("text", comments.cases(c.draws, c.people, c.orders, t)),
    }


def customers(c: Stretch) -> Columns:
    """Customers with the attributes that segments and redaction need."""
    p = c.people
    first, last = people.names(p)
    everyone = np.arange(len(p.number))
    plan = np.zeros(len(everyone), dtype=np.int64)
    live = c.plans.ended == w.MISSING
    plan[c.plans.owner[live]] = c.plans.plan[live]
    phoned = c.tickets.handed | (c.tickets.desk == 1)
    cost = 240 + np.bincount(c.orders.owner, minlength=len(everyone)) * 85
    cost = cost + np.bincount(c.tickets.owner, minlength=len(everyone)) * 420
    cost = cost + np.bincount(c.tickets.owner[phoned], minlength=len(everyone)) * 380
    return {
        "customer_id": ("text", people.ids("C", p.number)),
        "first_name": ("text", first),
        "last_name": ("text", last),
        "region": ("text", _words(w.REGIONS, p.region)),
        "plan": ("text", _words(w.PLANS, plan)),
        "source": ("text", _words(w.SOURCES, p.source)),
        "acquired_at": ("date", p.acquired),
        "age_band": ("text", _words(w.AGES, p.age)),
        "skill": ("text", _words(w.SKILLS, p.skill)),
        "home": ("text", _words(w.HOMES, p.home)),
        "cost_to_serve": ("money", cost),
    }


def followups(c: Stretch) -> Columns:
    """Calls made about unhappy answers."""
    s, a = c.scores, c.answers
    row = np.flatnonzero(s.called)
    owner = a.owner[row]
    return {
        "customer_id": ("text", _customer(c, owner)),
        "response_id": ("text", _keyed("R", c, owner, a.seq[row])),
        "contacted_at": ("time", s.called_at[row]),
        "outcome": ("text", _words(loop.OUTCOMES, s.outcome[row])),
        "owner": ("text", _words(w.AGENTS, c.draws.below("caller", len(w.AGENTS), c.numbers[owner], a.key[row]))),
    }


def assignments(c: Stretch) -> Columns:
    """Members of the planting coach trial."""
    owner = np.flatnonzero(c.trial.enrolled)
    return {
        "customer_id": ("text", _customer(c, owner)),
        "experiment": ("text", np.full(len(owner), loop.TRIAL, dtype=object)),
        "variant": ("text", _words(loop.VARIANTS, c.trial.coached[owner].astype(np.int64))),
        "assigned_at": ("date", np.full(len(owner), w.TRIAL_DAY)),
    }


def events(c: Stretch) -> Columns:
    """Touches of the last two quarters."""
    e = c.web
    return {
        "customer_id": ("text", _customer(c, e.owner)),
        "occurred_at": ("time", e.at),
        "touchpoint": ("text", _words(web.TOUCHES, e.touch)),
        "channel": ("text", _words(web.CHANNELS, e.channel)),
        "stage": ("text", _words(web.STAGES, web.STAGE_OF[e.touch])),
        "session_id": ("text", _keyed("S", c, e.owner, e.session, e.session >= 0)),
        "order_id": ("text", _keyed("O", c, e.owner, w.look(c.orders.seq, e.order), e.order >= 0)),
        "ticket_id": ("text", _keyed("T", c, e.owner, w.look(c.tickets.seq, e.ticket), e.ticket >= 0)),
    }


#: How each table is made from a stretch of customers.
MAKERS: Final = {
    maker.__name__: maker
    for maker in (
        customers, orders, subscriptions, tickets, events, invitations, responses, followups, assignments,
    )
}  # fmt: skip

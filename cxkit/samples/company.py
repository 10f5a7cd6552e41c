"""One stretch of customers and everything that happens to them, worked out when first asked for."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace

import numpy as np

from cxkit.samples import answers, loop, orders, people, plans, support, surveys, web
from cxkit.samples.draws import Draws


class Stretch:
    """Customers number `first` to `last` of the company with the given seed.

    Each part asks only for the parts that it stands on, so answers can be made without the web log, and orders without
    anything else.
    """

    def __init__(self, seed: int, first: int, last: int) -> None:
        self.draws = Draws(seed)
        self.numbers = np.arange(first, last + 1, dtype=np.int64)

    @cached_property
    def people(self) -> SimpleNamespace:
        """Customers."""
        return people.build(self.draws, self.numbers)

    @cached_property
    def orders(self) -> SimpleNamespace:
        """One-off orders, without refunds."""
        return orders.build(self.draws, self.people)

    @cached_property
    def refunds(self) -> SimpleNamespace:
        """Refunds of orders."""
        return orders.refunds(self.draws, self.people, self.orders)

    @cached_property
    def plans(self) -> SimpleNamespace:
        """Spells of subscriptions."""
        return plans.build(self.draws, self.people)

    @cached_property
    def tickets(self) -> SimpleNamespace:
        """Support cases."""
        return support.build(self.draws, self.people, self.orders, self.plans)

    @cached_property
    def trial(self) -> SimpleNamespace:
        """Members of the experiment."""
        return loop.trial(self.draws, self.people, self.orders, self.plans)

    @cached_property
    def asks(self) -> SimpleNamespace:
        """Invitations."""
        return surveys.asks(self.draws, self.people, self.orders, self.plans, self.tickets)

    @cached_property
    def answers(self) -> SimpleNamespace:
        """Answers without their scores."""
        return surveys.answered(self.people, self.orders, self.plans, self.tickets, self.asks)

    @cached_property
    def scores(self) -> SimpleNamespace:
        """Scores of the answers, and who was called about them."""
        return answers.score(self.draws, self.people, self.orders, self.tickets, self.trial, self.answers)

    @cached_property
    def web(self) -> SimpleNamespace:
        """Touches of the last two quarters."""
        return web.build(self.draws, self.people, self.orders, self.refunds, self.plans, self.tickets)

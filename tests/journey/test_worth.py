"""What customers spent, from every engine."""

import pandas as pd
import pytest

from cxkit.errors import DataError
from cxkit.journey import spent

ORDERS = pd.DataFrame({
    "customer_id": ["b", "a", None, "a", "b", "c"],
    "amount": [20.0, 10.0, 99.0, -2.5, 1.0, None],
})  # fmt: skip


def test_orders_and_refunds_are_added_up(engine):
    got = spent(engine(ORDERS))
    assert got.to_dict("list") == {"customer_id": ["a", "b"], "value": [7.5, 21.0]}  # 10 - 2.5; 20 + 1


def test_customers_without_an_order_have_spent_nothing(engine):
    got = spent(engine(ORDERS), among=pd.Index(["a", "d", "b"]))
    assert got.to_dict("list") == {"customer_id": ["a", "d", "b"], "value": [7.5, 0.0, 21.0]}
    numbers = pd.DataFrame({"customer_id": [1.0, 2.0, None], "amount": [3.0, 4.0, 5.0]})
    assert spent(engine(numbers), among=[2, 3]).value.tolist() == [4.0, 0.0]


def test_orders_of_other_customers_are_refused():
    with pytest.raises(
        DataError, match=r"none of the 2 customers with an order is among the 1 of the events \(such as 'a'"
    ):
        spent(ORDERS, among=["z"])


def test_no_orders_and_several_currencies():
    assert spent(None) is None
    assert spent(ORDERS.assign(currency=["EUR", None, "EUR", "EUR", "EUR", "EUR"])).value.tolist() == [7.5, 21.0]
    with pytest.raises(DataError, match="2 currencies \\(EUR and USD\\) do not add up"):
        spent(ORDERS.assign(currency=["EUR", "USD", "EUR", "EUR", "EUR", "EUR"]))
    with pytest.raises(DataError, match="no column 'amount'"):
        spent(ORDERS.drop(columns="amount"))


def test_ids_and_amounts_of_other_kinds(engine):
    odd = pd.DataFrame({"customer_id": ["a", "", "a"], "amount": ["12,50", "1", "2"]})
    with pytest.raises(DataError, match="'amount' holds no numbers \\(first: '12,50'\\)"):
        spent(engine(odd))
    assert spent(engine(odd.assign(amount=[1, 2, 3]))).to_dict("list") == {"customer_id": ["a"], "value": [4.0]}
    assert spent(engine(ORDERS), among=[]).empty


def test_spelling_of_ids_and_currencies():
    mixed = pd.DataFrame({"customer_id": [17, "17", "x"], "amount": [1.0, 2.0, 4.0], "currency": ["EUR", "eur ", ""]})
    assert spent(mixed).to_dict("list") == {"customer_id": ["17", "x"], "value": [3.0, 4.0]}

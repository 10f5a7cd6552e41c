"""What customers have spent, as the value that `personas` takes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import narwhals as nw
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError


def spent(
    orders: Any, *, among: Collection[Any] | None = None, customer: str = "customer_id", amount: str = "amount"
) -> pd.DataFrame | None:
    """What has each customer spent, all orders given added up?

    Parameters
    ----------
    orders : Table, frame or None
        The `orders` table; refunds are negative amounts and take away from the sum.
    among : collection of customers, optional
        Customers who are looked at, such as ``log.customers``: one of them without an order has spent nothing, and others
        are left out. Not given: the customers with an order.
    customer, amount : str
        Its columns.

    Returns
    -------
    DataFrame or None
        customer_id (as text) and value (in the currency of the orders), by customer; orders without a customer or an amount are
        left out. None where there is no table.

    Raises
    ------
    DataError
        If a column is missing or holds no numbers, the orders are in several currencies, which do not add up, or no order
        is by a customer who is looked at.

    Notes
    -----
    **When not to use it**: as what a customer is worth from here on. It looks back, and those who came first have had the
    longest time to spend. With `among` it takes a customer of whom no order was given for one who bought nothing, which
    is wrong where the orders are only a part of all.

    Examples
    --------
    >>> spent(pd.DataFrame({"customer_id": ["a", "b", "a"], "amount": [10.0, 4.0, -2.5]})).value.tolist()
    [7.5, 4.0]
    >>> orders = pd.DataFrame({"customer_id": ["a", "z"], "amount": [10.0, 4.0]})
    >>> spent(orders, among=["a", "b"]).value.tolist()
    [10.0, 0.0]
    """
    if orders is None:
        return None
    frame = frames.as_frame(orders)
    if "currency" in frames.column_names(frame):
        _one_currency(frame)
    rows = frames.take(frame, [customer, amount], "orders").filter(
        ~nw.col(customer).is_null(), ~nw.col(amount).is_null()
    )
    if not rows.collect_schema()[amount].is_numeric():
        first = frames.collect(rows.head(1))[amount]
        if len(first):
            raise DataError(f"orders: the column '{amount}' holds no numbers (first: {first.iloc[0]!r}).")
    table = frames.collect(rows.group_by(customer).agg(value=nw.col(amount).sum()))
    value = pd.Series(table["value"].to_numpy(dtype=float), index=pd.Index(frames.id_texts(table[customer])))
    value = value[value.index.notna()].groupby(level=0).sum()  # 17 and "17" are one customer
    if among is not None:
        value = _of_all(value, among)
    return pd.DataFrame({"customer_id": value.index.astype("str"), "value": value.to_numpy(dtype=float)})


def _one_currency(frame: frames.Frame) -> None:
    """Raise an error where amounts do not add up."""
    held = frames.collect(frames.take(frame, ["currency"], "orders").unique())["currency"].dropna()
    names = sorted({str(name).strip().upper() for name in held} - {""})
    if len(names) > 1:
        raise DataError(
            f"orders: {words.count(len(names))} currencies ({words.listing(names[:4])}) do not add up to what a customer "
            "spent. Convert the amounts to one, or leave the orders out."
        )


def _of_all(value: pd.Series, among: Collection[Any]) -> pd.Series:
    """A value for each of these customers, 0 without an order; ids are compared as texts."""
    ids = pd.Index(frames.id_texts(pd.Index(among))).dropna().unique()
    if len(value) and len(ids) and not value.index.isin(ids).any():
        raise DataError(
            f"orders: none of the {words.plural(len(value), 'customer')} with an order is among the "
            f"{words.count(len(ids))} of the events (such as {value.index[0]!r} and {ids[0]!r}). Are these the same ids?"
        )
    return value.reindex(ids).fillna(0.0)

"""What customers have spent, as the value that `personas` takes."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pandas as pd

from cxkit import frames, words
from cxkit.errors import DataError


def spent(orders: Any, *, customer: str = "customer_id", amount: str = "amount") -> pd.DataFrame | None:
    """What has each customer spent, all orders given added up?

    Parameters
    ----------
    orders : Table, frame or None
        The `orders` table; refunds are negative amounts and take away from the sum.
    customer, amount : str
        Its columns.

    Returns
    -------
    DataFrame or None
        customer_id and value (in the currency of the orders), by customer; orders without a customer or an amount are
        left out. None where there is no table.

    Raises
    ------
    DataError
        If a column is missing, or the orders are in several currencies, which do not add up.

    Notes
    -----
    **When not to use it**: as what a customer is worth from here on. It looks back, and those who came first have had the
    longest time to spend.

    Examples
    --------
    >>> spent(pd.DataFrame({"customer_id": ["a", "b", "a"], "amount": [10.0, 4.0, -2.5]})).value.tolist()
    [7.5, 4.0]
    """
    if orders is None:
        return None
    frame = frames.as_frame(orders)
    if "currency" in frames.column_names(frame):
        held = frames.count_by(frames.take(frame, ["currency"], "orders"), ["currency"], n=nw.len())[
            "currency"
        ].dropna()
        if len(held) > 1:
            raise DataError(
                f"orders: {words.count(len(held))} currencies ({words.listing(held[:4].astype(str))}) do not add up to what a "
                "customer spent. Convert the amounts to one, or leave the orders out."
            )
    rows = frames.take(frame, [customer, amount], "orders").filter(
        ~nw.col(customer).is_null() & ~nw.col(amount).is_null()
    )
    table = frames.count_by(rows, [customer], value=nw.col(amount).sum())
    return table.rename(columns={customer: "customer_id"}).astype({"value": "float64"})

"""Small tables of invitations, answers and customers, seeded or by hand."""

import numpy as np
import pandas as pd


def asked(rows: int = 900, seed: int = 5) -> pd.DataFrame:
    """Seeded invitations over 400 days, a third by each channel, some not delivered, many not answered."""
    draw = np.random.default_rng(seed)
    answered = draw.random(rows) < 0.4
    return pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in draw.integers(0, 200, rows)],
            "invited_at": pd.Timestamp("2025-01-01") + pd.to_timedelta(draw.integers(0, 400 * 86400, rows), unit="s"),
            "channel": np.array(["email", "app", None], dtype=object)[draw.integers(0, 3, rows)],
            "survey": draw.choice(["nps", "NPS", "ces"], rows),
            "delivered": (draw.random(rows) < 0.9).astype(int),
            "response_id": [f"r{k}" if yes else None for k, yes in enumerate(answered)],
        }
    )


def by_hand() -> pd.DataFrame:
    """Ten invitations of the second quarter and ten of the third, by hand: 6 and 3 answered; two not delivered."""
    days = pd.to_datetime(["2026-04-10"] * 10 + ["2026-07-10"] * 10)
    ids = [f"r{k}" for k in range(6)] + [None] * 4 + ["s0", "s1", "s2"] + [None] * 7
    return pd.DataFrame(
        {
            "customer_id": [f"c{k}" for k in range(20)],
            "invited_at": days,
            "channel": "email",
            "delivered": [1] * 9 + [0] + [1] * 9 + [0],
            "opened": [1] * 8 + [0, 0] + [1] * 5 + [0] * 5,
            "response_id": ids,
        }
    )


def people_of(rows: pd.DataFrame) -> pd.DataFrame:
    ids = sorted(rows.customer_id.dropna().unique())
    ages = np.array(["18-34", "35-64", "65+", None], dtype=object)
    return pd.DataFrame({"customer_id": ids, "age": ages[np.arange(len(ids)) % 4], "vip": np.arange(len(ids)) % 3 == 0})


def answers_of(rows: pd.DataFrame) -> pd.DataFrame:
    got = rows[rows.response_id.notna()]
    score = (np.arange(len(got)) * 7) % 11
    return pd.DataFrame(
        {
            "response_id": got.response_id,
            "customer_id": got.customer_id,
            "responded_at": got.invited_at + pd.Timedelta(hours=3),
            "survey": got.survey,
            "score": score.astype(float),
        }
    ).reset_index(drop=True)

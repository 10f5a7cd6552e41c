"""A small table of answers that has everything: surveys, states, repeats, gaps, segments with missing values."""

import numpy as np
import pandas as pd


def answers(rows: int = 600, seed: int = 3) -> pd.DataFrame:
    """Seeded answers over 400 days."""
    draw = np.random.default_rng(seed)
    times = pd.to_datetime("2024-11-15") + pd.to_timedelta(draw.integers(0, 400 * 86400, rows), unit="s")
    table = pd.DataFrame(
        {
            "customer_id": [None if i % 50 == 0 else f"c{i}" for i in draw.integers(0, 300, rows)],
            "score": np.where(draw.random(rows) < 0.07, np.nan, draw.integers(0, 11, rows)).astype(float),
            "region": [None if i == 3 else "abc"[i] for i in draw.integers(0, 4, rows)],
            "vip": draw.random(rows) < 0.3,
            "tier": np.where(draw.random(rows) < 0.1, np.nan, draw.integers(1, 4, rows)),
            "survey": draw.choice(["nps", "NPS", "csat"], rows),
            "status": [["complete", None, "partial", "Completed"][i] for i in draw.integers(0, 4, rows)],
            "responded_at": times,
        }
    )
    table.loc[draw.random(rows) < 0.03, "responded_at"] = pd.NaT
    return table

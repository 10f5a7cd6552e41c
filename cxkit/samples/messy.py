"""One export as survey tools deliver it: everything that goes wrong in practice, with known numbers underneath.

Three heading rows, semicolons, decimal commas, Windows-1252 bytes, days before months, previews, unfinished answers, a
totals row, scores with labels, 99 for "not applicable", four marks for missing, a row-number column without a name, and
a column name that occurs twice.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from cxkit.samples import phrases
from cxkit.samples import world as w
from cxkit.samples.draws import Draws
from cxkit.samples.names import FIRST_NAMES, LAST_NAMES

NAME: Final = "survey_export_messy.csv"

#: What a careful reader finds in the file. The score is in Q1 (0 to 10).
TRUTH: Final = MappingProxyType(
    {
        "heading_rows": 3,
        "answer_rows": 340,
        "totals_rows": 1,
        "previews": 18,
        "unfinished": 27,
        "kept": 295,
        "not_applicable": 6,
        "marked_missing": 21,
        "scored": 268,
        "promoters": 129,
        "passives": 78,
        "detractors": 61,
    }
)

_HEADINGS = (
    ("", "ResponseId", "RecordedDate", "Status", "Progress", "Finished", "Q1", "Q1_Comment", "Q2", "BasketValue",
     "Region", "Region", "RecipientEmail"),
    ("", "Response ID", "Recorded Date", "Response Type", "Progress", "Finished",
     "How likely are you to recommend Larkspur & Vale to a friend?", "What is the main reason for your score?",
     "How satisfied are you with your order? (1-5)", "Basket value", "Region", "Region", "Recipient Email"),
    ("", *(f'{{"ImportId":"{name}"}}' for name in (
        "_recordId", "recordedDate", "distributionChannel", "progress", "finished", "QID1", "QID1_TEXT", "QID2",
        "basket", "region", "QID7", "recipientEmail"))),
)  # fmt: skip
_LABELS = {0: "0 - Not at all likely", 5: "5 - Neutral", 9: "9 - Very likely", 10: "10 - Extremely likely"}
_MISSING = ("NA",) * 9 + ("?",) * 4 + ("-",) * 3 + ("",) * 5
_EXTRAS = (
    "That’s fine for me; delivery was on a Tuesday",
    "A “plant café” in the store would be lovely – just an idea",
    "€5 for delivery is too much",
    "Two lines:\nfirst the roses; then the pots",
    "I’d give more if the app remembered my “garden”",
)


def rows(seed: int) -> list[list[str]]:
    """The rows of the export, headings and totals included."""
    draws = Draws(seed)
    number = np.arange(1, TRUTH["answer_rows"] + 1)
    # Which answer is what: cut a shuffled deck, so that the counts are exact.
    deck = np.argsort(draws.bits("messy deck", number), kind="stable").tolist()
    cards = iter(deck)
    kind = dict.fromkeys(deck, "")
    kind |= {next(cards): "preview" for _ in range(TRUTH["previews"])}
    kind |= {next(cards): "unfinished" for _ in range(TRUTH["unfinished"])}
    score = {next(cards): "99" for _ in range(TRUTH["not_applicable"])}
    score |= {next(cards): mark for mark in _MISSING}
    for group, low, high in (("promoters", 9, 10), ("passives", 7, 8), ("detractors", 0, 6)):
        points = iter(draws.between(f"messy {group}", low, high, np.arange(TRUTH[group])).tolist())
        score |= {next(cards): _labelled(value) for value, _ in zip(points, range(TRUTH[group]), strict=True)}
    body = list(_answers(draws, number, kind, score))
    total = sum(int(row[9].replace(".", "").replace(",", "")) for row in body)
    return [*map(list, _HEADINGS), *body, ["Total", "", "", "", "", "", "", "", "", _euro(total), "", "", ""]]


def _labelled(value: int) -> str:
    return _LABELS.get(value, str(value))


def _euro(pence: int) -> str:
    """Money with a decimal comma and a point between thousands."""
    whole, rest = divmod(int(pence), 100)
    return f"{whole:,}".replace(",", ".") + f",{rest:02d}"


def _answers(draws: Draws, number: np.ndarray, kind: dict, score: dict) -> Iterator[list[str]]:
    """The answers, one row each, in order of time."""
    span = 92 * w.DAY
    times = np.sort(w.day("2026-07-01") * w.DAY + draws.below("messy time", span, number))
    stamps = np.datetime_as_string(times.astype("M8[s]"), unit="m").tolist()
    amount = 900 + draws.exponential("messy amount", number) * 5200 // 65536
    amount = np.where(draws.chance("messy large", 25, number), amount + 100_000, amount).tolist()
    region = draws.pick("messy region", w.REGION_WEIGHTS, number).tolist()
    dice = [draws.below(f"messy {i}", 5040, number).tolist() for i in range(5)]
    ids = draws.bits("messy id", number).tolist()
    for i, (stamp, pence, place, *roll) in enumerate(zip(stamps, amount, region, *dice, strict=True)):
        date, clock = stamp.split("T")
        year, month, day = date.split("-")
        done = kind[i] != "unfinished"
        asked = score.get(i, _labelled(roll[4] % 11) if done or roll[4] % 3 == 0 else "")
        answer = asked.split(" ")[0]
        yield [
            str(i + 1),
            f"R_{ids[i]:016x}"[:14],
            f"{day}/{month}/{year} {clock}",
            "Survey Preview" if kind[i] == "preview" else "IP Address",
            "100" if done else str(20 + roll[3] % 6 * 10),
            "True" if done else "False",
            asked,
            _comment(answer, roll) if done else "",
            ("99" if roll[2] % 23 == 0 else str(2 + roll[2] % 4)) if done else "",
            _euro(pence),
            w.REGIONS[place],
            w.REGIONS[place] if roll[1] % 9 else "",
            f"{FIRST_NAMES[roll[0] % len(FIRST_NAMES)]}.{LAST_NAMES[roll[1] % len(LAST_NAMES)]}@example.com".lower(),
        ]


def _comment(answer: str, roll: list[int]) -> str:
    """A comment for about half of the answers, with curly quotes now and then."""
    if roll[0] % 16 == 3:
        return _EXTRAS[roll[1] % len(_EXTRAS)]
    if roll[0] % 2:
        return "NA" if roll[1] % 5 == 0 else ""
    points = int(answer) if answer.isdigit() and answer != "99" else 7
    bank = (phrases.GOOD if points >= 9 else phrases.FINE if points >= 7 else phrases.BAD)["delivery"]
    plant = phrases.SLOTS["plant"][roll[3] % len(phrases.SLOTS["plant"])]
    text = bank[roll[2] % len(bank)].format(item=plant, plant=plant, place="by the bins", days="three")
    return f"“{text}”" if roll[3] % 7 == 0 else text


def write(folder: Path, seed: int) -> Path:
    """Write the export to a folder; its path."""
    path = folder / NAME
    part = path.with_suffix(".csv.part")
    with part.open("w", encoding="cp1252", newline="") as file:
        csv.writer(file, delimiter=";", lineterminator="\r\n").writerows(rows(seed))
    os.replace(part, path)
    return path

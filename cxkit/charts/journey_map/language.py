"""What the map says in each language, and how its numbers are written there."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import pandas as pd

from cxkit.errors import UsageError, suggest

NBSP, MINUS = "\u00a0", "\u2212"

EN = {
    "stages": ("Stages", "proposed from the data"),
    "flow": ("Volume and flow", "Share of the stage before, {interval}"),
    "touch": ("Steps and channels", "Share of {unit}; strip: channel mix"),
    "steps": ("Steps", "Share of {unit}"),
    "channels": ("Channels", "Share of touches"),
    "emotion": ("Experience", "{score_name} with {interval}"),
    "quotes": ("In their words", "Typical of low or high scores"),
    "pains": ("Pain points", "{Unit} × points below goal, {interval}"),
    "ideas": ("What we do", "Measured by what; who, by when"),
    "interval": "{level} interval",
    "with": " with {interval}",
    "of": "of {of}",
    "median": "median {time}",
    "left": "{n} left",
    "open": "{n} open",
    "start": "start of the journey",
    "no_flow": "not measured",
    "goal": "goal {goal}",
    "below": "{gap} below",
    "above": "{gap} above",
    "n": "n {n}",
    "few": "n {n}, too few",
    "gap": "no answers",
    "moment": "★ Moment of truth",
    "slope": ("{unit} {slope} a point ({span})", "{unit} {slope} ({span})", "{slope} ({span})"),
    "best": "{score} of {best}",
    "within": "within {time}",
    "low": "{k} of {n} low",
    "high": "{k} of {n} high",
    "low_long": "one of {k} low scores{ends} of {n}",
    "high_long": "one of {k} high scores{ends} of {n}",
    "ends": " ({least} to {most})",
    "no_quote": "no comment",
    "no_steps": "no steps recorded",
    "pain": ("{n} {unit} × {gap}", "{n} × {gap}"),
    "pain_n": ("{n} {unit}", "{n}"),
    "rank": "rank {a}",
    "ranks": "rank {a}–{b}",
    "no_pain": "nothing found",
    "not_measured": "not measured",
    "no_owner": "No owner",
    "no_idea": "nothing planned",
    "more": "and {n} more",
    "no_room": "Comments are left out here: no room.",
    "more_rules": "{n} more rules stand with the full table.",
    "unscored_long": "Scores missing: this map has no survey answers. What it felt like, what hurt and where loyalty is won "
    "cannot be seen from events alone; answers about two or three stages would show it.",
    "slide_note": "{interval}s. Hollow point: fewer than {few} answers. Open: the window is not over. "
    "All rules stand under the full map.",
    "slide_note_events": "{interval}s. Open: the window is not over. All rules stand under the full map.",
    "to": "to",
    "none": "none",
    "and": "and",
    "units": {},
    "quote": "“{text}”",
}

DE = {
    "stages": ("Phasen", "aus den Daten vorgeschlagen"),
    "flow": ("Menge und Übergang", "Anteil der Phase davor, {interval}"),
    "touch": ("Schritte und Kanäle", "Anteil der {unit}; Band: Kanalmix"),
    "steps": ("Schritte", "Anteil der {unit}"),
    "channels": ("Kanäle", "Anteil der Kontakte"),
    "emotion": ("Erleben", "{score_name} mit {interval}"),
    "quotes": ("In ihren Worten", "Typisch für tief oder hoch"),
    "pains": ("Schmerzpunkte", "{Unit} × Punkte unter Ziel, {interval}"),
    "ideas": ("Maßnahmen", "Woran gemessen; wer, bis wann"),
    "interval": "{level}-Intervall",
    "with": " mit {interval}",
    "of": "von {of}",
    "median": "Median {time}",
    "left": "{n} weg",
    "open": "{n} offen",
    "start": "Beginn der Reise",
    "no_flow": "nicht gemessen",
    "goal": "Ziel {goal}",
    "below": "{gap} darunter",
    "above": "{gap} darüber",
    "n": "n {n}",
    "few": "n {n}, zu wenige",
    "gap": "ohne Antwort",
    "moment": "★ Schlüsselmoment",
    "slope": ("{unit} {slope} je Punkt ({span})", "{unit} {slope} ({span})", "{slope} ({span})"),
    "best": "{score} von {best}",
    "within": "binnen {time}",
    "low": "{k} von {n} niedrig",
    "high": "{k} von {n} hoch",
    "low_long": "eine von {k} niedrigen Bewertungen{ends} unter {n}",
    "high_long": "eine von {k} hohen Bewertungen{ends} unter {n}",
    "ends": " ({least} bis {most})",
    "no_quote": "kein Kommentar",
    "no_steps": "keine Schritte",
    "pain": ("{n} {unit} × {gap}", "{n} × {gap}"),
    "pain_n": ("{n} {unit}", "{n}"),
    "rank": "Rang {a}",
    "ranks": "Rang {a}–{b}",
    "no_pain": "nichts gefunden",
    "not_measured": "nicht gemessen",
    "no_owner": "Niemand zuständig",
    "no_idea": "nichts geplant",
    "more": "und {n} weitere",
    "no_room": "Kommentare entfallen hier: kein Platz.",
    "more_rules": "{n} weitere Regeln stehen bei der Tabelle.",
    "unscored_long": "Bewertungen fehlen: Dieser Karte fehlen Antworten. Wie es sich anfühlte, was störte und wo Bindung "
    "entsteht, ist aus Ereignissen allein nicht zu sehen; Antworten zu zwei, drei Phasen würden es hier zeigen.",
    "slide_note": "{interval}e. Hohler Punkt: weniger als {few} Antworten. Offen: Die Frist läuft noch. "
    "Alle Regeln stehen unter der großen Karte.",
    "slide_note_events": "{interval}e. Offen: Die Frist läuft noch. Alle Regeln stehen unter der großen Karte.",
    "to": "bis",
    "none": "keine",
    "and": "und",
    "units": {
        "customers": "Kunden",
        "sessions": "Sitzungen",
        "orders": "Bestellungen",
        "journeys": "Reisen",
        "visits": "Besuche",
        "users": "Nutzer",
    },
    "quote": "„{text}“",
}

WORDS = {"en": EN, "de": DE}
_TIMES = {"en": ("s", "min", "h", "d"), "de": ("Sek.", "Min.", "Std.", "Tage")}
_SHORT = {"en": ("k", "M", "bn"), "de": (" Tsd.", " Mio.", " Mrd.")}
_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "de": ["Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez."],
}


def known(value: object) -> bool:
    """Whether a number is there at all.

    >>> known(float("nan")), known(None), known(0), known(float("inf"))
    (False, False, True, False)
    """
    return value is not None and not pd.isna(value) and math.isfinite(float(value))


def as_date(value: object) -> dt.date | None:
    """A day, from a date or its ISO text; None for anything else.

    >>> as_date("2026-06-30"), as_date("soon")
    (datetime.date(2026, 6, 30), None)
    """
    if value is None or value is pd.NaT or value != value:
        return None
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value.strip()[:10])
        except ValueError:
            return None
    return value if isinstance(value, dt.date) else None


@dataclass(frozen=True)
class Numbers:
    """Numbers as a reader of one language writes them: true minus signs, no minus zero, a dash for what is missing."""

    language: str = "en"

    def __post_init__(self) -> None:
        if self.language not in WORDS:
            raise UsageError(
                f"language: '{self.language}' is not a language of the map.{suggest(self.language, WORDS)}"
            )

    def count(self, value: float, short: bool = False) -> str:
        """A count; `short` writes from ten thousand on in thousands, millions or billions.

        >>> Numbers().count(12400), Numbers().count(12_431_000, short=True), Numbers("de").count(12_431_000, short=True)
        ('12,400', '12.4M', '12,4\\xa0Mio.')
        """
        if not known(value):
            return "–"
        if short and abs(value) >= 9_999.5:
            for unit, word in zip((1e9, 1e6, 1e3), reversed(_SHORT[self.language]), strict=True):
                if abs(value) >= 0.9995 * unit:
                    part = value / unit
                    return self._written(part, 0 if abs(part) >= 99.95 else 1) + word.replace(" ", NBSP)
        return self._written(value, 0)

    def score(self, value: float, digits: int = 1, sign: bool = False) -> str:
        """A score or a difference of scores.

        >>> Numbers().score(-0.94), Numbers("de").score(1.25, 2, sign=True), Numbers().score(-0.04)
        ('−0.9', '+1,25', '0.0')
        """
        return self._written(value, digits, sign) if known(value) else "–"

    def share(self, value: float, low: float | None = None, high: float | None = None) -> str:
        """A share in percent; with an interval, as many digits as the interval needs to show.

        >>> Numbers().share(0.991, 0.989, 0.993), Numbers().share(0.46)
        ('99.1\\xa0%', '46\\xa0%')
        """
        return f"{self.score(100 * value, _digits(low, high))}{NBSP}%" if known(value) else "–"

    def span(self, low: float, high: float) -> str:
        """The limits of a share, without the percent sign.

        >>> Numbers().span(0.45, 0.47)
        '45–47'
        """
        return "–".join(self.score(100 * value, _digits(low, high)) for value in (low, high))

    def limits(self, low: float, high: float, digits: int = 1, sign: bool = False) -> str:
        """The limits of a score; in words where a minus sign would meet the dash.

        A limit beside 0 is never written as 0: whether the interval holds 0 is what it is read for.

        >>> Numbers().limits(6.9, 11.3), Numbers().limits(-1.0, -0.8), Numbers("de").limits(-0.2, 0.4, sign=True)
        ('6.9–11.3', '−1.0 to −0.8', '−0,2 bis +0,4')
        >>> Numbers().limits(-0.53, -0.03)
        '−0.53 to −0.03'
        """
        while digits < 4 and any(value and not round(value, digits) for value in (low, high)):
            digits += 1
        glue = f" {WORDS[self.language]['to']} " if sign or low < 0 else "–"
        return glue.join(self.score(value, digits, sign) for value in (low, high))

    def time(self, seconds: float) -> str:
        """A duration in the unit a person would choose.

        >>> [Numbers().time(s) for s in (35, 59.7, 5400, 50400, 181440, 3542400)]
        ['35\\xa0s', '1\\xa0min', '90\\xa0min', '14\\xa0h', '2.1\\xa0d', '41\\xa0d']
        """
        if not known(seconds):
            return "–"
        second, minute, hour, day = _TIMES[self.language]
        if round(seconds) < 60:
            return f"{self._written(seconds, 0)}{NBSP}{second}"
        if round(seconds / 60) < 120:
            return f"{self._written(seconds / 60, 0)}{NBSP}{minute}"
        if round(seconds / 3600) < 48:
            return f"{self._written(seconds / 3600, 0)}{NBSP}{hour}"
        days = seconds / 86400
        return f"{self._written(days, 0 if days >= 9.95 else 1)}{NBSP}{day}"

    def date(self, value: object, year: bool = True) -> str:
        """A day as it is said; anything that is no date is kept as it is.

        >>> Numbers().date(dt.date(2026, 6, 30)), Numbers("de").date("2026-06-30"), Numbers().date("open")
        ('30 Jun 2026', '30. Juni 2026', 'open')
        """
        day = as_date(value)
        if day is None:
            return "" if value is None or value is pd.NaT or value != value else str(value)
        said = f"{day.day}{'.' if self.language == 'de' else ''} {_MONTHS[self.language][day.month - 1]}"
        return f"{said} {day.year}" if year else said

    def _written(self, value: float, digits: int, sign: bool = False) -> str:
        text = f"{value:{'+' if sign else ''},.{digits}f}"
        if not text.strip("+-0.,"):
            text = text.lstrip("+-")
        text = text.replace("-", MINUS)
        return text.translate(str.maketrans(",.", ".,")) if self.language == "de" else text


def _digits(low: float | None, high: float | None) -> int:
    return 1 if known(low) and known(high) and round(100 * high) - round(100 * low) < 1 else 0

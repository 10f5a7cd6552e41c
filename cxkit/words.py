"""Numbers as a person would write them, in tiles, tables, sentences and alt text.

Metric tables stay unrounded; rounding happens here, last. The rules: a true minus sign; net scores carry their sign;
an interval is written "a to b"; a limit that rounds to zero keeps one decimal, so that two equal-looking rows never carry
different verdicts; missing is written with a dash.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

MINUS, DASH, THIN = "\u2212", "\u2013", "\u00a0"


def _missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def near(value: float) -> float:
    """A number without its last bits, in which processors differ, so that a half is rounded alike on all of them.

    >>> percent(0.7349999999999993) == percent(0.735)
    True
    """
    return round(value, 9)


def _written(value: float, digits: int, sign: bool) -> str:
    text = f"{near(value):{'+' if sign else ''},.{digits}f}"
    if float(text.replace(",", "")) == 0:  # never "-0" or "+0"
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def count(value: float | None) -> str:
    """A count with thousands separators.

    >>> count(2648)
    '2,648'
    """
    return DASH if _missing(value) else _written(round(value), 0, False)


def points(value: float | None, digits: int = 0, sign: bool = True) -> str:
    """A net score or a difference of net scores, in points, with its sign.

    >>> points(31.4), points(-6.6), points(0.2)
    ('+31', '−7', '0')
    """
    return DASH if _missing(value) else _written(value, digits, sign)


def percent(value: float | None, digits: int = 0, sign: bool = False) -> str:
    """A share (0..1) in percent.

    >>> percent(0.199, 1)
    '19.9\\xa0%'
    """
    return DASH if _missing(value) else _written(100 * value, digits, sign) + THIN + "%"


def number(value: float | None, digits: int = 1, sign: bool = False) -> str:
    """A plain number, for means and ratings.

    >>> number(8.25)
    '8.2'
    """
    return DASH if _missing(value) else _written(value, digits, sign)


def _digits(low: float, high: float, digits: int) -> int:
    """One more digit where a limit that is not zero would be printed as zero, or both limits as the same number."""
    low, high = near(low), near(high)
    zero = any(v != 0 and round(v, digits) == 0 for v in (low, high))
    same = low != high and round(low, digits) == round(high, digits)
    return digits + 1 if zero or same else digits


def interval(low: float | None, high: float | None, unit: str = "points", digits: int | None = None) -> str:
    """The two limits of an interval in their unit: points, share, or anything else for plain numbers.

    >>> interval(28.2, 34.4)
    '+28 to +34'
    >>> interval(-13.2, 0.3)
    '−13.2 to +0.3'
    >>> interval(0.184, 0.214, "share")
    '18 to 21\\xa0%'
    """
    if _missing(low) or _missing(high):
        return DASH
    if unit == "share":
        low, high, digits = 100 * low, 100 * high, 0 if digits is None else digits
        digits = _digits(low, high, digits)
        return f"{_written(low, digits, False)} to {_written(high, digits, False)}{THIN}%"
    digits = (0 if unit == "points" else 1) if digits is None else digits
    digits = _digits(low, high, digits)
    signed = unit == "points"
    return f"{_written(low, digits, signed)} to {_written(high, digits, signed)}"


def value(estimate: float | None, unit: str = "points", digits: int | None = None, sign: bool | None = None) -> str:
    """One estimate in its unit.

    >>> value(31.2), value(0.51, "share"), value(8.25, "rating")
    ('+31', '51\\xa0%', '8.2')
    """
    if unit == "points":
        return points(estimate, digits or 0, True if sign is None else sign)
    if unit == "share":
        return percent(estimate, digits or 0, bool(sign))
    return number(estimate, 1 if digits is None else digits, bool(sign))


def listing(items: list[str], last: str = "and") -> str:
    """A list in a sentence.

    >>> listing(["a", "b", "c"])
    'a, b and c'
    """
    items = [str(item) for item in items]
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {last} {items[-1]}" if items else ""


def plural(n: float, one: str, many: str | None = None) -> str:
    """A count with its noun.

    >>> plural(1, "answer"), plural(2648, "answer")
    ('1 answer', '2,648 answers')
    """
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


_NAMES = {"nps": "NPS", "csat": "CSAT", "ces": "CES"}


def metric(name: str) -> str:
    """How a metric is called in a sentence.

    >>> metric("nps"), metric("promoters")
    ('NPS', 'Promoters')
    """
    return _NAMES.get(name, name[:1].upper() + name[1:])


def percent_interval(confidence: float) -> str:
    """How an interval is called.

    >>> percent_interval(0.95), percent_interval(0.999)
    ('95\\xa0% interval', '99.9\\xa0% interval')
    """
    return f"{100 * confidence:.6g}{THIN}% interval"


def levels(now: float, then: float, unit: str = "points") -> tuple[str, str, int]:
    """Two levels with as many digits as make a reader's subtraction agree with their rounded difference.

    The third value is the number of digits: use it for the difference too.

    >>> levels(31.6, 38.4)
    ('+31.6', '+38.4', 1)
    >>> levels(31.2, 42.1)
    ('+31', '+42', 0)
    """
    scale = 100 if unit == "share" else 1
    one, other, apart = near(scale * now), near(scale * then), near(scale * (now - then))
    start = 0 if unit in ("points", "share") else 1
    for digits in (start, start + 1):
        gap = round(round(one, digits) - round(other, digits), digits)
        if gap == round(apart, digits) and (gap or digits > start):
            break
    return value(now, unit, digits), value(then, unit, digits), digits


def capital(text: str) -> str:
    """A name as a heading, or a sentence that may begin with one; names stay as they were written inside sentences.

    Only a first word without capitals of its own gets one.

    >>> capital("product page"), capital("iOS app"), capital("delivery falls short")
    ('Product page', 'iOS app', 'Delivery falls short')
    """
    return text[:1].upper() + text[1:] if text.split(" ", 1)[0].islower() else text


def shares(one: float, other: float) -> tuple[str, str]:
    """Two shares to be compared, with the same decimals: as many as show their difference, and one where one is small.

    >>> shares(0.471, 0.738), shares(0.029, 0.019), shares(0.246, 0.289)
    (('47\\xa0%', '74\\xa0%'), ('2.9\\xa0%', '1.9\\xa0%'), ('25\\xa0%', '29\\xa0%'))
    """
    digits = max(levels(one, other, "share")[2], int(0 < min(one, other) < 0.1 or 0.9 < max(one, other) < 1))
    return percent(one, digits), percent(other, digits)


#: What stands for a touchpoint where a share is of all touches, where nothing comes before, and where nothing follows.
EVERYTHING, START, NOTHING = ("", "(all events)"), ("(start)",), ("(end)", "(ended)")


def base(start: str, value: str = "") -> str:
    """What the share of a step is a share of: the touches it goes out from.

    >>> base("checkout", "mobile"), base("(all events)")
    ('touches of checkout (mobile)', 'all touches')
    """
    what = "all touches" if start in EVERYTHING else "visits" if start in START else f"touches of {start}"
    return f"{what} ({value})" if value else what


def step(share: str, start: str, to: str, value: str = "", *, past: bool = False) -> str:
    """A step of the journey in a sentence: what share of what goes where.

    >>> print(step("47 %", "checkout", "order", "mobile"))
    47 % of touches of checkout (mobile) lead on to order
    >>> print(step("23 %", "(all events)", "main", past=True))
    main made up 23 % of all touches
    >>> print(step("40 %", "main", "(end)"))
    40 % of touches of main are followed by nothing
    """
    if start in EVERYTHING:
        return f"{to} {'made' if past else 'makes'} up {share} of {base(start, value)}"
    if start in START:
        return f"{share} of {base(start, value)} {'began' if past else 'begin'} with {to}"
    if to in NOTHING:
        return f"{share} of {base(start, value)} {'were' if past else 'are'} followed by nothing"
    return f"{share} of {base(start, value)} {'led' if past else 'lead'} on to {to}"


def days(start: date, end: date | None = None) -> str:
    """From when to when, in a sentence; without an end it still lasts.

    >>> days(date(2020, 1, 13), date(2020, 3, 29)), days(date(2019, 12, 2), date(2020, 1, 12)), days(date(2020, 3, 30))
    ('from 13 Jan to 29 Mar 2020', 'from 2 Dec 2019 to 12 Jan 2020', 'since 30 Mar 2020')
    """
    if end is None:
        return f"since {start.day} {start:%b %Y}"
    year = f" {start.year}" if start.year != end.year else ""
    return f"from {start.day} {start:%b}{year} to {end.day} {end:%b %Y}"


def when(row: Mapping) -> str:
    """The days of an incident, from its row.

    >>> when({"start": date(2020, 3, 30), "end": None})
    'since 30 Mar 2020'
    """
    lasts = row["end"] is None or row["end"] != row["end"]  # a missing date is not equal to itself
    return days(row["start"], None if lasts else row["end"])


def left_out(row: Mapping) -> str:
    """The days that an incident was not held against, from its row; mostly none.

    >>> left_out({"left_out": "2 to 15 Mar 2020"}), left_out({"left_out": None}), left_out({})
    ('2 to 15 Mar 2020', '', '')
    """
    given = row.get("left_out")
    return given.strip() if isinstance(given, str) else ""


def broke(start: date, before: float, since: float, unit: str = "week") -> str:
    """A break in the number of customers, by the medians of three periods on both sides.

    >>> broke(date(2020, 3, 30), 165, 674)
    'about 165 in the three weeks before 30 Mar 2020, about 674 in the three from then on'
    """
    then = f"{start.day} {start:%b %Y}"
    return f"about {count(before)} in the three {unit}s before {then}, about {count(since)} in the three from then on"


def through_firsts(row: Mapping) -> str:
    """What at least half of an incident's difference goes with: more or fewer touches of first visits; empty where it does not.

    >>> through_firsts({"difference": 0.070, "from_mix": 0.051, "first_inside": 0.36, "first_outside": 0.68})
    'fewer touches of first visits (36\\xa0% in place of 68\\xa0%)'
    >>> through_firsts({"difference": 0.020, "from_mix": 0.002, "first_inside": 0.004, "first_outside": 0.19})
    ''
    >>> through_firsts({"difference": 0.020})
    ''
    """
    difference, part, inside, outside = map(row.get, ("difference", "from_mix", "first_inside", "first_outside"))
    if any(map(_missing, (difference, part, inside, outside))) or not difference or part / difference < 0.5:
        return ""
    now, then = shares(inside, outside)
    return f"{'fewer' if inside < outside else 'more'} touches of first visits ({now} in place of {then})"


_LASTS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))


def duration(seconds: float | None) -> str:
    """A length of time in its largest fitting unit, to two digits.

    >>> duration(47), duration(59.6), duration(150), duration(5400), duration(6.4 * 86400), duration(0.2734)
    ('47\\xa0s', '1\\xa0min', '2.5\\xa0min', '1.5\\xa0h', '6.4\\xa0d', '0.273\\xa0s')
    """
    if _missing(seconds):
        return DASH
    for size, unit in _LASTS:
        amount = seconds / size
        if amount >= 59.5 / 60:
            return f"{_few(amount)}{THIN}{unit}"
    return f"{_few(seconds) if seconds >= 1 or not seconds else format(seconds, '.3g')}{THIN}s"


def _few(amount: float) -> str:
    """Two digits where they say something: 1.5, 2, 12, 1,200."""
    return number(amount, 0 if amount >= 9.95 or abs(amount - round(amount)) < 0.05 else 1)

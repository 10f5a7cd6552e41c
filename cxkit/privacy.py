"""Keep people out of reports: masking of personal data in comments.

Patterns with a check digit are checked (cards by Luhn, IBAN by mod 97), so that order numbers stay readable. Names are
masked only where they are known, from the customer table: guessing names needs a language model, and a wrong guess hides
what a comment is about. Every pattern is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

#: What a masked piece is replaced by.
MASKS = {"e-mail": "[e-mail]", "IBAN": "[IBAN]", "card": "[card]", "phone": "[phone]", "name": "[name]"}

_EMAIL = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
_PHONE = re.compile(r"(?<![\w.,/-])(?:\+|00)?\(?\d(?:[ .\u00a0-]{0,2}[()]?[ .\u00a0-]?\d){6,14}(?![\w/])(?!-\d)")
_DATE = re.compile(r"\d{1,2}[.-]\d{1,2}[.-](?:\d{2}|\d{4})\b|(?:19|20)\d{2}[.-]\d{1,2}[.-]\d{1,2}\b")
_NATIONAL = re.compile(r"\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")

# Length of an account number by country (ISO 13616), so that words after it are not swallowed.
_IBAN_LENGTH = {
    country: int(length)
    for length, countries in {
        "15": "NO", "16": "BE", "18": "DK FI FO GL NL", "19": "MK SI", "20": "AT BA EE KZ LT LU XK",
        "21": "CH HR LI LV", "22": "BG DE GB GE IE ME RS BH", "23": "AE GI IL", "24": "AD CZ ES MD PK RO SA SE SK TN VG",
        "25": "PT", "26": "IS TR", "27": "FR GR IT MC SM MR", "28": "AL AZ CY DO GT HU LB PL", "29": "BR PS QA UA",
        "30": "JO KW MU", "31": "MT",
    }.items()
    for country in countries.split()
}  # fmt: skip


@dataclass(frozen=True)
class Redacted:
    """Masked texts and how often each kind was masked.

    Attributes
    ----------
    texts : tuple of str
        In the order given.
    counts : dict
        Masked pieces by kind: e-mail, IBAN, card, phone, name; kinds that did not occur are left out.
    """

    texts: tuple[str, ...]
    counts: dict[str, int]

    @property
    def total(self) -> int:
        """Number of masked pieces."""
        return sum(self.counts.values())


def redact(texts: Iterable[str], *, names: Iterable[str] = ()) -> Redacted:
    """Mask e-mail addresses, account, card and phone numbers and known names: what may be quoted in a report?

    Parameters
    ----------
    texts : iterable of str
        Comments.
    names : iterable of str
        Names of people, whole or in parts ("Anna Schmidt" masks both words). A name is masked where a word equals it
        and begins with a capital; parts of one or two letters are ignored.

    Returns
    -------
    Redacted
        `texts` with masks such as ``[e-mail]`` in place, and `counts` by kind.

    Raises
    ------
    TypeError
        If a single text is given in place of a list of texts.

    Notes
    -----
    Cards are 13 to 19 digits that pass the Luhn check; IBANs must pass mod 97 and have their country's length. A run of
    digits counts as a phone number if it begins with +, 00 or 0, or is written 555-123-4567; ticket and order numbers
    are left alone. Not found: names that are in no list, street addresses, and numbers written as words. Read quotes
    before you publish them outside the company.

    Examples
    --------
    >>> redact(["Call Anna on 07911 123456 or a.b@example.org"], names=["Anna Schmidt"]).texts
    ('Call [name] on [phone] or [e-mail]',)
    """
    if isinstance(texts, str):
        raise TypeError("redact takes a list of texts, not one text; write redact([text]).")
    known = {part.casefold() for name in names for part in _WORD.findall(str(name)) if len(part) > 2}
    counts: Counter[str] = Counter()
    return Redacted(tuple(_masked(str(text), known, counts) for text in texts), dict(sorted(counts.items())))


def _masked(text: str, names: set[str], counts: Counter[str]) -> str:
    def put(kind: str, found: bool, whole: str) -> str:
        if not found:
            return whole
        counts[kind] += 1
        return MASKS[kind]

    def account(match: re.Match[str]) -> str:
        piece = _account(match[0])
        return put("IBAN", bool(piece), piece) + match[0][len(piece) :] if piece else match[0]

    if "@" in text:
        text = _EMAIL.sub(lambda m: put("e-mail", True, m[0]), text)
    if any(c.isdigit() for c in text):
        text = _IBAN.sub(account, text)
        text = _CARD.sub(lambda m: put("card", _luhn(m[0]), m[0]), text)
        text = _PHONE.sub(lambda m: put("phone", _is_phone(m[0]), m[0]), text)
    if names:
        text = _WORD.sub(lambda m: put("name", m[0][0].isupper() and _is_name(m[0], names), m[0]), text)
    return text


def _is_name(word: str, names: set[str]) -> bool:
    """A word is a name if it is in the list as it stands, as a possessive, or in every part of a double name."""
    word = word.casefold()
    return word in names or re.sub(r"['’]s$", "", word) in names or word.split("-")[0] in names


def _luhn(number: str) -> bool:
    """The check digit of payment cards; the first digit of the major schemes is 2 to 6."""
    digits = [int(c) for c in number if c.isdigit()]
    if digits[0] not in range(2, 7):
        return False
    doubled = [d * 2 - 9 * (d > 4) for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _account(text: str) -> str:
    """The leading part of the text that is an IBAN, or nothing."""
    length = _IBAN_LENGTH.get(text[:2].upper(), 0)
    kept, seen = 0, ""
    for kept, character in enumerate(text, start=1):
        if character.isalnum():
            seen += character.upper()
        if len(seen) == length:
            break
    if not length or len(seen) != length:
        return ""
    rest = int("".join(str(int(c, 36)) for c in seen[4:] + seen[:4]))
    return text[:kept] if rest % 97 == 1 else ""


def _is_phone(text: str) -> bool:
    if _DATE.match(text.lstrip("(")):
        return False
    digits = sum(c.isdigit() for c in text)
    if text.startswith(("+", "00")):
        return 8 <= digits <= 15
    if text.lstrip("(").startswith("0"):
        return 9 <= digits <= 12
    return digits == 10 and _NATIONAL.fullmatch(text) is not None

"""Keep people out of reports: masking of personal data in comments.

Patterns with a check digit are checked (cards by Luhn, IBAN by mod 97), so that order numbers stay readable. Names are
masked only where they are known, from the customer table: guessing names needs a language model, and a wrong guess hides
what a comment is about. Every pattern is linear in the length of the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

#: What a masked piece is replaced by.
MASKS = {"e-mail": "[e-mail]", "IBAN": "[IBAN]", "card": "[card]", "phone": "[phone]", "name": "[name]"}

_EMAIL = re.compile(r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_CARD = re.compile(
    r"(?<![\d-])(?:"
    r"(?<!\d\.)(?:\d{4}\.\d{4}\.\d{4}\.\d{1,7}|\d{4}\.\d{6}\.\d{5})(?!\.\d)"  # with points only in a card's own groups
    r"|\d(?:[ \u00a0-]?\d){12,18})(?![\d-])"
)

# A date is looked for first, so that what is left after it is read on its own. A year of two digits is a date only if
# no more digits follow than those of a time: 06.12.34 is one, 06.12.34.56.78 is a French telephone number.
_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"(?:19|20)\d\d"
_TIME = r"(?:T|[ \u00a0]{1,2})(?:[01]?\d|2[0-4])(?:[.:]?[0-5]\d){0,2}"
_LONG = (
    rf"(?:(?:{_DAY}\.{_MONTH}\.[ \u00a0]?-[ \u00a0]?)?(?:{_DAY}[./-]{_DAY}|{_MONTH})[./-]{_YEAR}"
    rf"|{_YEAR}[./-]{_MONTH}(?:[./-]{_DAY})?)(?!\w|[./-]\d)"
)
_SHORT = rf"{_DAY}[./-]{_DAY}[./-]\d\d(?:[ \u00a0]?-[ \u00a0]?{_DAY}[./-]{_DAY}[./-]\d\d)?"
_DATES = rf"{_LONG}|{_SHORT}(?:{_TIME})?(?!\w|[ \u00a0./-]{{0,3}}\d)"

# Telephone numbers begin with +, 00 or 0, or are written 555-123-4567. Five pairs come first: two French numbers that
# follow each other are two.
_DIGIT = r"(?:[ .\u00a0/-]{0,3}(?:[()][ .\u00a0/-]{0,3})?\d)"
_NUMBERS = (
    rf"0\d(?:(?P<sep>[ .\u00a0/-])\d\d)(?:(?P=sep)\d\d){{3}}(?![\w/]|-\d)"
    rf"|(?:\+|00)\(?[1-9]{_DIGIT}{{7,14}}(?![\w/]|-\d)"
    rf"|\(?0{_DIGIT}{{8,11}}(?![\w/]|-\d)"
    rf"|(?<!\d[ .\u00a0])(?:1[ .-])?\(?\d{{3}}\)?[ .-]\d{{3}}[ .-]\d{{4}}(?![\w/]|[ .-]\d)"
)
# Not inside a word, a path or a decimal number; after a telephone number a point or comma is no decimal one.
_START = r"(?<![\w/-])(?:(?<!\d[.,])|(?<=\d{7}[.,])|(?<=\d[ ]\d\d[.,]))"
_PHONE = re.compile(rf"{_START}(?:(?P<date>{_DATES})|{_NUMBERS})")
_AMOUNT = re.compile(r"\d{3}(?:[ .\u00a0]\d{3})+")  # the groups after the first of 1 050 000 000
_NO_PHONE = re.compile(r"0\.\d+|\d+/(?:19|20)\d\d|\d{1,2}/\d{1,2}\b.*/.*")  # decimals; 00123/2026; scores 08/10 09/10

_LETTER = r"(?:[^\W\d_][\u0300-\u036f]*)"  # with its accents, also where they are characters of their own
_WORD = re.compile(rf"{_LETTER}+(?:['’‘ʼ‐‑-]{_LETTER}+){{0,8}}")
_SAME = str.maketrans("’‘ʼ‐‑", "'" * 3 + "-" * 2)

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


# Characters that show nothing and would hide a number or an address from the patterns, and look-alikes of plain ones.
_UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_PLAIN = {
    ord(c): " " for c in "\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
}
_PLAIN |= {ord("\uff20"): "@", ord("\ufe6b"): "@", ord("\uff0b"): "+"}
_PLAIN |= {0xFF10 + digit: str(digit) for digit in range(10)}
_PLAIN |= dict.fromkeys(map(ord, "\u2010\u2011\u2012"), "-")


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
        and begins with a capital, whichever way its accents and apostrophes are written; also in a possessive, after
        an article (d'Anna) and as a part of a double name (Anna-Maria). Parts of one or two letters are ignored.

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
    digits counts as a phone number if it begins with +, 00 or 0, or is written 555-123-4567; dates, times, ticket and
    order numbers are left alone. Not found: names that are in no list, street addresses, and numbers written as words.
    Read quotes before you publish them outside the company.

    Examples
    --------
    >>> redact(["Call Anna on 07911 123456 or a.b@example.org"], names=["Anna Schmidt"]).texts
    ('Call [name] on [phone] or [e-mail]',)
    """
    if isinstance(texts, str):
        raise TypeError("redact takes a list of texts, not one text; write redact([text]).")
    known = _known(names)
    counts: Counter[str] = Counter()
    return Redacted(tuple(_masked(str(text), known, counts) for text in texts), dict(sorted(counts.items())))


def _masked(text: str, names: set[str], counts: Counter[str]) -> str:
    def put(kind: str, found: bool, whole: str) -> str:
        if not found:
            return whole
        counts[kind] += 1
        return MASKS[kind]

    def part(kind: str, whole: str, piece: str) -> str:
        return put(kind, True, piece) + whole[len(piece) :] if piece else whole

    if not text.isascii():
        text = _UNSEEN.sub("", text).translate(_PLAIN)
    if "@" in text:
        text = _EMAIL.sub(lambda m: put("e-mail", True, m[0]), text)
    if any(c.isdigit() for c in text):
        text = _IBAN.sub(lambda m: part("IBAN", m[0], _account(m[0])), text)
        text = _CARD.sub(lambda m: part("card", m[0], _card(m[0])), text)
        text = _PHONE.sub(lambda m: put("phone", _is_phone(m), m[0]), text)
    if names:

        def name(match: re.Match[str]) -> str:
            begin = _name_begin(match[0], names)
            return match[0] if begin is None else match[0][:begin] + put("name", True, "")

        text = _WORD.sub(name, text)
    return text


def _key(word: str) -> str:
    """What two ways of writing a name have in common."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", word).casefold()).translate(_SAME)


def _known(names: Iterable[str]) -> set[str]:
    """The words of the names given, of three letters or more; of d'Artagnan also Artagnan."""
    words = [word for name in names for word in _WORD.findall(str(name))]
    words += [re.split("['’‘ʼ]", word, maxsplit=1)[1] for word in words if re.match("[^\\W\\d_A-Z]{1,2}['’‘ʼ]", word)]
    return {key for word in words if len(key := _key(word)) > 2}


def _name_begin(word: str, names: set[str]) -> int | None:
    """Where in a word a known name begins, or None.

    A name is in the list as it stands, as a possessive or as one part of a double name; it may follow an article
    (d'Isabelle, l'Anna), which stays.
    """
    for begin in (0, *(found.end() for found in re.finditer("['’‘ʼ]", word))):
        piece = re.sub("['’‘ʼ][sS]$", "", word[begin:])
        for candidate in (word[begin:], piece, *re.split("[‐‑-]", piece)):
            if candidate[:1].isupper() and _key(candidate) in names:
                return begin
    return None


def _luhn(number: str) -> bool:
    """The check digit of payment cards; the first digit of the major schemes is 2 to 6."""
    digits = [int(c) for c in number if c.isdigit()]
    if digits[0] not in range(2, 7):
        return False
    doubled = [d * 2 - 9 * (d > 4) for d in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _card(text: str) -> str:
    """The leading groups of the text that are a card number, or nothing: an expiry date may follow."""
    for end in [len(text), *(gap.start() for gap in reversed(list(re.finditer(r"[ \u00a0-]", text))))]:
        if sum(c.isdigit() for c in text[:end]) < 13:
            break
        if _luhn(text[:end]):
            return text[:end]
    return ""


def _account(text: str) -> str:
    """The leading part of the text that is an IBAN, or nothing."""
    length = _IBAN_LENGTH.get(text[:2].upper(), 0)
    places = [place for place, character in enumerate(text, start=1) if character.isalnum()]
    if not length or len(places) < length:
        return ""
    kept = places[length - 1]
    seen = "".join(c for c in text[:kept] if c.isalnum()).upper()
    rest = int("".join(str(int(c, 36)) for c in seen[4:] + seen[:4]))
    return text[:kept] if rest % 97 == 1 else ""


def _is_phone(match: re.Match[str]) -> bool:
    text, before = match[0], match.string[max(match.start() - 2, 0) : match.start()]
    if match["date"] or (not match["sep"] and _NO_PHONE.fullmatch(text)):
        return False
    after_digit = len(before) == 2 and before[0].isdigit() and before[1] in " \u00a0"
    return not (after_digit and _AMOUNT.fullmatch(text))

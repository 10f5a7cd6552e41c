"""Claims: what a page would like to say, each with its test, and how sure all of them together may be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import special

from cxkit import words
from cxkit.stats.compare import VERDICTS, limits_at

#: Share of the allowance for error that goes to the page's first question; the other questions share the rest.
FIRST = 0.5


@dataclass(frozen=True)
class Claim:
    """A difference that a sentence may be made of.

    Attributes
    ----------
    id : str
        Stable name, such as "segment:plan=basic"; what an analyst writes to mute it.
    kind : str
        change, why, segment, commenters, response, turn; or, without a test, target, level, empty, spread.
    metric, unit : str
    n : int
        Answers it rests on.
    estimate, low, high, confidence : float
        The difference with limits, and their confidence; after `settle`, limits that hold for the whole page.
    p : float
        Of this comparison alone; missing where nothing is tested.
    tell : callable
        Makes the sentence from the settled claim.
    proof : callable
        Makes the evidence from the settled claim.
    test, table : str
        How it was tested, and the table it was taken from.
    size : float
        What ranks it among claims of its kind and verdict.
    verdict : str
        Known after `settle`; from the start where nothing is tested.
    p_adjusted : float
        Allowing for all comparisons of the page.
    looked : int
        Comparisons of the page.
    about : tuple of str
        The segment it speaks of: column and value.
    digits : int
        Decimals of its size, so that sentence and evidence are written alike.
    """

    id: str
    kind: str
    metric: str
    unit: str
    n: int
    estimate: float
    low: float
    high: float
    confidence: float
    p: float
    tell: Callable[[Claim], str]
    proof: Callable[[Claim], str]
    test: str = ""
    table: str = ""
    size: float = 0.0
    verdict: str = ""
    p_adjusted: float = np.nan
    looked: int = 0
    about: tuple[str, ...] = field(default=())
    digits: int = 0


def settle(
    questions: Mapping[str, Sequence[Claim]],
    *,
    first: str = "change",
    then: str = "why",
    share: float | None = None,
    together: Collection[str] = (),
    looked_at: Collection[str] = (),
) -> dict[str, list[Claim]]:
    """How sure is each claim, allowing for all that the page looked at?

    Parameters
    ----------
    questions : mapping of str to list of Claim
        Claims by the question they answer.
    first, then : str
        The page's main question, which has one claim or none, and the question that explains its answer.
    share : float, optional
        What part of the allowance the main question gets; unless given, half, or all where it is the only one.
    together : collection of str, optional
        Questions whose p already allow for all of their claims (from the distribution of the largest of them), so that
        Holm's procedure has nothing to add.
    looked_at : collection of str, optional
        Questions that keep their part although no claim came of them, because only what stood out was handed on. Those
        with a claim that can be tested always keep theirs.

    Returns
    -------
    dict
        The same claims with verdict, adjusted p and limits.

    Notes
    -----
    The main question is tested at half of the allowance for error (5 % for "clear", 20 % for "likely"), the others share
    the other half in equal parts. Within a question the claims are tested by Holm's procedure. Where the main claim
    holds, its half passes on to the question that explains it (serial gatekeeping), so reasons are judged less strictly
    where there is a change to explain. Over many runs with no difference anywhere at most one page in twenty has any
    clear claim. The limits of a claim belong to the level at which it was tested: they exclude zero exactly when the
    claim is clear.

    References
    ----------
    Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics 6,
    65-70.

    Bretz, F., Maurer, W., Brannath, W. and Posch, M. (2009). A graphical approach to sequentially rejective multiple test
    procedures. Statistics in Medicine 28, 586-604.
    """
    tested = {name for name, claims in questions.items() if any(np.isfinite(claim.p) for claim in claims)}
    asked = [name for name in questions if name in tested or name in looked_at]
    others = [name for name in asked if name != first]
    mine = 0.0 if first not in asked else share or (FIRST if others else 1.0)
    shares = dict.fromkeys(others, (1 - mine) / max(len(others), 1)) | {first: mine}
    looked = sum(int(np.isfinite(claim.p)) for claims in questions.values() for claim in claims)
    gate = min((claim.p / mine for claim in questions.get(first, ()) if np.isfinite(claim.p)), default=np.inf)
    told = {}
    for name, claims in questions.items():
        p = np.array([claim.p for claim in claims], dtype=float)
        factor = (np.where(np.isfinite(p), 1.0, np.nan) if name in together else _factors(p)) / shares.get(name, 1.0)
        if name == then and np.isfinite(gate):
            with np.errstate(divide="ignore", invalid="ignore"):
                passed = np.maximum(_factors(p) / (shares.get(name, 0.0) + mine), np.where(p > 0, gate / p, 0.0))
            factor = np.fmin(factor, passed)
        told[name] = [_judged(claim, times, looked) for claim, times in zip(claims, factor, strict=True)]
    return told


def _factors(p: np.ndarray) -> np.ndarray:
    """By how much Holm's procedure multiplies each p: the most surprising one by the number of claims, and so on."""
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    factor = np.full(p.shape, np.nan)
    steps = np.arange(len(order), 0, -1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor[order] = np.where(p[order] > 0, np.maximum.accumulate(p[order] * steps) / p[order], steps)
    return factor


def _judged(claim: Claim, factor: float, looked: int) -> Claim:
    """The claim with its verdict, and limits at the level at which it was tested."""
    if not np.isfinite(claim.p):
        return claim if claim.verdict else replace(claim, verdict=VERDICTS[-1], looked=looked)
    adjusted = min(claim.p * factor, 1.0)
    sure = VERDICTS[0] if adjusted < 0.05 else VERDICTS[1] if adjusted < 0.20 else VERDICTS[2]
    level = 1 - 0.05 / factor
    low, high = map(float, limits_at(claim.estimate, claim.low, claim.high, claim.confidence, level))
    if (low > 0 or high < 0) != (sure == VERDICTS[0]):  # limits were rescaled, p was not: at the line p decides
        near = claim.estimate * (1 - _z(1 - level) / _z(claim.p))
        low, high = (near, high) if claim.estimate > 0 else (low, near)
    return replace(claim, p_adjusted=adjusted, verdict=sure, low=low, high=high, looked=looked)


def _z(p: float) -> float:
    """The normal quantile of a two-sided p."""
    return max(float(-special.ndtri(p / 2)), 1e-9)


def p_of(estimate: float, low: float, high: float, confidence: float) -> float:
    """p of a difference whose table gives limits only, by turning the interval round."""
    if not all(np.isfinite(value) for value in (estimate, low, high)):
        return np.nan
    reach = estimate - low if estimate > 0 else high - estimate
    if reach <= 0:
        return 1.0 if estimate == 0 else 0.0
    return float(2 * special.ndtr(-abs(estimate) / reach * _z(1 - confidence)))


def size(value: float, unit: str, digits: int = 0) -> str:
    """The size of a difference, without sign, in words.

    >>> size(-7.1, "points"), size(0.0123, "share")
    ('7 points', '1 percentage point')
    """
    value = abs(value)
    if unit == "share":
        value, noun = 100 * value, "percentage point"
    else:
        noun = "point"
    digits = max(digits, 0 if unit in ("points", "share") and value >= 0.5 else 1)
    text = words.number(value, digits)
    return f"{text} {noun}{'' if text in ('1', '1.0') else 's'}"


def signed(value: float, unit: str, digits: int = 0) -> str:
    """A difference with its sign; differences of shares are percentage points."""
    value = 100 * value if unit == "share" else value
    return words.points(value, max(digits, 0 if unit == "points" and abs(value) >= 0.5 else 1))


def limits(low: float, high: float, unit: str) -> str:
    """Limits of a difference, in the unit of `signed`."""
    scale = 100 if unit == "share" else 1
    return words.interval(scale * low, scale * high, "points", 0 if unit == "points" else 1)


def chance(p: float) -> str:
    """p as it is written.

    >>> chance(0.00002), chance(0.0042), chance(0.31)
    ('p < 0.001', 'p 0.004', 'p 0.31')
    """
    if not np.isfinite(p):
        return ""
    if p < 0.001:
        return "p < 0.001"
    return f"p {p:.3f}" if p < 0.1 else f"p {p:.2f}"


def evidence(noun: str, answers: str) -> Callable[[Claim], str]:
    """The usual evidence: the difference with its limits, the answers it rests on, and p.

    Parameters
    ----------
    noun : str
        "Change", "Difference" …
    answers : str
        What it rests on, such as "n 786 and 807".
    """

    def said(claim: Claim) -> str:
        told = [
            f"{noun} {signed(claim.estimate, claim.unit, claim.digits)} ({limits(claim.low, claim.high, claim.unit)})",
            answers,
        ]
        return "; ".join([*told, *filter(None, [chance(claim.p_adjusted)])]) + "."

    return said

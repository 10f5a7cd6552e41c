"""Who answers, who changed their mind, and how the scale was used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cxkit import words
from cxkit.errors import UsageError
from cxkit.markup import Block, h, join, visible
from cxkit.page.headline import need
from cxkit.page.tables import html_table, plain_table

if TYPE_CHECKING:
    import pandas as pd

_MOST = 8  # groups of customers a page shows


def who_answers(who: pd.DataFrame) -> Block:
    """Say which customers answer more or less often than the others.

    Parameters
    ----------
    who : DataFrame
        `Respondents.who` of `cxkit.survey.respondents`.

    Returns
    -------
    Block
        Of kind "table": a sentence, and the eight groups that differ most surely; a workbook gets all of them.

    Raises
    ------
    UsageError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> row = dict(column="age", value="18-34", n=479, estimate=0.31, other_n=1485, other_estimate=0.38, p=0.001,
    ...     verdict="clear", looked=4)
    >>> print(str(who_answers(pd.DataFrame([row]))).replace("\xa0", " "))
    Clearly less often than the others answers “18-34” (age): 31 % of those invited, 38 % of the others.
    Customers    n Answered Others
    age: 18-34 479     31 %   38 %
    """
    need(who, ("column", "value", "estimate", "other_estimate", "p", "verdict", "n"), "who_answers")
    told = who.sort_values("p", kind="stable").head(_MOST)
    sure = who[who.verdict == "clear"].sort_values("p", kind="stable")
    said = _stands_out(sure.iloc[0]) if len(sure) else (
        f"No customer group of {words.count(len(who))} clearly answers more or less often than the others."
    )  # fmt: skip
    heads = ["Customers", "n", "Answered", "Others"]
    rows = [
        [
            f"{visible(row.column).replace('_', ' ')}: {visible(row.value)}",
            *(words.count(row.n), words.percent(row.estimate), words.percent(row.other_estimate)),
        ]
        for row in told.itertuples(index=False)
    ]
    left = [True, False, False, False]
    rest = len(who) - len(told)
    more = f"The {_MOST} groups whose difference is surest; {words.count(rest)} more are not shown." if rest > 0 else ""
    html = h("p", said) + html_table(heads, rows, left, caption="Of those invited, how many answered")
    html = html + h("p", more, class_="small mute") if more else html
    plain = "\n".join(part for part in (said, plain_table(heads, rows, left), more) if part)
    return Block("table", html, plain, sheets={"Who answers": who})


def _stands_out(row: Any) -> str:
    side = "less" if row.estimate < row.other_estimate else "more"
    return (
        f"Clearly {side} often than the others answers \u201c{visible(row.value)}\u201d "
        f"({visible(row.column).replace('_', ' ')}): "
        f"{words.percent(row.estimate)} of those invited, {words.percent(row.other_estimate)} of the others."
    )


def moved(movers: Any) -> Block:
    """Say how the same customers answered before and now.

    Parameters
    ----------
    movers : Movers
        From `cxkit.survey.movers`.

    Returns
    -------
    Block
        Of kind "table": a sentence with the paired change, and the customers by group then and now.

    Raises
    ------
    UsageError
        If it is something else.

    Examples
    --------
    >>> from cxkit.survey import movers
    >>> import pandas as pd
    >>> then = pd.DataFrame({"customer_id": list("abcd"), "score": [10, 9, 8, 3]})
    >>> print(moved(movers(then.assign(score=[9, 8, 3, 3]), before=then)))  # doctest: +ELLIPSIS
    Of 4 customers who answered both times ...
    """
    groups, change = getattr(movers, "groups", None), getattr(movers, "change", None)
    if groups is None or change is None:
        raise UsageError("moved: give it what cxkit.survey.movers(responses) returned.")
    row = change.iloc[0]
    if not row.n:
        said = "No customer answered both times."
        return Block("table", h("p", said, class_="mute"), said)
    before, now, digits = words.levels(row.other_estimate, row.estimate, row.unit)
    told = {"clear": "The change is clear", "likely": "The change is likely"}
    sure = told.get(row.verdict, "It is too early to call it a change")
    said = (
        f"Of {words.plural(row.n, 'customer')} who answered both times the NPS was {before} and is {now}. {sure} "
        f"({words.points(row.difference, digits)}, {words.interval(row.difference_low, row.difference_high, digits=digits)}). "
        "Extreme answers tend to become milder by themselves, so look at both directions."
    )
    order = ["promoter", "passive", "detractor"]
    wide = groups.pivot(index="from", columns="to", values="n").reindex(index=order, columns=order).fillna(0)
    heads = ["Was", *(f"Is {name}" for name in order)]
    rows = [[name.capitalize(), *(words.count(n) for n in wide.loc[name])] for name in order]
    left = [True, False, False, False]
    html = h("p", said) + html_table(heads, rows, left, caption="Customers by group, before and now")
    plain = f"{said}\n{plain_table(heads, rows, left)}"
    return Block("table", html, plain, sheets={"Same customers": groups, "Paired change": change})


def scale_note(used: pd.DataFrame) -> Block:
    """Say whether something about the answers themselves is worth a look.

    Parameters
    ----------
    used : DataFrame
        From `cxkit.survey.scale_use`.

    Returns
    -------
    Block
        Of kind "note": each check that is worth a look with its innocent reasons; the others in one sentence.

    Raises
    ------
    UsageError
        If a column is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> row = dict(check="bursts", what="answers in bursts", n=0, base=90, share=0.0, verdict="nothing unusual", caution="")
    >>> print(scale_note(pd.DataFrame([row])))
    How the scale was used
    Nothing unusual: bursts.
    """
    need(used, ("check", "what", "n", "base", "verdict", "caution"), "scale_note")
    said = []
    for row in used[used.verdict == "worth a look"].itertuples(index=False):
        examples = f" Such as {visible(row.examples)}." if visible(getattr(row, "examples", "") or "").strip() else ""
        name = visible(row.check)
        said.append(
            f"{name[:1].upper()}{name[1:]}: {words.count(row.n)} of {words.count(row.base)} ({visible(row.what)}). "
            f"{visible(row.caution)}{examples}"
        )
    for verdict, title in (("nothing unusual", "Nothing unusual"), ("not checked", "Not checked")):
        names = [visible(name) for name in used.loc[used.verdict == verdict, "check"]]
        said += [f"{title}: {', '.join(names)}."] if names else []
    title = "How the scale was used"
    html = h("div", h("p", title, class_="t"), join([h("p", one) for one in said]), class_="note method", role="note")
    return Block("note", html, "\n".join([title, *said]), sheets={title: used})

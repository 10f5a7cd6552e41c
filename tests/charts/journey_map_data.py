"""Invented journey maps for tests, in English and German, for one to nine stages.

"Kestrel & Co" does not exist; no number, date, owner or comment here is real. `journey(...)` builds an object with the
attributes of a journey map; keyword arguments replace any of them.
"""

from __future__ import annotations

from math import nan, sqrt
from types import SimpleNamespace

import pandas as pd

DAY = 86400
CURVES = {"en": ("Jan to Mar 2026", "Jan to Mar 2025"), "de": ("Jan. bis März 2026", "Jan. bis März 2025")}
LENS = {
    "en": [
        ("Who", "New customers of Kestrel & Co, online home goods, UK: signed in, first basket in the period"),
        ("When", "1 Jan to 31 Mar 2026, seen until 30 Apr 2026"),
        ("Scenario", "Furnish one room: find it, order it, get it home, live with it"),
        ("Expects", "A date that holds, parts that fit, one answer to one question"),
        ("Data", "12,400 customers, 218,600 events, 5,116 survey answers, 2,310 support cases"),
        ("Left out", "214 staff orders, 61 test accounts, 1,032 visits before sign-in"),
    ],
    "de": [
        ("Wer", "Neukunden von Kestrel & Co, Online-Handel für Wohnbedarf, Deutschland und Österreich"),
        ("Wann", "1. Jan. bis 31. März 2026, beobachtet bis 30. April 2026"),
        ("Szenario", "Ein Zimmer einrichten: finden, bestellen, geliefert bekommen, benutzen"),
        ("Erwartet", "Ein verlässlicher Liefertermin, vollständige Teile, eine Antwort auf eine Frage"),
        ("Daten", "12.400 Kunden, 218.600 Ereignisse, 5.540 Antworten, 2.310 Servicefälle"),
        ("Ohne", "214 Bestellungen von Beschäftigten, 61 Testkonten, 1.032 Besuche vor der Anmeldung"),
    ],
}
RULES = {
    "en": (
        "Share going on: of those whose 30-day window is over (90 days for Renew); first entry to a stage starts the "
        "window, ties count in file order, Wilson 95 % interval.",
        "Score: mean CSAT 1 to 5, same question at every stage; 95 % interval by customer; hollow = fewer than 30 "
        "answers, gap = not asked. Star: adjusted slope of final NPS on the score, not proof of cause.",
        "Pain = customers exposed × points below goal, 95 % interval; customers with no answer: 59 %. Invented data, for "
        "the design of the chart only.",
    ),
    "de": (
        "Übergang: Anteil derer, deren Frist von 30 Tagen (Wiederkauf: 90 Tage) abgelaufen ist; der erste Eintritt in "
        "eine Phase startet die Frist; Wilson-Intervall 95 %.",
        "Bewertung: Mittelwert 1 bis 5, überall dieselbe Frage; 95-%-Intervall je Kunde; hohl = weniger als 30 "
        "Antworten, Lücke = nicht gefragt. Stern: bereinigter Zusammenhang, kein Beweis der Ursache.",
        "Schmerzpunkt = betroffene Kunden × Punkte unter dem Ziel, 95-%-Intervall; ohne Antwort: 59 %. Erfundene Daten, "
        "nur für den Entwurf des Diagramms.",
    ),
}
#            stage, reached, left, still open, of, median days, side stage
FLOW = {
    "en": [
        ("Discover", 12400, 0, 0, "", nan, False),
        ("Choose", 10260, 1930, 210, "Discover", 0.6, False),
        ("Order", 8870, 1280, 110, "Choose", 2.1, False),
        ("Pay", 8240, 610, 20, "Order", 0.004, False),
        ("Delivery", 8120, 70, 50, "Pay", 6.4, False),
        ("Use", 7310, 640, 170, "Delivery", 1.2, False),
        ("Get help", 2310, 5810, 0, "Delivery", 2.8, True),
        ("Send back", 1120, 7000, 0, "Delivery", 5.5, True),
        ("Renew", 2910, 3420, 980, "Use", 41, False),
    ],
    "de": [
        ("Aufmerksam werden", 12400, 0, 0, "", nan, False),
        ("Auswahl und Vergleich", 10260, 1930, 210, "Aufmerksam werden", 0.6, False),
        ("Bestellung", 8870, 1280, 110, "Auswahl und Vergleich", 2.1, False),
        ("Bezahlung", 8240, 610, 20, "Bestellung", 0.004, False),
        ("Versand und Lieferung", 8120, 70, 50, "Bezahlung", 6.4, False),
        ("Aufbau und Inbetrieb\u00adnahme", 7310, 640, 170, "Versand und Lieferung", 1.2, False),
        ("Kundenservice", 2310, 5810, 0, "Versand und Lieferung", 2.8, True),
        ("Reklamation und Rück\u00adsendung", 1120, 7000, 0, "Versand und Lieferung", 5.5, True),
        ("Wiederkauf und Weiter\u00adempfehlung", 2910, 3420, 980, "Aufbau und Inbetrieb\u00adnahme", 41, False),
    ],
}
#            three steps with the share of customers, then the channel mix
STEPS = {
    "en": [
        "Search engine .46; Newsletter .22; Friend's link .17 | Web .6; Mail .25; App .15",
        "Product page .91; Room planner .38; Chat with adviser .09 | Web .7; App .25; Phone, chat .05",
        "Basket .74; Basket in app .26; Voucher typed in .19 | Web .74; App .26",
        "Invoice .58; Credit card .31; Payment refused .07 | Web .9; App .1",
        "Parcel tracking .88; Date was moved .53; Call to ask where .21 | Mail .86; Phone, chat .14",
        "Assembly guide .57; Care tips read .18; Part missing form .08 | App .68; Mail .21; Web .11",
        "Called the line .64; Asked again .41; Help pages .37 | Phone, chat .72; Web .28",
        "Label printed .92; Pick-up agreed .33; Refund checked .29 | Mail .6; Phone, chat .21; App .19",
        "Refill ordered .24; Wish list opened .19; Reminder opened .12 | Web .44; App .34; Mail .22",
    ],
    "de": [
        "Suchmaschine .46; Newsletter .22; Empfehlungs\u00adlink .17 | Web .6; E-Mail .25; App .15",
        "Artikelseite .91; Raumplaner .38; Einrichtungs\u00adberatung .09 | Web .7; App .25; Telefon .05",
        "Warenkorb .74; Warenkorb in der App .26; Gutschein eingelöst .19 | Web .74; App .26",
        "Rechnungskauf .58; Kreditkarte .31; Zahlung abgelehnt .07 | Web .9; App .1",
        "Sendungs\u00adverfolgung .88; Liefertermin verschoben .53; Anruf: Wo bleibt es? .21 | E-Mail .86; Telefon .14",
        "Aufbau\u00adanleitung .57; Pflegehinweise .18; Teil fehlt: Formular .08 | App .68; E-Mail .21; Web .11",
        "Anruf im Service .64; Wiederholter Anruf .41; Hilfeseiten .37 | Telefon .72; Web .28",
        "Rücksende\u00adetikett .92; Abholung vereinbart .33; Erstattung geprüft .29 | E-Mail .6; Telefon .21; App .19",
        "Nachbestellung .24; Merkzettel geöffnet .19; Erinnerung gelesen .12 | Web .44; App .34; E-Mail .22",
    ],
}
#            this period: score, sd, n; the period before: score, sd, n; slope of final NPS with its error, if a moment
SCORES = [
    (4.1, 0.9, 640, 4.0, 0.9, 610, None),
    (3.7, 1.0, 24, 3.9, 1.0, 212, None),
    (4.3, 0.8, 1105, 4.2, 0.9, 988, None),
    (4.0, 0.9, 912, 4.1, 0.9, 870, None),
    (2.7, 1.3, 1742, 3.6, 1.2, 1655, (9.1, 1.1)),
    (nan, 1.0, 0, 4.1, 0.9, 430, None),
    (3.2, 1.4, 411, 3.5, 1.3, 398, (6.4, 1.2)),
    (3.4, 1.2, 312, 3.3, 1.2, 290, None),
    (4.2, 0.9, 394, 4.1, 0.9, 377, None),
]
QUOTES = {
    "en": [
        (0, 5, "Found exactly the lamp from my friend's picture within a minute.", "2026-01-08", "7c1e"),
        (1, 2, "Three shelves, three ways to give the depth. I measured with paper.", "2026-01-19", "a03b"),
        (2, 5, "Ordered in under two minutes, and the total did not change at the end.", "2026-01-22", "51f8"),
        (4, 1, "Took a day off for the table. The new date came by mail at noon, the van four days later.",
         "2026-02-14", "e92d"),
        (4, 4, "The driver rang first and carried it up to the third floor.", "2026-03-02", "b7a0"),
        (6, 2, "Third call, third person, and I tell the story of the missing bolt again.", "2026-03-03", "44b0"),
        (7, 3, "Sending it back was easy, the money took nineteen days.", "2026-03-11", "9ab2"),
        (8, 4, "Ordered the same filter again in four clicks.", "2026-03-28", "c6d1"),
    ],
    "de": [
        (0, 5, "Die Lampe vom Foto einer Freundin in einer Minute gefunden.", "2026-01-08", "7c1e"),
        (1, 2, "Drei Regale, drei Arten, die Tiefe anzugeben.", "2026-01-19", "a03b"),
        (2, 5, "In zwei Minuten fertig, der Gesamtbetrag blieb gleich.", "2026-01-22", "51f8"),
        (4, 1, "Urlaubstag genommen; die Termin\u00adverschiebung kam mittags, der Tisch vier Tage später.",
         "2026-02-14", "e92d"),
        (4, 4, "Der Fahrer hat vorher angerufen und alles in den dritten Stock getragen.", "2026-03-02", "b7a0"),
        (6, 2, "Dritter Anruf, dritte Ansprech\u00adpartnerin, dieselbe Geschichte.", "2026-03-03", "44b0"),
        (7, 3, "Rücksendung einfach, Erstattung nach 19 Tagen.", "2026-03-11", "9ab2"),
        (8, 4, "Denselben Filter mit vier Klicks nachbestellt.", "2026-03-28", "c6d1"),
    ],
}  # fmt: skip
#            stage, pain, customers exposed, points below goal, its error
PAINS = {
    "en": [
        (0, "Search shows goods that are sold out", 2480, 0.2, 0.09),
        (1, "Sizes are hard to compare", 3900, 0.6, 0.17),
        (2, "Delivery cost shown last", 1910, 0.8, 0.09),
        (4, "Parcel comes after the promised date", 4310, 1.9, 0.08),
        (4, "Nobody answers where it is", 1700, 1.1, 0.1),
        (6, "Three contacts to one answer", 1480, 1.4, 0.11),
        (7, "Refund takes weeks", 1120, 0.9, 0.12),
        (8, "Nobody reminds of refills", 2210, 0.5, 0.12),
    ],
    "de": [
        (0, "Suche zeigt ausverkaufte Artikel", 2480, 0.2, 0.09),
        (1, "Größenangaben kaum vergleichbar", 3900, 0.6, 0.17),
        (2, "Versandkosten erst am Ende sichtbar", 1910, 0.8, 0.09),
        (3, "Zahlungs\u00adarten\u00advoraus\u00adwahl verwirrt", 930, 0.4, 0.1),
        (4, "Lieferung nach dem zugesagten Termin", 4310, 1.9, 0.08),
        (4, "Niemand weiß, wo die Sendung ist", 1700, 1.1, 0.1),
        (6, "Drei Kontakte bis zur Antwort", 1480, 1.4, 0.11),
        (7, "Erstattungs\u00addauer länger als angekündigt", 1120, 0.9, 0.12),
        (8, "Keine Erinnerung an Verbrauchsteile", 2210, 0.5, 0.12),
    ],
}
IDEAS = {
    "en": [
        (1, "One size table for all shelves", "Web shop", "CSAT 3.7 → 4.1", "2026-06-30"),
        (4, "Promise only dates the carrier confirms", "Logistics", "CSAT 2.7 → 3.6", "2026-09-30"),
        (6, "One owner for each case, to the end", None, "Repeat calls 41 % → 20 %", None),
        (8, "Refill reminder by product age", "CRM", "Renew 46 % → 50 %", "2026-10-31"),
    ],
    "de": [
        (1, "Einheitliche Größentabelle für alle Regale", "Onlineshop", "Bewertung 3,7 → 4,1", "2026-06-30"),
        (4, "Nur Termine zusagen, die der Spediteur bestätigt", "Logistik", "Bewertung 2,7 → 3,6", "2026-09-30"),
        (6, "Eine zuständige Person je Fall, bis zum Ende", None, "Wiederholte Anrufe 41 % → 20 %", None),
        (7, "Erstattung bei Annahme des Pakets auslösen", "Finanz\u00adbuchhaltung", "Tage bis Erstattung 19 → 5",
         "2026-11-30"),
    ],
}  # fmt: skip
QUOTED = ["stage", "score", "best", "alike", "n", "least", "most", "text", "said", "ref", "mood"]
SCORE_NAME = {"en": "Mean CSAT", "de": "Mittlere Bewertung"}


def journey(language: str = "en", first: int = 0, last: int | None = None, **changes: object) -> SimpleNamespace:
    """An invented map of the stages first..last; keyword arguments replace its attributes."""
    tables = _tables(language, first, last)
    names = list(tables["stages"].stage)
    pains = tables["pains"]
    worst = str(pains.loc[pains.impact.idxmax(), "stage"]) if len(pains) else ""
    emotion = tables["emotion"]
    now, then = (emotion[(emotion.stage == worst) & (emotion.curve == c)] for c in CURVES[language])
    change = None
    if worst and now.score.notna().all():
        by = float(now.score.iloc[0] - then.score.iloc[0])
        half = sqrt(sum(float((t.high - t.low).iloc[0]) ** 2 for t in (now, then))) / 2
        verdict = "clear" if abs(by) > half else "likely" if abs(by) > 0.65 * half else "too early"
        change = dict(other=CURVES[language][1], difference=by, low=by - half, high=by + half, verdict=verdict)
    parts = dict(
        **tables,
        lens=tuple(LENS[language]),
        rules=RULES[language],
        goal=4.0,
        goals={},
        scale=(1, 5),
        score_name=SCORE_NAME[language],
        change=change,
        language=language,
        worst=worst if worst in names else "",
        window_seconds=30 * DAY,
        unit="customers",
    )
    return SimpleNamespace(**{**parts, **changes})


def events_only(language: str = "en", first: int = 0, last: int | None = None, **changes: object) -> SimpleNamespace:
    """The same journey where nothing was asked and nothing is planned."""
    full = journey(language, first, last)
    nothing = {name: getattr(full, name).iloc[:0] for name in ("emotion", "quotes", "pains", "ideas")}
    stages = full.stages.assign(moment=False, slope=nan, low=nan, high=nan)
    return journey(language, first, last, stages=stages, **nothing, worst="", change=None, goal=None, **changes)


def two_sided(language: str = "en", first: int = 0, last: int | None = None, **changes: object) -> SimpleNamespace:
    """The same journey on the scale -2..+2."""
    full = journey(language, first, last)
    scores = ["score", "low", "high"]
    emotion = full.emotion.assign(**{name: full.emotion[name] - 3 for name in scores})
    name = {"en": "Experience −2 to +2", "de": "Erleben −2 bis +2"}[language]
    return journey(
        language, first, last, **{"emotion": emotion, "scale": (-2, 2), "goal": 1.0, "score_name": name, **changes}
    )


def _tables(language: str, first: int, last: int | None) -> dict[str, pd.DataFrame]:
    rows = FLOW[language][first:last]
    flow = pd.DataFrame(rows, columns=["stage", "reached", "left", "open", "of", "days", "side"])
    names = list(flow.stage)
    at = {first + k: name for k, name in enumerate(names)}
    flow["median_seconds"] = flow.pop("days") * DAY
    flow["n"] = (flow.reached + flow.left).where(flow.left > 0)
    limits = [_wilson(r.reached, r.reached + r.left) if r.left else (nan,) * 3 for r in flow.itertuples()]
    flow[["share", "low", "high"]] = pd.DataFrame(limits, dtype=float).to_numpy()
    cut_off = ~flow.of.isin(names)
    flow.loc[cut_off, ["left", "open"]] = 0
    flow.loc[cut_off, ["share", "low", "high", "median_seconds", "n"]] = nan
    flow.loc[cut_off, "of"] = ""
    pains = [(at[k], p, n, g, n * g, n * (g - 1.96 * e), n * (g + 1.96 * e))
             for k, p, n, g, e in PAINS[language] if k in at]  # fmt: skip
    pains = pd.DataFrame(pains, columns=["stage", "pain", "customers", "gap", "impact", "low", "high"])
    pains["rank_low"] = [1 + int((pains.low > high).sum()) for high in pains.high]
    pains["rank_high"] = [len(pains) - int((pains.high < low).sum()) for low in pains.low]
    quotes = [
        (at[k], s, 5, SCORES[k][2] // 7 + 1, SCORES[k][2], 4 if s >= 4 else 1, 5 if s >= 4 else 2, t, said, ref,
         (s >= 4) - (s <= 2))
        for k, s, t, said, ref in QUOTES[language] if k in at
    ]  # fmt: skip
    ideas = [(at[k], *row) for k, *row in IDEAS[language] if k in at]
    touch, channels = _steps(language, at)
    return {
        "stages": _stages(language, at),
        "touchpoints": touch,
        "channels": channels,
        "flow": flow,
        "emotion": _emotion(language, at),
        "quotes": pd.DataFrame(quotes, columns=QUOTED),
        "pains": pains,
        "ideas": pd.DataFrame(ideas, columns=["stage", "idea", "owner", "target", "due"]),
    }


def _stages(language: str, at: dict[int, str]) -> pd.DataFrame:
    rows = []
    for k, name in at.items():
        slope, error = SCORES[k][6] or (nan, nan)
        moment = SCORES[k][6] is not None
        rows.append((name, FLOW[language][k][6], moment, slope, slope - 1.96 * error, slope + 1.96 * error, "NPS"))
    return pd.DataFrame(rows, columns=["stage", "side", "moment", "slope", "low", "high", "slope_unit"])


def _emotion(language: str, at: dict[int, str]) -> pd.DataFrame:
    rows = []
    for start, curve in zip((0, 3), CURVES[language], strict=True):
        for k, name in at.items():
            score, sd, n = SCORES[k][start : start + 3]
            half = 1.96 * sd / max(n, 1) ** 0.5
            rows.append((curve, name, n, score, score - half, score + half))
    return pd.DataFrame(rows, columns=["curve", "stage", "n", "score", "low", "high"])


def _steps(language: str, at: dict[int, str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    steps, channels = [], []
    for k, name in at.items():
        for part, rows in zip(STEPS[language][k].split(" | "), (steps, channels), strict=True):
            for item in part.split("; "):
                words, share = item.rsplit(" ", 1)
                rows.append((name, words, float(share)))
    return (
        pd.DataFrame(steps, columns=["stage", "action", "share"]),
        pd.DataFrame(channels, columns=["stage", "channel", "share"]),
    )


def _wilson(k: int, n: int, z: float = 1.96) -> tuple[float, float, float]:
    p = k / n
    mid, half = (p + z * z / 2 / n) / (1 + z * z / n), z * sqrt(p * (1 - p) / n + z * z / 4 / n / n) / (1 + z * z / n)
    return p, mid - half, mid + half

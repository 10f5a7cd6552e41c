"""The facts of the fictional company: calendar, places, prices, and the dates and sizes of what happens to it.

Times are whole seconds since 1970 (UTC), days whole days since 1970, money whole pence.
"""

from __future__ import annotations

from typing import Final

import numpy as np

DAY: Final = 86_400
#: Missing time, date or number; as a time it is NumPy's own "not a time".
MISSING: Final = int(np.iinfo(np.int64).min)


def day(text: str) -> int:
    """Days since 1970 of an ISO date."""
    return int(np.datetime64(text, "D").astype(np.int64))


#: First and last day of everything that is recorded.
FIRST: Final = day("2024-10-01")
LAST: Final = day("2026-09-30")
END: Final = (LAST + 1) * DAY  # first second after the data
WEB_FIRST: Final = day("2026-04-01")  # the web and touch log covers the last two quarters

REGIONS: Final = ("North", "Midlands", "South", "West", "Scotland")
REGION_WEIGHTS: Final = (24, 22, 28, 14, 12)
SOURCES: Final = ("search", "referral", "social", "store", "deal site")
SOURCE_WEIGHTS: Final = (31, 19, 18, 12, 20)
WAVE_SOURCE_WEIGHTS: Final = (8, 2, 6, 2, 82)
AGES: Final = ("18-34", "35-49", "50-64", "65+")
AGE_WEIGHTS: Final = (24, 32, 28, 16)
SKILLS: Final = ("beginner", "keen", "expert")
SKILL_WEIGHTS: Final = (38, 42, 20)
HOMES: Final = ("balcony", "small garden", "large garden")
HOME_WEIGHTS: Final = (22, 48, 30)
PLANS: Final = ("one-off", "monthly", "quarterly", "annual")
TERMS: Final = (0, 1, 3, 12)  # months between renewals
PRICES: Final = (0, 2600, 2400, 2100)  # pence a month
PRODUCTS: Final = ("plants", "seeds", "tools", "pots", "compost", "gifts")
PRODUCT_WEIGHTS: Final = (34, 16, 13, 16, 12, 9)
CHANNELS: Final = ("web", "mobile", "app", "phone", "store")  # where one orders; mobile = web shop on a phone
CHANNEL_WEIGHTS: Final = (38, 26, 16, 7, 13)
ONLINE: Final = 3  # the first three are online
ASK_CHANNELS: Final = ("email", "app", "sms")  # how a survey reaches the customer
ASK_CHANNEL_WEIGHTS: Final = (70, 17, 13)
TOUCHPOINTS: Final = ("relationship", "order", "delivery", "unboxing", "support", "renewal")
RELATIONSHIP, ORDER, DELIVERY, UNBOXING, SUPPORT, RENEWAL = range(6)
SURVEYS: Final = ("nps", "csat", "ces")
NPS, CSAT, CES = range(3)
TENURES: Final = ("new", "established")
NEW_DAYS: Final = 90  # a customer is new for this long
TOPICS: Final = ("delivery", "plant health", "billing", "returns", "advice")
DESKS: Final = ("chat", "phone", "email", "store")  # where a support case begins
DESK_WEIGHTS: Final = (36, 28, 28, 8)
AGENTS: Final = ("Asha", "Ben", "Carys", "Dev", "Elif", "Finn", "Greta", "Hana", "Idris", "Jo", "Kofi", "Lena")

# What happens, and when (see stories.py for what each is meant to show).
CARRIER_DAY: Final = day("2026-08-03")  # a new carrier takes over deliveries in CARRIER_REGIONS
CARRIER_REGIONS: Final = (0, 1, 4)
WAVE_FIRST, WAVE_LAST = day("2025-07-01"), day("2025-08-31")  # the deal-site campaign
BACKLOG_DAY: Final = day("2026-07-06")  # support parks what it cannot close at once
LOOP_DAY: Final = day("2025-04-01")  # unhappy customers begin to be called
TRIAL_DAY: Final = day("2026-03-02")  # the planting coach trial starts
CHECKOUT_DAY: Final = day("2026-06-15")  # a new checkout on phones
BILLING: Final = 2  # the topic whose cases come back


def look(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Values at rows, where a row of -1 means none and any value will do; also where there are no values at all."""
    return values[rows] if len(values) else np.zeros(len(rows), dtype=values.dtype)


def days_of(months: np.ndarray, day_of_month: np.ndarray) -> np.ndarray:
    """Day number of a day in a month (months since 1970); the 31st becomes the last day of shorter months."""
    first = months.astype("M8[M]").astype("M8[D]").astype(np.int64)
    following = (months + 1).astype("M8[M]").astype("M8[D]").astype(np.int64)
    return np.minimum(first + day_of_month, following - 1)


def month_of(days: np.ndarray) -> np.ndarray:
    """Months since 1970 of day numbers."""
    return np.asarray(days).astype("M8[D]").astype("M8[M]").astype(np.int64)


def months_after(days: np.ndarray, months) -> np.ndarray:
    """The same day of the month, so many calendar months later."""
    start = month_of(days)
    day_of_month = np.asarray(days) - start.astype("M8[M]").astype("M8[D]").astype(np.int64)
    return days_of(start + months, day_of_month)


def carrier_hit(region: np.ndarray, sent: np.ndarray) -> np.ndarray:
    """Whether a parcel sent on a day to a region travels with the new carrier."""
    return np.isin(region, CARRIER_REGIONS) & (sent >= CARRIER_DAY)

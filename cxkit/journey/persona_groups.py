"""How many groups there are, whether they are clear, and who belongs to which: k-means with scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pandas as pd

from cxkit.errors import need

#: Of the pairs in every group so many must be together again in the groups of the other half (median over halves).
STABLE = 0.85

#: Customers the number of groups is chosen on; pairs of halves; worlds of either kind, and customers for silhouettes.
TRIED, PAIRS, WORLDS, SEEN = 2000, 10, 19, 600

#: Customers the final groups are fitted on, and starts.
FITTED, STARTS = 50_000, 10


@dataclass(frozen=True)
class Groups:
    """Group of each customer, and what the choice rests on."""

    of: np.ndarray
    stability: pd.DataFrame
    clear: bool


def sklearn() -> SimpleNamespace:
    """What is used of scikit-learn; a clear message where it is not installed."""
    try:
        from sklearn.cluster import KMeans
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.metrics import adjusted_rand_score, silhouette_score
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise need("scikit-learn", "models", "find personas") from None
    return SimpleNamespace(
        KMeans=KMeans,
        few=ConvergenceWarning,
        rand=adjusted_rand_score,
        silhouette=silhouette_score,
        threads=threadpool_limits,
    )


def groups(x: np.ndarray, k: tuple[int, int], seed: int, dealt: Callable[[np.random.Generator], np.ndarray]) -> Groups:
    """The groups of customers, one if none are clear.

    Parameters
    ----------
    x : ndarray
        Customers by numbers, on a common footing.
    k : (int, int)
        Fewest and most groups tried.
    seed : int
    dealt : function from a random generator to an ndarray
        Numbers of customers who differ by chance alone.
    """
    kit = sklearn()
    with kit.threads(limits=1):  # sums in one order, so the same groups on every machine
        rng = np.random.default_rng(seed)
        some = x if len(x) <= TRIED else x[np.sort(rng.choice(len(x), TRIED, replace=False))]
        worlds = {"cloud": [_cloud(some, rng) for _ in range(WORLDS)], "dealt": [dealt(rng) for _ in range(WORLDS)]}
        tried = [
            _tried(kit, some, count, worlds, seed, rng) for count in range(k[0], k[1] + 1) if count < len(some) / 10
        ]
        table = pd.DataFrame(tried, columns=list(_TRIED)).astype(_TRIED)
        good = table[(table["strength"] >= STABLE) & (table["silhouette"] > table[["cloud", "dealt"]].max(axis=1))]
        best = int(good["k"].max()) if len(good) else 1
        table["chosen"] = table["k"] == best
        of = _fitted(kit, x, best, seed, rng) if best > 1 else np.zeros(len(x), dtype=int)
    return Groups(of, table, best > 1)


_TRIED = {
    "k": "int64",
    "strength": "float64",
    "agreement": "float64",
    "silhouette": "float64",
    "cloud": "float64",
    "dealt": "float64",
}


def _tried(kit, x: np.ndarray, k: int, worlds, seed: int, rng: np.random.Generator) -> tuple:
    strength, agreement = [], []
    for _ in range(PAIRS):
        order = rng.permutation(len(x))
        halves = [order[: len(x) // 2], order[len(x) // 2 :]]
        one, other = (_means(kit, x[half], k, seed, 3).predict(x) for half in halves)
        strength += [_strength(one[halves[0]], other[halves[0]], k), _strength(other[halves[1]], one[halves[1]], k)]
        agreement.append(kit.rand(one, other))
    own = _silhouette(kit, x, k, seed)
    others = [np.nan, np.nan]
    if np.median(strength) >= STABLE:  # else it does not matter
        others = [max(_silhouette(kit, world, k, seed) for world in worlds[name]) for name in ("cloud", "dealt")]
    return k, float(np.median(strength)), float(np.mean(agreement)), own, *others


def _strength(own: np.ndarray, other: np.ndarray, k: int) -> float:
    """Of the pairs of customers in one own group, how many the other half's groups keep together: the worst group's share."""
    met = np.bincount(own * k + other, minlength=k * k).reshape(k, k).astype(float)
    n = met.sum(axis=1)
    pairs = n * (n - 1)
    return float(np.divide((met * (met - 1)).sum(axis=1), pairs, out=np.zeros(k), where=pairs > 0).min())


def _means(kit, x: np.ndarray, k: int, seed: int, starts: int):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", kit.few)  # fewer different customers than groups: some stay empty
        return kit.KMeans(n_clusters=k, n_init=starts, random_state=seed, algorithm="lloyd").fit(x)


def _silhouette(kit, x: np.ndarray, k: int, seed: int) -> float:
    if len(np.unique(x, axis=0)) <= k:
        return -1.0
    label = _means(kit, x, k, seed, 2).labels_
    part = slice(0, SEEN)
    return float(kit.silhouette(x[part], label[part])) if len(np.unique(label[part])) > 1 else -1.0


def _cloud(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As many points from one normal cloud of the same spread in every direction."""
    centred = x - x.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(x))
    return rng.standard_normal(x.shape) * np.sqrt(np.maximum(values, 0)) @ vectors.T


def _fitted(kit, x: np.ndarray, k: int, seed: int, rng: np.random.Generator) -> np.ndarray:
    """Group of each customer, the largest first."""
    part = x if len(x) <= FITTED else x[np.sort(rng.choice(len(x), FITTED, replace=False))]
    label = _means(kit, part, k, seed, STARTS).predict(x)
    rank = np.argsort(np.argsort(-np.bincount(label, minlength=k), kind="stable"))
    return rank[label]

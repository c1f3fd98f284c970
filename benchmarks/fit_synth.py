"""Print what kmrd-synth was fitted to: aggregates of KMRD-small next to those of the synthetic.

    python benchmarks/fit_synth.py [FOLDER]

FOLDER holds the files of kmrd-small; the default is $FMBENCH_DATA/kmrd-small. The last lines are
CUTS and YEAR_TASTE as they should be for the shares of the ratings and the tens of each year to be
those of the data: after a change of a scale, copy them into
`fmbench/data/datasets/_synth.py` and run again, until they stay as they are.
"""

import os
import sys
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from fmbench.data.columns import ABSENT
from fmbench.data.datasets._synth import CARELESS, CHUNK_USERS, YEAR_TASTE, draw_chunks, draw_world
from fmbench.data.derived.calendar import KST
from fmbench.data.registry import DATASETS
from fmbench.data.table import Table

ROWS = 140_710
SEEDS = range(5)
DAY = 86_400
Statistic = tuple[str, Any]
Array = NDArray[np.float64]


class Ratings:
    """A table's ratings as plain arrays, and what several statistics need."""

    def __init__(self, table: Table) -> None:
        self.columns = table.columns
        self.user = table.columns["user"].keys()
        self.movie = table.columns["movie"].keys()
        self.time = table.time
        self.ten = table.rate == 10
        self.rate = table.rate
        self.local = (table.time + KST).astype("datetime64[s]")
        self.year = self.local.astype("datetime64[Y]").astype(int) + 1970
        self.per_user = np.bincount(self.user)
        self.per_movie = np.bincount(self.movie)
        self.activity = self.per_user[self.user]
        self.popularity = self.per_movie[self.movie]
        self.rank = (-self.per_movie).argsort().argsort()[self.movie] + 1


def shape(r: Ratings) -> Iterator[Statistic]:
    """Yield how many ratings users and movies have."""
    yield "users", len(r.per_user)
    for n in (2, 5, 10, 50, 200):
        yield f"users with {n} ratings or more", (r.per_user >= n).sum()
    yield "movies", len(r.per_movie)
    for k in (1, 10, 100, 400):
        yield f"ratings of the movie of rank {k}", np.sort(r.per_movie)[-k]
    yield "mean rank, users of one rating", r.rank[r.activity == 1].mean()
    yield "mean rank, users of 50 to 99", r.rank[(r.activity >= 50) & (r.activity < 100)].mean()
    pair = np.unique(r.user.astype(np.int64) * 1000 + r.movie, return_inverse=True)[1]
    yield "rows that repeat a pair", len(pair) - (pair.max() + 1)
    most, least = np.zeros(pair.max() + 1), np.full(pair.max() + 1, 11)
    np.maximum.at(most, pair, r.rate)
    np.minimum.at(least, pair, r.rate)
    yield "pairs that disagree", (most > least).sum()


def taste(r: Ratings) -> Iterator[Statistic]:
    """Yield how ratings hang on user, movie and year."""
    for value in range(1, 11):
        yield f"% ratings {value}", 100 * (r.rate == value).mean()
    for low, high in ((1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, 99), (100, 999)):
        rows = (r.activity >= low) & (r.activity <= high)
        yield f"% tens, users of {low} to {high}", 100 * r.ten[rows].mean()
    for low, high in ((1, 69), (70, 199), (200, 599), (600, 2_999), (3_000, 9_999)):
        rows = (r.popularity >= low) & (r.popularity <= high)
        yield f"% tens, movies of {low} to {high}", 100 * r.ten[rows].mean()
    often = r.per_movie >= 50
    tens = np.bincount(r.movie, r.ten)[often] / r.per_movie[often]
    yield "spread of movies' % tens", 100 * tens.std()
    for year in range(2004, 2020, 3):
        yield f"% rows in {year}", 100 * (r.year == year).mean()
    for year in range(2004, 2020, 3):
        yield f"% tens in {year}", 100 * r.ten[r.year == year].mean()
        yield f"mean rating in {year}", r.rate[r.year == year].mean()


def habits(r: Ratings) -> Iterator[Statistic]:
    """Yield when users rate, and how long their taste lasts."""
    hour = r.local.astype("datetime64[h]").astype(int) % 24
    weekday = (r.local.astype("datetime64[D]").astype(int) + 3) % 7
    yield "% rows at 0 to 1 h", 100 * (hour == 0).mean()
    yield "% rows at 6 to 7 h", 100 * (hour == 6).mean()
    yield "% rows on Sundays", 100 * (weekday == 6).mean()
    for low, high in ((1, 1), (2, 4), (10, 999)):
        rows = (r.activity >= low) & (r.activity <= high)
        for q in (25, 50, 75):
            yield f"year at {q} %, users of {low} to {high}", np.percentile(r.year[rows], q)
    order = np.lexsort((r.time, r.user))
    user, time, ten = r.user[order], r.time[order] / DAY, r.ten[order]
    first = np.r_[True, user[1:] != user[:-1]]
    span = time[np.r_[first[1:], True]] - time[first]
    for low, high in ((2, 2), (3, 4), (5, 9), (20, 49), (50, 999)):
        users = (r.per_user >= low) & (r.per_user <= high)
        for q in (25, 50, 75):
            yield f"days at {q} %, users of {low} to {high}", np.percentile(span[users], q)
    gap = np.diff(time)
    follows = (user[1:] == user[:-1]) & (r.activity[order][1:] >= 5)
    yield "% gaps under an hour", 100 * (gap[~first[1:]] < 1 / 24).mean()
    days = (1 / 24, 30, 365, 3 * 365, 17 * 365)
    for since, until in pairwise(days):
        rows = follows & (gap > since) & (gap <= until)
        together = np.corrcoef(ten[1:][rows], ten[:-1][rows])[0, 1]
        yield f"correlation of tens, {since:.2g} to {until} days", together


def meta_data(r: Ratings) -> Iterator[Statistic]:
    """Yield what is known about the movies."""
    for name in ("genres", "countries", "cast"):
        values = r.columns[name].values
        size = (values != ABSENT).sum(axis=1)
        often = np.sort(np.unique(values[values != ABSENT], return_counts=True)[1])
        yield f"{name}: distinct", len(often)
        yield f"{name}: a movie has, mean", size.mean()
        yield f"{name}: % of the movies with one", 100 * (size == 1).mean()
        yield f"{name}: % of the first of all entries", 100 * often[-1] / often.sum()
        yield f"{name}: % of the fifth", 100 * often[-5] / often.sum()
    year, grade = (r.columns[name].values for name in ("movie_year", "grade"))
    for q in (10, 50, 90):
        yield f"movie year at {q} %", np.percentile(year[year != ABSENT], q)
    yield (
        "% of the movies in the first grade",
        100 * np.unique(grade, return_counts=True)[1].max() / len(grade),
    )
    yield "% of the movies without a grade", 100 * (grade == ABSENT).mean()


def learnability(r: Ratings) -> Iterator[Statistic]:
    """Yield how far logistic regression on one-hot ids gets on a random tenth of the rows."""
    order = np.random.default_rng(0).permutation(len(r.rate))
    test, train = order[: len(order) // 10], order[len(order) // 5 :]
    for name, keys in (("user", [r.user]), ("movie", [r.movie]), ("both", [r.user, r.movie])):
        x = sparse.hstack([one_hot(key) for key in keys]).tocsr()
        model = LogisticRegression(C=2, max_iter=300).fit(x[train], r.ten[train])
        p = model.predict_proba(x[test])[:, 1]
        yield f"LR AUC, {name}", roc_auc_score(r.ten[test], p)
        yield f"LR logloss, {name}", log_loss(r.ten[test], p)
    for low, high in ((1, 1), (2, 4), (5, 19), (20, 99), (100, 999)):
        rows = (r.activity[test] >= low) & (r.activity[test] <= high)
        yield f"LR AUC, users of {low} to {high}", roc_auc_score(r.ten[test][rows], p[rows])


def one_hot(key: NDArray[np.integer[Any]]) -> Any:
    """Return a row for each key with a one in its column."""
    n = len(key)
    return sparse.csr_matrix((np.ones(n), key, np.arange(n + 1)))


def print_terms(real: Ratings) -> None:
    """Print the terms that follow from the scales, over several seeds: movies differ with them."""
    tables = [synthesise(seed) for seed in SEEDS]
    share = np.cumsum(np.bincount(real.rate, minlength=11)[1:10]) / len(real.rate)
    careful = (share - CARELESS) / (1 - CARELESS)
    rng = np.random.default_rng(0)
    noisy = [taste + rng.logistic(size=ROWS) for _, taste in tables]
    cuts = np.mean([np.quantile(x, careful) for x in noisy], axis=0)
    tens = np.mean([tens_by_year(ratings) for ratings, _ in tables], axis=0)
    # The taste is wider than its noise, so that a step in it moves the logit by about half as much.
    terms = YEAR_TASTE + 2 * (logit(tens_by_year(real)) - logit(tens))
    terms[0] = terms[1]  # 344 rows are too few for a term of their own
    print("CUTS", cuts.round(2).tolist())
    print("YEAR_TASTE", (terms - terms.mean()).round(2).tolist())
    aucs = [roc_auc_score(ratings.ten, taste) for ratings, taste in tables]
    print("AUC of the true taste, by seed", np.round(aucs, 4).tolist())


def synthesise(seed: int) -> tuple[Ratings, NDArray[np.float32]]:
    """Return a synthetic table and the true taste of its rows."""
    table = DATASETS["kmrd-synth"].build(Path(), rows=ROWS, seed=seed)
    n_chunks = ROWS // CHUNK_USERS  # each user has one rating at least
    chunks = islice(draw_chunks(draw_world(seed), seed), n_chunks)
    return Ratings(table), np.concatenate([chunk.taste for chunk in chunks])[:ROWS]


def tens_by_year(r: Ratings) -> Array:
    """Return the share of tens in each year from 2003 to 2019."""
    return np.asarray(np.bincount(r.year - 2003, r.ten) / np.bincount(r.year - 2003))


def logit(p: Array) -> Array:
    """Return the log odds."""
    return np.asarray(np.log(p / (1 - p)))


def main() -> None:
    """Print the table and the terms."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ["FMBENCH_DATA"] + "/kmrd-small")
    real = Ratings(DATASETS["kmrd-small"].build(folder, fields="full"))
    synthetic = Ratings(DATASETS["kmrd-synth"].build(folder, rows=ROWS, fields="full"))
    print(f"{'':38}{'real':>12}{'synthetic':>12}")
    for statistics in (shape, taste, habits, meta_data, learnability):
        for (name, a), (_, b) in zip(statistics(real), statistics(synthetic), strict=True):
            print(f"{name:38}{a:>12.5g}{b:>12.5g}")
    print_terms(real)


if __name__ == "__main__":
    main()

"""kmrd-synth is reproducible, has KMRD-small's shape, and hides a structure worth finding."""

import tracemalloc
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score

from fmbench.data.columns import ABSENT, IntArray
from fmbench.data.datasets._synth import CHUNK_USERS, draw_chunks, draw_world
from fmbench.data.datasets.kmrd_synth import kmrd_synth
from fmbench.data.registry import DATASETS
from fmbench.data.table import Table
from fmbench.errors import UsageError

NOWHERE = Path("nowhere")
KMRD_ROWS = 140_710


@pytest.fixture(scope="module")
def table() -> Table:
    return kmrd_synth(NOWHERE, fields="full")


def column(table: Table, name: str) -> IntArray:
    raw = table.columns[name]
    return raw.values if raw.index is None else raw.values[raw.index]


def same(a: Table, b: Table) -> bool:
    names = list(a.columns)
    return (
        names == list(b.columns)
        and all(np.array_equal(column(a, name), column(b, name)) for name in names)
        and np.array_equal(a.rate, b.rate)
        and np.array_equal(a.time, b.time)
    )


def test_it_is_registered_and_its_defaults_are_kmrd_smalls_size(table: Table) -> None:
    assert DATASETS["kmrd-synth"].build is kmrd_synth
    assert DATASETS["kmrd-synth"].defaults == {
        "rows": KMRD_ROWS,
        "seed": 0,
        "fields": "ids",
        "duplicates": "last",
    }
    assert len(table) == KMRD_ROWS


def test_the_same_options_are_the_same_table(table: Table) -> None:
    assert same(kmrd_synth(NOWHERE, fields="full"), table)


def test_another_seed_is_another_table(table: Table) -> None:
    assert not same(kmrd_synth(NOWHERE, seed=1, fields="full"), table)


@pytest.mark.parametrize("rows", [1_000, 44_000, 100_001])  # inside the first chunk and beyond
def test_a_shorter_table_is_the_beginning_of_a_longer_one(table: Table, rows: int) -> None:
    assert same(kmrd_synth(NOWHERE, rows=rows, fields="full"), table.head(rows))


@pytest.mark.parametrize("rows", [-1, 0, 999, 100_000_001])
def test_rows_out_of_range_are_refused_with_the_range(rows: int) -> None:
    with pytest.raises(UsageError, match=f"rows is {rows:,}; expected 1,000 to 100,000,000"):
        kmrd_synth(NOWHERE, rows=rows)


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(UsageError, match="seed is -1; expected 0 or more"):
        kmrd_synth(NOWHERE, seed=-1)


def test_fields_ids_leaves_out_the_meta_data() -> None:
    assert list(kmrd_synth(NOWHERE, rows=1_000).columns) == ["user", "movie"]


def test_full_has_the_columns_and_widths_of_kmrd_small(table: Table) -> None:
    widths = {name: raw.width for name, raw in table.columns.items()}
    assert widths == {
        "user": 1,
        "movie": 1,
        "hour": 1,
        "weekday": 1,
        "month": 1,
        "movie_year": 1,
        "grade": 1,
        "genres": 7,
        "countries": 5,
        "cast": 5,
    }


@pytest.mark.parametrize("name", ["genres", "countries", "cast"])
def test_multi_valued_columns_hold_distinct_values_before_the_padding(
    table: Table, name: str
) -> None:
    for values in table.columns[name].values:
        present = values[values != ABSENT]
        assert np.array_equal(values[: len(present)], present)
        assert len(set(present)) == len(present)


def test_the_file_is_sorted_by_user_and_movie(table: Table) -> None:
    key = column(table, "user") * 100_000 + column(table, "movie")
    assert (np.diff(key) >= 0).all()
    assert np.array_equal(table.columns["user"].values, np.unique(column(table, "user")))


# The figures of KMRD-small are those of its authors' files; see benchmarks/fit_synth.py.


def test_users_and_movies_are_as_active_as_in_kmrd_small(table: Table) -> None:
    activity = np.bincount(column(table, "user"))
    popularity = np.sort(np.bincount(table.columns["movie"].keys()))[::-1]
    assert len(activity) == pytest.approx(52_028, rel=0.03)
    assert (activity == 1).sum() == pytest.approx(35_642, rel=0.03)
    assert (activity >= 10).sum() == pytest.approx(2_141, rel=0.1)
    assert (activity >= 50).sum() == pytest.approx(228, rel=0.2)
    assert len(popularity) == pytest.approx(600, abs=15)
    for rank, ratings in {1: 7_265, 10: 2_214, 100: 302, 400: 32}.items():
        assert popularity[rank - 1] == pytest.approx(ratings, rel=0.25)


def test_ratings_crowd_at_nine_and_ten(table: Table) -> None:
    percent = 100 * np.bincount(table.rate, minlength=11) / len(table)
    real = [0, 3.69, 0.55, 0.58, 0.77, 1.45, 2.59, 4.66, 8.18, 10.44, 67.10]
    assert percent == pytest.approx(real, abs=1.5)


def test_as_many_pairs_repeat_and_their_ratings_may_differ(table: Table) -> None:
    pair = column(table, "user") * 100_000 + column(table, "movie")
    repeats = np.flatnonzero(np.diff(pair) == 0)
    assert len(repeats) == pytest.approx(6_379, rel=0.1)
    assert (table.rate[repeats] != table.rate[repeats + 1]).any()


def test_users_of_many_ratings_give_fewer_tens_and_popular_movies_get_more(table: Table) -> None:
    ten = table.rate == 10
    user, movie = column(table, "user"), table.columns["movie"].keys()
    activity, popularity = np.bincount(user)[user], np.bincount(movie)[movie]
    assert ten[activity == 1].mean() == pytest.approx(0.801, abs=0.04)
    assert ten[(activity >= 20) & (activity < 50)].mean() == pytest.approx(0.566, abs=0.05)
    assert ten[popularity < 70].mean() == pytest.approx(0.410, abs=0.06)
    assert ten[popularity >= 3_000].mean() == pytest.approx(0.835, abs=0.05)


def test_times_drift_and_follow_the_clock(table: Table) -> None:
    day = table.time.astype("datetime64[s]").astype("datetime64[D]")
    assert day.min() >= np.datetime64("2003-11-21")
    assert day.max() <= np.datetime64("2019-12-17")
    year = day.astype("datetime64[Y]").astype(int) + 1970
    rows, tens = np.bincount(year), np.bincount(year, table.rate == 10)
    real = {2004: (0.034, 0.741), 2007: (0.120, 0.669), 2013: (0.058, 0.664), 2016: (0.050, 0.630)}
    for when, (share, ten) in real.items():
        assert rows[when] / len(table) == pytest.approx(share, rel=0.1)
        assert tens[when] / rows[when] == pytest.approx(ten, abs=0.04)
    assert 100 * np.bincount(column(table, "hour"))[[0, 6]] / len(table) == pytest.approx(
        [7.49, 1.37], abs=0.3
    )
    assert np.bincount(column(table, "weekday"))[6] / len(table) == pytest.approx(0.1715, abs=0.005)


def test_a_users_taste_drifts(table: Table) -> None:
    order = np.lexsort((table.time, column(table, "user")))
    user, time, ten = column(table, "user")[order], table.time[order], table.rate[order] == 10
    follows, days = np.diff(user) == 0, np.diff(time) / 86_400

    def agreement(rows: NDArray[np.bool_]) -> float:
        return float(np.corrcoef(ten[1:][rows], ten[:-1][rows])[0, 1])

    soon, late = follows & (days < 30), follows & (days > 3 * 365)
    assert agreement(soon) > agreement(late) + 0.1 > 0.1


def test_ids_are_as_telling_as_in_kmrd_small_and_the_truth_tells_more() -> None:
    table = kmrd_synth(NOWHERE)
    taste = tastes(seed=0)[: len(table)]
    ten = table.rate == 10
    order = np.random.default_rng(0).permutation(len(table))
    test, train = order[: len(order) // 10], order[len(order) // 5 :]
    x: Any = sparse.hstack([one_hot(table, "user"), one_hot(table, "movie")]).tocsr()
    model = LogisticRegression(C=2, max_iter=200).fit(x[train], ten[train])
    p = model.predict_proba(x[test])[:, 1]
    auc = roc_auc_score(ten[test], p)
    assert 0.77 <= auc <= 0.82  # KMRD-small: 0.80
    assert log_loss(ten[test], p) == pytest.approx(0.489, abs=0.02)
    assert roc_auc_score(ten[test], taste[test]) >= auc + 0.01


def test_users_and_movies_interact() -> None:
    ten = kmrd_synth(NOWHERE).rate == 10
    known, additive = tastes(seed=0), tastes(seed=0, interact=False)
    rows = slice(len(ten))
    assert roc_auc_score(ten, known[rows]) >= roc_auc_score(ten, additive[rows]) + 0.01


def one_hot(table: Table, name: str) -> Any:
    key = table.columns[name].keys()
    return sparse.csr_matrix((np.ones(len(key)), key, np.arange(len(key) + 1)))


def tastes(*, seed: int, interact: bool = True) -> NDArray[np.float32]:
    """Return the true tastes behind the default table, or all of them but the interaction."""
    movies = draw_world(seed)
    if not interact:
        movies = replace(movies, vectors=np.zeros_like(movies.vectors))
    n_chunks = -(-KMRD_ROWS // CHUNK_USERS)  # every user has one rating at least
    return np.concatenate([chunk.taste for chunk in islice(draw_chunks(movies, seed), n_chunks)])


def test_genres_tell_something_of_the_interaction() -> None:
    movies = draw_world(0)
    shared = (movies.genres[:, None, :, None] == movies.genres[None, :, None, :]) & (
        movies.genres[:, None, :, None] != ABSENT
    )
    n_shared = shared.any(axis=3).sum(axis=2)
    alike = movies.vectors @ movies.vectors.T
    others = ~np.eye(len(alike), dtype=bool)
    assert alike[others & (n_shared >= 2)].mean() > alike[others & (n_shared == 0)].mean() + 0.1


def test_memory_is_that_of_the_table_and_one_chunk() -> None:
    rows = 2_000_000
    tracemalloc.start()
    try:
        table = kmrd_synth(NOWHERE, rows=rows)
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(table) == rows
    assert held <= 20 * rows  # int32 user, int16 movie, int64 time, int8 rate, the users' ids
    assert peak <= held + 32 * 2**20

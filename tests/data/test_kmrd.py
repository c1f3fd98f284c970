"""The KMRD format on hand-made files, and the facts of KMRD-small on the real ones."""

from pathlib import Path

import numpy as np
import pytest

from fmbench.data import Where, audit_report, load, resolve
from fmbench.data.datasets._kmrd import read_kmrd
from fmbench.data.table import Table
from fmbench.errors import DataError
from fmbench.fields import Field


def values(table: Table, name: str, movie: int) -> list[int]:
    movies = table.columns["movie"]
    assert movies.index is not None
    row = int(np.flatnonzero(movies.values[movies.index] == movie)[0])
    column = table.columns[name]
    assert column.index is not None
    return np.atleast_1d(column.values[column.index[row]]).tolist()


def test_what_is_known_of_movies(metadata: Path) -> None:
    table = read_kmrd(metadata, "rates.csv", "full")
    assert list(table.columns) == [
        "user", "movie", "hour", "weekday", "month", "movie_year",
        "grade", "genres", "countries", "cast",
    ]  # fmt: skip
    found = {
        movie: [values(table, name, movie) for name in list(table.columns)[5:]]
        for movie in (100, 101, 102, 103, 108)
    }
    a, b, c, sf, horror, korea, us = (
        1,
        2,
        3,
        0,
        4,
        1,
        0,
    )  # numbers of sorted names; SF before a, b, c
    assert (a, b, c) == (1, 2, 3)
    none = [-1] * 5
    assert found == {
        100: [[-1], [0], [sf, horror, -1], [korea], [8, 7, -1, -1, -1]],
        101: [[2001], [0], [sf, -1, -1], [us], [1, -1, -1, -1, -1]],
        102: [[-1], [0], [-1] * 3, [-1], [27, 26, 25, 24, 23]],
        103: [[2003], [-1], [-1] * 3, [-1], none],
        108: [[-1], [-1], [-1] * 3, [-1], none],
    }


def test_ids_need_no_movies(where: Where) -> None:
    assert where.data_dir is not None
    assert list(read_kmrd(where.data_dir, "rates.csv", "ids").columns) == ["user", "movie"]


@pytest.mark.parametrize("name", ["movies.txt", "genres.csv", "countries.csv", "castings.csv"])
def test_a_missing_file_is_named(where: Where, metadata: Path, name: str) -> None:
    (metadata / name).unlink()
    load("ratings", {}, where)
    with pytest.raises(DataError, match=f"{name}: no such file"):
        resolve("ratings", {"fields": "full"}, where)


def test_a_movie_twice_is_refused(metadata: Path) -> None:
    with (metadata / "movies.txt").open("a") as file:
        file.write("101\tx\ty\t\t\n")
    with pytest.raises(DataError, match=r"movies.txt:10: movie 101 is there twice; expected once"):
        read_kmrd(metadata, "rates.csv", "full")


@pytest.mark.parametrize("genre", ['"SF"', '"SF', 'S"F', '"a\nb"'])
def test_there_is_no_quoting_between_commas(metadata: Path, genre: str) -> None:
    (metadata / "genres.csv").write_text(f"movie,genre\n100,SF\n101,{genre}\n")
    with pytest.raises(DataError, match=r"csv:3: genre is '.+'; expected text without quotes"):
        read_kmrd(metadata, "rates.csv", "full")


def test_own_file_by_its_name(where: Where) -> None:
    assert where.data_dir is not None
    (where.data_dir / "rates.csv").rename(where.data_dir / "내 별점.csv")
    found = load("ratings", {"file": "내 별점.csv"}, where)
    assert found.args["file"] == "내 별점.csv"
    assert found.audit["rows_read"] == 210


def test_facts_of_kmrd_small(kmrd: Path) -> None:
    found = audit_report("kmrd-small", {}, Where(kmrd))
    assert found["raw"] == {
        "rows": 140_710,
        "users": 52_028,
        "users_with_one_rating": 35_642,
        "items": 600,
        "top_rate": 10,
        "top_rate_share": pytest.approx(0.671, abs=5e-4),
        "repeated_rows": 6_379,
        "disagreeing_pairs": 1_677,
        "sorted_by_user": True,
        "first_month": "2003-11",
        "last_month": "2019-12",
    }
    naive, random, temporal, leave_last = found["variants"].values()
    assert naive["test_pairs_in_train_share"] == pytest.approx(0.06, abs=0.005)
    assert naive["test_unseen_user_share"] == pytest.approx(0.275, abs=0.015)
    assert naive["test_older_share_of_known_users"] == pytest.approx(0.83, abs=0.005)
    assert (naive["rows_dropped"], random["rows_dropped"]) == (0, 6_379)
    assert random["test_unseen_user_share"] == pytest.approx(0.288, abs=0.012)
    assert temporal["test_unseen_user_share"] == pytest.approx(0.79, abs=0.005)
    assert temporal["test_older_share"] == leave_last["test_older_share"] == 0
    assert leave_last["test_unseen_user_share"] == 0
    for variant in (random, temporal, leave_last):
        assert variant["test_pairs_in_train"] == 0
        assert variant["auc_standard_error"] == pytest.approx(0.004, abs=5e-4)


def test_fields_of_kmrd_small(kmrd: Path) -> None:
    found = load("kmrd-small", {"fields": "full"}, Where(kmrd))
    assert [(field.name, field.width) for field in found.fields] == [
        ("user", 1), ("movie", 1), ("hour", 1), ("weekday", 1), ("month", 1), ("movie_year", 1),
        ("grade", 1), ("genres", 7), ("countries", 5), ("cast", 5),
        ("user_year", 1), ("user_month", 1), ("user_day", 1), ("movie_age", 1),
    ]  # fmt: skip
    assert found.train.ids.shape == (107_465, 28)
    limits = np.repeat([f.cardinality for f in found.fields], [f.width for f in found.fields])
    for part in (found.train, found.valid, found.test):
        assert (part.ids >= 0).all()
        assert (part.ids < limits).all()
    assert (found.train.ids != 1).all()  # training has seen all that it has
    assert (found.test.ids[:, 0] == 1).mean() == pytest.approx(
        found.audit["test_unseen_user_share"], abs=1e-6
    )


def test_habits_of_kmrd_small_are_small_fields(kmrd: Path) -> None:
    found = load("kmrd-small", {"fields": "habits"}, Where(kmrd))
    sizes = {field.name: field.cardinality for field in found.fields}
    assert list(sizes)[:3] == ["user_share", "movie", "movie_age"]
    assert len(sizes) == 18
    assert "user" not in sizes
    assert max(size for name, size in sizes.items() if name != "movie") < 64
    assert (found.train.ids != 1).all()


def test_the_first_rows_of_kmrd_small(kmrd: Path) -> None:
    args = {"rows": 10_000, "duplicates": "keep"}
    found = load("kmrd-small", args, Where(kmrd))
    assert (found.audit["users"], found.audit["items"]) == (466, 532)
    assert [len(part) for part in (found.train, found.valid, found.test)] == [8_000, 1_000, 1_000]
    assert found.fields == (Field("user", 440), Field("movie", 520))


def test_data_dir_itself_may_hold_the_files(kmrd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FMBENCH_DATA")
    outer = load("kmrd-small", {}, Where(kmrd))
    inner = load("kmrd-small", {}, Where(kmrd / "kmrd-small"))
    assert outer.fingerprint == inner.fingerprint

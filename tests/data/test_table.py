"""Tables: keys, heads, plain arrays; a third party's dataset in a few lines, end to end."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from fmbench.data import DATASETS, Column, Table, Where, describe, load, register_dataset
from fmbench.data.derived.calendar import KST, calendar_columns
from fmbench.errors import DataError, UsageError


def test_keys_are_dense_and_ordered() -> None:
    column = Column(np.array([9, 5, 7, 5]), np.array([0, 0, 1, 3]))
    assert column.keys().tolist() == [1, 1, 0, 0]
    assert Column(np.array([4, 2, 4])).keys().tolist() == [1, 0, 1]
    assert column.head(3).keys().tolist() == [1, 1, 0]


def test_plain_arrays() -> None:
    table = Table.from_columns(
        {"user": ["b", "a", "b"], "movie": [9, 4, 4], "tags": [[1, -1], [2, 3], [-1, -1]]},
        rate=[1.5, 2, 3],
        time=[10**9, 10**9, 10**9],
    )
    assert table.columns["user"].keys().tolist() == [1, 0, 1]
    assert table.columns["movie"].values.tolist() == [4, 9]
    assert table.columns["tags"].width == 2
    assert len(table.head(2)) == len(table.head(2).columns["tags"]) == 2


@pytest.mark.parametrize("fields", ["ids", "full", "habits"])
def test_what_tells_of_user_and_item_comes_first(
    fields: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DATASETS, "_entries", dict(DATASETS._entries))

    @register_dataset("backwards", files={})
    def backwards(folder: Path) -> Table:
        """Rows whose other columns come first."""
        rows = np.arange(100)
        columns = {"hour": rows % 3, "movie_age": rows, "movie": rows % 5, "user": rows % 7}
        return Table.from_columns(columns, rate=9 + rows % 2, time=10**9 + rows)

    found = load("backwards", {"fields": fields}, Where(tmp_path)).fields
    names = [field.name for field in found]
    assert names[:2] == ["user_share" if fields == "habits" else "user", "movie"]
    assert names[2:4] == {"ids": [], "full": ["hour", "movie_age"]}.get(
        fields, ["movie_age", "user_rows"]
    )
    if fields != "ids":  # the table's own column of this name, not that of drift
        assert {field.name: field.cardinality for field in found}["movie_age"] == 2 + 80


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"user": [[1, 2], [1, 2]], "movie": [1, 2]}, "key column 'user' is not"),
        ({"user": [1, 2], "movie": [1]}, "column 'movie' has 1 rows; expected 2, one a rate"),
        ({"user": [1, 2], "movie": [1.5, 2]}, "key column 'movie' is not"),
        ({"user": [1, 2], "movie": [["a"], ["b"]]}, "key column 'movie' is not"),
        ({"user": [1, 2], "tags": [["a"], [2]]}, "a list of column 'tags' holds 2"),
        ({"user": [1, 2], "when": [1j, 2]}, r"'when' is complex128 of .*; expected integers"),
        ({"user": [1, 2], "movie": np.array(["a", None])}, "column 'movie' is not all strings"),
        ({"user": [1, 2], "movie": np.array([[1], [2]])}, "key column 'movie' is not"),
    ],
)  # fmt: skip
def test_refused(columns: dict[str, list], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        Table.from_columns(columns, rate=[1, 2], time=[10**9, 10**9])
    assert caught.value.exit_code == 3


def test_an_index_outside_and_no_rows_are_refused() -> None:
    bad = {"user": Column(np.arange(2), np.array([0, -1])), "movie": Column(np.arange(2))}
    with pytest.raises(DataError, match="column 'user' has an index outside of its values"):
        Table(bad, np.arange(2), np.arange(2))
    with pytest.raises(DataError, match="the table has no rows"):
        Table({}, np.arange(0), np.arange(0))
    with pytest.raises(DataError, match="there are 3 times and 2 rates"):
        Table({}, np.arange(2), np.arange(3))


@pytest.mark.parametrize(
    ("rate", "time", "message"),
    [
        ([1, float("nan")], None, "rate of row 1 is not finite"),
        ([[1], [2]], None, r"rate is int64 of shape \[2, 1\]; expected a row of numbers"),
        (np.array(["9", 10], dtype=object), None, "rate is object; expected all numbers or all"),
        (
            [1, 2],
            [10**9, 86400],
            "time of row 1 is 86400, in the year 1970; expected a time of 1990",
        ),
        ([1, 2], [10**12, 10**9], "time of row 1 is 1000000000, in the year 1970"),
        ([1, 2], [1, 2.5], "time is float64, not all whole; expected UNIX seconds"),
        ([1, 2], [1, float("nan")], "time is float64, not all whole"),
        ([1, 2], ["2020-01-01", "2020-01-02"], "time is <U10, not all whole"),
    ],
)
def test_rates_are_numbers_and_times_whole(rate: list, time: list, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Table.from_columns({"user": [1, 2], "movie": [1, 2]}, rate=rate, time=time)


def test_whatever_a_datasets_own_code_raises_is_said_in_a_line(
    where: Where, forget: Callable[[str], None]
) -> None:
    forget("broken")

    @register_dataset("broken", files={"rates.csv": None})
    def broken(folder: Path) -> Table:
        raise ValueError("could not convert string 'user' to int64\nat row 0")

    with pytest.raises(DataError) as caught:
        load("broken", {}, where)
    expected = "dataset 'broken' fails: ValueError: could not convert string 'user' to int64"
    assert str(caught.value) == expected


def test_what_full_reads_beside_the_ratings_is_named(where: Where) -> None:
    with pytest.raises(DataError, match=r"movies\.txt: no such file; expected") as caught:
        load("ratings", {"fields": "full"}, where)
    assert "--fields habits" in str(caught.value.hint)


def test_calendar_is_local() -> None:
    # 2019-12-31 15:00 UTC is midnight of New Year 2020, a Wednesday, in Korea.
    time = np.array([1_577_804_400 - 1, 1_577_804_400])
    found = {
        name: column.values[column.index].tolist()
        for name, column in calendar_columns(time, KST).items()
    }
    assert found == {"hour": [23, 0], "weekday": [1, 2], "month": [12, 1]}


def test_a_third_party_dataset(where: Where, forget: Callable[[str], None]) -> None:
    forget("movielens-like")

    @register_dataset("movielens-like", files={"ratings.dat": None}, paper="https://example.org")
    def movielens_like(folder: Path, *, label: str = "rate>2", decade: int = 2000) -> Table:
        """Ratings by people, with their towns."""
        rows = [line.split("::") for line in (folder / "ratings.dat").read_text().splitlines()]
        user, movie, rate, time = (list(map(int, column)) for column in zip(*rows, strict=True))
        town = ["Seoul" if u % 2 else "Busan" for u in user]
        columns = {"user": user, "movie": movie, "town": town}
        return Table.from_columns(columns, rate=[r / 2 for r in rate], time=time)

    assert where.data_dir is not None
    lines = [f"{i % 7}::{i % 11}::{i % 10}::{10**9 + i}" for i in range(77)]
    (where.data_dir / "ratings.dat").write_text("\n".join(lines))
    found = load("movielens-like", {"fields": "full"}, where)
    assert [(f.name, f.cardinality) for f in found.fields] == [
        ("user", 9),
        ("movie", 13),
        ("town", 4),
        ("user_year", 9),
        ("user_month", 9),
        ("user_day", 9),
        ("movie_age", 3),
    ]
    assert found.train.ids.shape == (62, 7)
    assert found.audit["top_rate"] == 4.5
    assert set(found.args) >= {"decade", "sha256"}
    assert found.args["label"] == "rate>2"
    ids = load("movielens-like", {"rows": 60}, where)
    assert [field.name for field in ids.fields] == ["user", "movie"]
    assert ids.audit["rows_read"] == 60
    with pytest.raises(UsageError, match="rows is 78; expected at most 77, as movielens-like has"):
        load("movielens-like", {"rows": 78}, where)


def test_options_need_defaults(forget: Callable[[str], None]) -> None:
    forget("needy")
    with pytest.raises(UsageError, match="option 'size' of dataset 'needy' has no default"):

        @register_dataset("needy")
        def needy(folder: Path, *, size: int) -> Table:
            raise NotImplementedError


def test_describe(where: Where, metadata: Path) -> None:
    found = describe("ratings", {}, where)
    assert found["within_reach"] is True
    assert found["fields"]["user"] == {"cardinality": 32, "width": 1}
    assert list(found["fields"])[2:] == [
        "hour", "weekday", "month", "movie_year", "grade", "genres", "countries", "cast",
        "user_year", "user_month", "user_day", "movie_age",
    ]  # fmt: skip
    assert found["shape"]["train"] == [168, 7 + 3 + 1 + 5 + 4]
    (metadata / "genres.csv").unlink()
    assert list(describe("ratings", {}, where)["fields"]) == ["user", "movie"]
    assert "user_share" in describe("ratings", {"fields": "habits"}, where)["fields"]
    with pytest.raises(UsageError, match="nonsense"):
        describe("ratings", {"nonsense": 1}, where)
    away = describe("kmrd-small", {}, Where())
    assert (away["within_reach"], away["fields"]) == (False, None)
    assert away["files"]["rates.csv"].startswith("9c373d91")
    assert away["url"].startswith("https://")

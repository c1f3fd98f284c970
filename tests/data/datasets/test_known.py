"""Known datasets: what their declarations make of files in exactly their layout."""

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from layouts import LAYOUTS, Layout

from fmbench.data import DATASETS, SHARED, Column, Dataset, Numbers, Table, Where, load, resolve
from fmbench.data.columns import ABSENT
from fmbench.data.lists import split as split_cell
from fmbench.data.options import options
from fmbench.data.registry import SOURCES
from fmbench.data.sources.raw import open_raw
from fmbench.errors import DataError, UnknownName, UsageError
from fmbench.fields import FIRST_VALUE, UNSEEN

PARTS = ("train", "valid", "test")
GIVEN = [name for name, of in LAYOUTS.items() if len(of.files) > 1]
every_set = pytest.mark.parametrize("name", LAYOUTS)


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Where:
    """Return an empty data folder; nothing else is within reach."""
    monkeypatch.delenv("FMBENCH_DATA", raising=False)
    return Where(tmp_path)


def laid_down(name: str, where: Where, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """Write a set's small files where the real ones would be, and have any content pass."""
    layout, source = LAYOUTS[name], SOURCES[name]
    assert where.data_dir is not None
    layout.write(where.data_dir / name)
    loose = dataclasses.replace(source, files=dict.fromkeys(source.files))
    monkeypatch.setitem(SOURCES, name, loose)
    return layout


def table_of(name: str, where: Where, **args: Any) -> Table:
    return open_raw(name, args, where).read()


def values(column: Column | Numbers) -> list[Any]:
    """Return a column's values as text, lists of it, or numbers."""
    if isinstance(column, Numbers):
        return np.asarray(column.values).tolist()
    words = column.words if column.words is not None else range(int(column.values.max()) + 1)
    rows = column.values if column.index is None else column.values[column.index]
    if rows.ndim == 1:
        return [words[v] for v in rows.tolist()]
    return [sorted(words[v] for v in row if v != ABSENT) for row in rows.tolist()]


def joined(layout: Layout) -> pd.DataFrame:
    """Return the rows with their side files merged by pandas."""
    rows = layout.rows
    for side in layout.sides:
        known = side.rows
        if flags := [name for name in known if set(known[name]) <= {"0", "1"}]:
            known = known.assign(
                genres=["|".join(f for f in flags if row[f] == "1") for _, row in known.iterrows()]
            ).drop(columns=flags)
        kept = [name for name in known if name not in ("title", "video_release_date", "imdb_url")]
        rows = rows.merge(known[kept], how="left", on=known.columns[0])
    return rows.fillna("")


def expected(layout: Layout, name: str, cells: pd.Series) -> list[Any]:
    if name in layout.numbers:
        return [float(cell or "nan") for cell in cells]
    if name in layout.multi:
        return [sorted(split_cell(cell, layout.multi[name])) for cell in cells]
    return cells.tolist()


def test_every_known_set_is_tested() -> None:
    ours = ("kmrd-", "ratings", "table")
    assert set(LAYOUTS) == {name for name in DATASETS if not name.startswith(ours)}


@every_set
def test_columns_are_those_of_the_files(
    name: str, where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = laid_down(name, where, monkeypatch)
    table, rows = table_of(name, where, fields="columns"), joined(layout)
    made = {"hour", "weekday", "month"} if layout.time else set()
    fields = [c for c in rows if c not in (layout.label, layout.time, *layout.unused)]
    assert [c for c in table.columns if c not in made] == fields
    for field in fields:
        np.testing.assert_equal(
            values(table.columns[field]), expected(layout, field, rows[field]), field
        )
    if layout.time:
        assert layout.seconds is not None
        assert table.time is not None
        np.testing.assert_array_equal(table.time, layout.seconds(rows[layout.time]))
    else:
        assert table.time is None


@every_set
def test_labels_and_parts(name: str, where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = laid_down(name, where, monkeypatch)
    dataset = load(name, {}, where)
    parts = [getattr(dataset, part) for part in PARTS]
    assert sum(len(part.labels) for part in parts) == len(layout.rows)
    labels = layout.positive(layout.rows)
    assert sum(int(part.labels.sum()) for part in parts) == labels.sum()
    if name not in GIVEN:
        return
    rows = [*layout.files.values()]
    if len(rows) == 2:  # the last tenth of the training rows validates
        train, test = rows
        rows = [train[: len(train) - len(train) // 10], train[-(len(train) // 10) :], test]
    for part, of in zip(parts, rows, strict=True):
        assert part.labels.tolist() == layout.positive(of).astype(int).tolist()
    _check_vocabulary(dataset, layout, rows)


def _check_vocabulary(dataset: Dataset, layout: Layout, rows: list[pd.DataFrame]) -> None:
    """Hold each single-valued field to the values of enough training rows, and of no others."""
    place, others = 0, (layout.time, *layout.numbers, *layout.multi)
    for field in dataset.fields:
        if field.name in rows[0] and field.name not in others:
            counts = rows[0][field.name].value_counts()
            known = set(counts[counts >= layout.min_count].index)
            assert field.cardinality == FIRST_VALUE + len(known)
            for part, of in zip(PARTS, rows, strict=True):
                ids = getattr(dataset, part).ids[:, place]
                is_known = [value in known for value in of[field.name]]
                assert (ids != UNSEEN).tolist() == is_known, field.name
        place += field.width


@every_set
def test_missing_files_say_where_they_are_to_be_had(name: str, where: Where) -> None:
    if SOURCES[name].url:
        assert name.startswith("ml-")
        assert SOURCES[name].url == "https://files.grouplens.org/datasets/movielens/"
        return
    with pytest.raises(DataError) as caught:
        load(name, {}, where)
    file = next(iter(SOURCES[name].files))
    assert str(caught.value) == (
        f"{name}: there is no file {file}; expected it as {DATASETS[name].about['home']} has it, "
        "which fmbench does not fetch from"
    )
    assert f"a folder that holds {name}/{file}, or pass --data-dir" in caught.value.hint


@every_set
def test_what_listings_say(name: str) -> None:
    about = DATASETS[name].about
    assert {"licence", "paper", "year", "home"} <= set(about)
    assert str(about["home"]).startswith("https://")
    assert DATASETS[name].summary.endswith(".")


@pytest.mark.parametrize("name", GIVEN)
def test_other_content_than_the_published_one_is_refused(name: str, where: Where) -> None:
    assert where.data_dir is not None
    LAYOUTS[name].write(where.data_dir / name)
    assert "sha256" not in resolve(name, {}, where)
    with pytest.raises(DataError) as caught:
        load(name, {}, where)
    pin = str(SOURCES[name].files["train.csv"]).removeprefix("md5:")
    assert "train.csv has MD5 " in str(caught.value)
    assert f"; expected {pin[:16]}…, the published file of {name}" in str(caught.value)
    assert caught.value.hint == "`--dataset FILE` reads a file of your own"


def test_a_part_that_is_not_there(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down("frappe-x1", where, monkeypatch)
    assert where.data_dir is not None
    (where.data_dir / "frappe-x1" / "valid.csv").unlink()
    with pytest.raises(
        DataError, match=r"valid.csv: no such file; expected it beside train.csv"
    ) as e:
        load("frappe-x1", {}, where)
    assert e.value.hint.endswith("from https://huggingface.co/datasets/reczoo/Frappe_x1")


def test_users_and_movies_are_read_where_they_are_wanted(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_down("ml-100k", where, monkeypatch)
    assert where.data_dir is not None
    assert [field.name for field in load("ml-100k", {}, where).fields] == ["user_id", "item_id"]
    (where.data_dir / "ml-100k" / "u.item").unlink()
    assert [field.name for field in load("ml-100k", {}, where).fields] == ["user_id", "item_id"]
    with pytest.raises(DataError, match=r"u.item: no such file; expected what fields 'full'"):
        load("ml-100k", {"fields": "full"}, where)


def test_ratings_are_converted_once_for_all_fields(
    where: Where, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    laid_down("ml-1m", where, monkeypatch)
    for fields in ("ids", "columns"):
        load("ml-1m", {"fields": fields}, where)
    assert len([path for path in (cache / "columns").iterdir() if path.is_dir()]) == 1


def test_columns_in_another_order_are_refused(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_down("ml-20m", where, monkeypatch)
    assert where.data_dir is not None
    path = where.data_dir / "ml-20m" / "ratings.csv"
    rows = path.read_text().splitlines(keepends=True)
    path.write_text("".join(["movieId,userId,rating,timestamp\n", *rows[1:]]))
    with pytest.raises(DataError, match=r"ratings.csv:1: the columns are movieId, userId"):
        load("ml-20m", {}, where)
    path.write_text("".join(["user,movie,stars,at\n", *rows[1:]]))
    assert load("ml-20m", {}, where).user == "userId"


def test_what_a_set_presets_stays_an_option(where: Where) -> None:
    assert options("criteo-x4", {})["min_count"] == 10
    changed = options("criteo-x4", {"min_count": 1})
    assert changed["min_count"] == 1
    assert options("criteo-x4", changed) == changed
    assert "min_count" not in options("criteo-x1", {"min_count": 1})
    assert options("criteo-kaggle", {})["bins"] == "log2"


def test_training_rows_that_validate(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down("taobao-ad-x1", where, monkeypatch)
    with pytest.raises(DataError, match=r"the valid part of split 'given' has no rows") as caught:
        load("taobao-ad-x1", {"valid_share": 0.0}, where)
    assert "--set data.valid_share=0.1" in caught.value.hint
    rows = [
        len(getattr(load("taobao-ad-x1", {"valid_share": 0.25}, where), part).labels)
        for part in PARTS
    ]
    assert rows == [180, 60, 40]
    for share in (1.0, -0.1):
        with pytest.raises(UsageError, match=r"valid_share is .*; expected a number from 0"):
            options("taobao-ad-x1", {"valid_share": share})


def test_a_label_of_another_column(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_down("ml-1m", where, monkeypatch)
    with pytest.raises(UnknownName, match=r"unknown column 'rate'; did you mean 'rating'"):
        load("ml-1m", {"label": "rate>=4"}, where)


def test_options_are_few(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(options("ml-100k", {})) - set(SHARED) == {"file"}
    assert set(options("taobao-ad-x1", {})) - set(SHARED) == {"file", "valid_share", "min_count"}


def test_another_category_of_amazon(where: Where) -> None:
    assert where.data_dir is not None
    folder = where.data_dir / "amazon-2023"
    LAYOUTS["amazon-2023"].write(folder)
    (folder / "Movies_and_TV.csv").rename(folder / "Books.csv")
    dataset = load("amazon-2023", {"file": "Books.csv"}, where)
    assert dataset.args["file"] == "Books.csv"
    assert dataset.user == "user_id"


def test_hours_are_those_of_the_zone(where: Where, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = laid_down("kuairec", where, monkeypatch)
    stamps = pd.to_datetime(layout.rows["timestamp"].astype(float), unit="s", utc=True)
    hours = stamps.dt.tz_convert("Asia/Shanghai").dt.hour
    hour = table_of("kuairec", where).columns["hour"]
    assert isinstance(hour, Column)
    assert hour.values[hour.index].tolist() == hours.tolist()


@pytest.fixture
def ml_100k(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that holds the real MovieLens 100K; skip where there is none."""
    folder = Path(os.environ.get("FMBENCH_DATA") or "nowhere") / "ml-100k"
    if not (folder / "u.data").is_file():
        pytest.skip("FMBENCH_DATA names no folder that holds ml-100k/u.data")
    return folder


def test_the_real_movielens_100k(ml_100k: Path) -> None:
    names = ["user", "item", "rating", "time"]
    rows = pd.read_csv(ml_100k / "u.data", sep="\t", names=names)
    dataset = load("ml-100k", {}, Where())
    assert [len(getattr(dataset, part).labels) for part in PARTS] == [80_000, 10_000, 10_000]
    times = np.concatenate([getattr(dataset, part).times for part in PARTS])
    assert sorted(times.tolist()) == sorted(rows["time"])
    positives = sum(int(getattr(dataset, part).labels.sum()) for part in PARTS)
    assert positives == (rows["rating"] >= 4).sum()
    table = table_of("ml-100k", Where())
    assert values(table.columns["user_id"]) == rows["user"].astype(str).tolist()
    assert values(table.columns["item_id"]) == rows["item"].astype(str).tolist()


RECBOLE = {
    "ml-100k.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
    + "".join(
        f"{i % 9 + 1}\t{i % 11 + 1}\t{i % 5 + 1}\t{880_000_000 + 997 * i}\n" for i in range(90)
    ),
    "ml-100k.user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
    + "".join(f"{i}\t{30 + i % 3}\t{'FM'[i % 2]}\tartist\t0{i % 4}210\n" for i in range(1, 9)),
    "ml-100k.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
    + "".join(
        f"{i}\tThe Movie {i}\t19{90 + i % 4}\t{'Drama Comedy' if i % 2 else 'War'}\n"
        for i in range(1, 11)
    ),
}


@pytest.fixture(params=["tiny", "real"])
def recbole(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if request.param == "real":
        folder = request.getfixturevalue("ml_100k")
        if not (folder / "ml-100k.inter").is_file():
            pytest.skip("the folder has no ml-100k.inter")
        return folder
    for name, content in RECBOLE.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def test_the_atomic_files_of_recbole_as_an_own_table(recbole: Path) -> None:
    def frame(kind: str) -> pd.DataFrame:
        rows = pd.read_csv(recbole / f"ml-100k.{kind}", sep="\t", dtype=str, keep_default_na=False)
        return rows.rename(columns=lambda name: name.partition(":")[0])

    inter = frame("inter")
    rows = inter.merge(frame("user"), how="left").merge(frame("item"), how="left").fillna("")
    args = {"file": "ml-100k.inter", "join": ["ml-100k.user", "ml-100k.item"]}
    where = Where(recbole, is_exact=True)
    table = table_of("table", where, **resolve("table", args, where))
    assert len(table) == len(inter)
    assert (table.user, table.item) == ("user_id", "item_id")
    for name in ("age", "gender", "zip_code", "release_year"):
        assert values(table.columns[name]) == rows[name].tolist()
    for name in ("movie_title", "class"):
        cells = [sorted(set(cell.split())) for cell in rows[name]]
        assert values(table.columns[name]) == cells

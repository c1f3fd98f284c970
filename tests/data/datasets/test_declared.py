"""A table of one's own against pandas on the same file, and each option by hand."""

import re
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from fmbench.data import Where, load, resolve
from fmbench.data.columns import Column, Numbers
from fmbench.data.splits.label import LabelRule
from fmbench.errors import DataError
from fmbench.fields import FIRST_VALUE, UNSEEN, columns

from .conftest import Load, Read, rows

ROWS = 400
START = 1_500_000_000


def table_text(seed: int = 0, n: int = ROWS) -> str:
    """Return a table with ids of every kind, numbers and lists with holes, and a label."""
    random = np.random.default_rng(seed)
    picked = random.integers(0, 10**6, (n, 8))
    lines = ["user_id,zip,long_id,age,price,tags,city,when,click"]
    for i, (a, b, c, d, e, f, g, h) in enumerate(picked.tolist()):
        tags = "|".join("abcde"[(f + j) % 5] for j in range(f % 4))
        city = ["Busan", "서울", "", "New York", '"a, b"'][g % 5]
        age = "" if d % 9 == 0 else d % 60
        lines.append(
            f"{a % 23}.0,{b % 40:05},{10**20 + c % 30},{age},"
            f"{'NA' if e % 7 == 0 else e / 100},{tags},{city},{START + 997 * i},{h % 3 // 2}"
        )
    return "\n".join(lines) + "\n"


def words(column: Any) -> list[str]:
    """Return what each row of a column of words has."""
    assert isinstance(column, Column)
    assert column.words is not None
    return [column.words[i] for i in column.values[column.index].tolist()]


def lists(column: Any) -> list[list[str]]:
    assert isinstance(column, Column)
    return [
        [column.words[i] for i in row if i >= 0] for row in column.values[column.index].tolist()
    ]


def test_a_file_against_pandas(read: Read) -> None:
    text = table_text()
    table = read(text)
    frame = pd.read_csv(pd.io.common.StringIO(text), dtype=str, keep_default_na=False)
    assert len(table) == len(frame) == ROWS
    assert (table.user, table.item) == ("user_id", None)
    frame["user_id"] = frame["user_id"].str.removesuffix(".0")  # a whole number is whole
    for name in ("user_id", "zip", "long_id", "city"):
        assert words(table.columns[name]) == frame[name].tolist()
    assert words(table.columns["zip"])[0].startswith("0")
    assert {len(word) for word in words(table.columns["long_id"])} == {21}
    for name in ("age", "price"):
        column = table.columns[name]
        assert isinstance(column, Numbers)
        expected = pd.to_numeric(frame[name], errors="coerce")
        assert np.array_equal(column.values, expected, equal_nan=True)
        assert np.isnan(column.values).any()
    assert lists(table.columns["tags"]) == [
        cell.split("|") if cell else [] for cell in frame["tags"]
    ]
    assert table.time is not None
    assert table.time.tolist() == frame["when"].astype(int).tolist()
    assert LabelRule.parse("click=1")(table.rate).tolist() == frame["click"].astype(int).tolist()
    assert [*table.columns] == [
        "user_id", "zip", "long_id", "age", "price", "tags", "city", "hour", "weekday",
    ]  # fmt: skip


def test_what_is_kept_in_the_cache_is_what_was_read(read: Read) -> None:
    first, again = read(table_text()), read(table_text())
    assert [*first.columns] == [*again.columns]
    for one, other in zip(first.arrays, again.arrays, strict=True):
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    assert words(first.columns["city"]) == words(again.columns["city"])


PLAIN = "u,i,t,p,y,x\n" + rows(
    "{u},{m},{t},{p},{y},{x}",
    60,
    u=lambda i: f"u{i % 7}",
    m=lambda i: f"m{i % 5}",
    t=lambda i: START + 90_000 * i,
    p=lambda i: ("train", "Valid", "TEST")[i % 3],
    y=lambda i: i % 4 // 3,
    x=lambda i: i * 13 % 50,
)
ROLES = {"user": "u", "item": "i", "time": "t", "part": "p", "label": "y"}


def test_roles_as_they_are_declared(read: Read) -> None:
    table = read(PLAIN, **ROLES)
    assert (table.user, table.item) == ("u", "i")
    assert table.time.tolist() == [START + 90_000 * i for i in range(60)]
    assert table.part.tolist() == [0, 1, 2] * 20
    assert [*table.columns] == ["u", "i", "x", "hour", "weekday", "month"]
    assert isinstance(table.columns["x"], Numbers)


def test_roles_that_nobody_has(read: Read) -> None:
    none = dict.fromkeys(("user", "item", "time", "part"), "none")
    table = read(PLAIN, **none, label="y")
    assert (table.user, table.item, table.time, table.part) == (None, None, None, None)
    assert [*table.columns] == ["u", "i", "p", "x"]  # a time that is none is no field either


def test_a_label_of_words_and_one_that_is_no_field(read: Read) -> None:
    table = read("a,b,income\n" + "1,x,<=50K\n2,y,>50K\n1,y,\n" * 20, label="income=>50K")
    assert isinstance(table.rate, Column)
    assert LabelRule.parse("income=>50K")(table.rate).tolist()[:2] == [0, 1]
    assert "income" not in table.columns


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/New_York"])
def test_the_zone_of_times_that_name_none(zone: str, read: Read) -> None:
    days = [f"2017-{1 + i % 12:02}-{1 + i % 27:02}T{i % 24:02}:30:00" for i in range(60)]
    text = "u,when,y\n" + "".join(f"a{i % 9},{day},{i % 2}\n" for i, day in enumerate(days))
    table = read(text, zone=zone)
    local = [datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)) for day in days]
    assert table.time.tolist() == [int(each.timestamp()) for each in local]
    hour, weekday, month = (table.columns[name] for name in ("hour", "weekday", "month"))
    assert hour.values[hour.index].tolist() == [each.hour for each in local]
    assert weekday.values[weekday.index].tolist() == [each.weekday() for each in local]
    assert month.values[month.index].tolist() == [each.month for each in local]


def test_a_zone_of_unix_seconds_is_that_of_the_hour_alone(read: Read) -> None:
    table = read(PLAIN, **ROLES, zone="Asia/Seoul")
    hour = table.columns["hour"]
    assert table.time[0] == START
    assert hour.values[hour.index][0] == datetime.fromtimestamp(START, ZoneInfo("Asia/Seoul")).hour


def test_a_column_of_the_calendars_name_stays(read: Read) -> None:
    table = read(PLAIN.replace("u,i,t,p,y,x", "u,i,t,p,y,month"), **ROLES, categorical=["month"])
    assert words(table.columns["month"])[:3] == ["0", "13", "26"]


def test_a_day_without_hours_has_none(read: Read) -> None:
    text = "u,day,y\n" + "".join(f"a{i % 9},2017-07-{1 + i % 28:02},{i % 2}\n" for i in range(60))
    assert [*read(text).columns] == ["u", "weekday"]


def test_a_format_that_is_said(read: Read) -> None:
    text = "u,day,y\n" + "".join(f"a{i % 9},{1 + i % 28}.07.2017,{i % 2}\n" for i in range(60))
    assert read(text).time is None
    table = read(text, time="day", time_format="%d.%m.%Y")
    assert table.time[:2].tolist() == [1_498_867_200, 1_498_953_600]


def test_files_follow_one_another(read: Read, tmp_path: Path) -> None:
    head, *lines = PLAIN.splitlines(keepends=True)
    (tmp_path / "a.csv").write_text(head + "".join(lines[:40]))
    (tmp_path / "b.csv").write_text(head + "".join(lines[40:]))
    both = read(file=["a.csv", "b.csv"], **ROLES)
    whole = read(PLAIN, file="whole.csv", **ROLES)
    assert words(both.columns["u"]) == words(whole.columns["u"])
    turned = read(file=["b.csv", "a.csv"], **ROLES)
    assert words(turned.columns["u"]) == [f"u{i % 7}" for i in (*range(40, 60), *range(40))]
    parts = read(file=["a.csv", "b.csv"], parts=["test", "train"], **{**ROLES, "part": "none"})
    assert parts.part.tolist() == [2] * 40 + [0] * 20


def test_a_part_of_another_name_is_refused(read: Read) -> None:
    with pytest.raises(DataError, match="'p' holds 'eval2'; expected train, valid, test"):
        read(PLAIN.replace("TEST", "eval2"), **ROLES)


def test_what_is_left_out_is_not_read(read: Read) -> None:
    table = read(PLAIN.replace("u,i", "same,i").replace("u1,", "u0,"), label="y", part="none")
    assert "x" in table.columns
    constant = re.sub(r"\nu\d,", "\nu0,", PLAIN)
    assert "u" not in read(constant, label="y", user="none", item="i").columns
    kept = read(constant, label="y", user="none", item="i", only=["u"])
    assert words(kept.columns["u"]) == ["u0"] * 60


@pytest.mark.parametrize(
    ("cell", "separator", "values"),
    [
        ("a|b|a", "|", ["a", "b"]),
        (" a ; b ;; ", ";", ["a", "b"]),
        ("[1, 'x', \"\"]", "[,]", ["1", "x"]),
        ("a::b", "::", ["a", "b"]),
        ("", "|", []),
    ],
)
def test_lists_in_cells(cell: str, separator: str, values: list[str], read: Read) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    text = "u,tags,y\n" + "".join(f"a{i % 5},{quoted},{i % 2}\nb,q,0\n" for i in range(30))
    table = read(text, multi={"tags": separator}, label="y", only=["tags"])
    assert lists(table.columns["tags"])[:2] == [values, ["q"]]


LATE = "u,x,y\n" + "".join(f"a{i % 5},{i * 7 % 60},{i % 2}\n" for i in range(90))


@pytest.mark.usefixtures("shortsighted")
def test_a_number_that_turns_text_later_is_refused(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(LATE)
    (tmp_path / "b.csv").write_text("u,x,y\na,1,0\na,?,1\na,many,1\n")
    with pytest.raises(DataError) as error:
        read(file=["a.csv", "b.csv"])
    assert str(error.value) == "column 'x' holds 'many' in row 93; expected a number"
    assert error.value.hint == "--categorical x takes its values for categories"
    table = read(file=["a.csv", "b.csv"], categorical=["x"])
    assert words(table.columns["x"])[-3:] == ["1", "?", "many"]


@pytest.mark.usefixtures("shortsighted")
def test_a_label_that_turns_text_later_is_refused_with_a_way_on(read: Read, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(LATE)
    (tmp_path / "b.csv").write_text("u,x,y\na,1,yes\n")
    with pytest.raises(DataError, match="column 'y' holds 'yes' in row 91") as error:
        read(file=["a.csv", "b.csv"])
    assert error.value.hint.startswith("--categorical y ")
    table = read(file=["a.csv", "b.csv"], categorical=["y"])
    assert LabelRule.parse("y=yes")(table.rate).tolist() == [0] * 90 + [1]


@pytest.mark.usefixtures("shortsighted")
@pytest.mark.parametrize(
    ("cell", "found"),
    [
        ("150000000", "holds '150000000' in row 92"),
        ("1500000000000", "holds '1500000000000' in row 92"),
        ("soon", "holds 'soon' in row 92"),
        ("", "is empty in row 92"),
    ],
)
def test_a_time_that_is_none_later_is_refused(
    cell: str, found: str, read: Read, tmp_path: Path
) -> None:
    late = "".join(f"a{i % 5},{START + 977 * i},{i % 2}\n" for i in range(90))
    (tmp_path / "a.csv").write_text("u,ts,y\n" + late)
    (tmp_path / "b.csv").write_text(f"u,ts,y\na,{START},0\na,{cell},1\n")
    with pytest.raises(DataError) as error:
        read(file=["a.csv", "b.csv"])
    assert str(error.value) == f"time column 'ts' {found}; expected seconds of 1990 to 2099"
    assert error.value.hint == "--time none goes on without times"
    assert len(read(file=["a.csv", "b.csv"], time="none")) == 92


@pytest.mark.parametrize("holes", ["", "NA"])
@pytest.mark.parametrize("label", [("1", "0"), ("yes", "no")])
def test_rows_without_a_label_are_counted(holes: str, label: tuple[str, str], loaded: Load) -> None:
    cells = [*label, label[0], holes if label[0] == "1" else ""]
    text = "u,x,y\n" + "".join(f"a{i % 5},b{i % 7},{cells[i % 4]}\n" for i in range(200))
    found = loaded(text, label="y" if label[0] == "1" else "y=yes").audit
    assert (found["rows_read"], found["rows_dropped"], found["rows_unlabelled"]) == (200, 50, 50)
    assert found["positive_share"] == pytest.approx(2 / 3, abs=1e-6)


END = "u,i,n,tag,y\n" + rows(
    "{u},{m},{n},t{g},{y}",
    600,
    u=lambda i: f"u{i % 20}",
    m=lambda i: f"m{i * i % 31}",
    n=lambda i: "" if i % 10 == 0 else i * 37 % 501,
    g=lambda i: i if i % 50 == 0 else i % 3,
    y=lambda i: i * 7 % 5 // 4,
)
KEYS = {"user": "u", "item": "i", "label": "y"}


def test_values_of_few_rows_share_an_id(loaded: Load) -> None:
    plain, least = (loaded(END, **KEYS, min_count=n) for n in (1, 5))
    sizes = [{field.name: field.cardinality for field in each.fields} for each in (plain, least)]
    assert sizes[1]["tag"] == 3 + FIRST_VALUE < sizes[0]["tag"]
    assert [field.name for field in least.fields][-1] == "tag"
    ids = np.concatenate([part.ids[:, -1] for part in (least.train, least.valid, least.test)])
    assert (ids == UNSEEN).sum() == 11  # of the tags 50 to 550
    assert least.args["min_count"] == 5


def test_values_share_a_given_number_of_ids(loaded: Load) -> None:
    hashed = loaded(END, **KEYS, buckets=8)
    sizes = {field.name: field.cardinality for field in hashed.fields}
    assert {sizes[name] for name in ("u", "i", "tag")} == {8 + FIRST_VALUE}
    assert hashed.args["buckets"] == 8
    assert loaded(END, **KEYS, buckets=8).fingerprint == hashed.fingerprint


def test_numbers_are_binned_as_it_is_said(loaded: Load) -> None:
    quantiles, logs = (loaded(END, **KEYS, bins=bins) for bins in ("quantile", "log2"))
    found = [{field.name: field for field in each.fields}["n"] for each in (quantiles, logs)]
    assert [field.kind for field in found] == ["numeric", "numeric"]
    assert found[1].cardinality < 45 < found[0].cardinality  # ⌊ln² 500⌋ is 38
    assert logs.args["bins"] == "log2"


def test_numbers_are_values_as_it_is_said(loaded: Load) -> None:
    bins, values = (loaded(END, **KEYS, bins=bins) for bins in ("quantile", "number"))
    assert values.args["bins"] == "number"
    assert values.fingerprint != bins.fingerprint
    for of_bins, of_values in zip(bins.fields, values.fields, strict=True):
        if of_values.kind == "categorical":
            assert of_values == of_bins
    place = [field.name for field in values.fields].index("n")
    field, column = values.fields[place], columns(values.fields)[place].start
    assert (field.width, field.first_bin) == (1, FIRST_VALUE + 1)
    assert field.rows == field.first_bin + 1 < 100 < field.cardinality
    assert list(field.values) == sorted(field.values)
    seen = np.array(field.factors)[values.train.ids[:, column]]
    seen = seen[values.train.ids[:, column] >= field.first_bin]
    assert seen.mean() == pytest.approx(0, abs=1e-12)
    assert seen.std() == pytest.approx(1)
    again = loaded(END, **KEYS, bins="number")  # from the cache
    assert (again.fields, again.fingerprint) == (values.fields, values.fingerprint)


def test_negatives_are_sampled_end_to_end(loaded: Load, tmp_path: Path) -> None:
    pairs = sorted({(i % 20, i * i % 31) for i in range(300)})
    text = "user,item,y\n" + "".join(f"u{u},i{i},1\n" for u, i in pairs)
    with pytest.raises(DataError, match="positives alone define no click model"):
        loaded(text)
    dataset = loaded(text, negatives=2)
    assert dataset.audit["sampled_negatives"] == 2 * len(pairs)
    assert dataset.audit["rows_read"] == len(pairs)
    assert dataset.audit["positive_share"] == pytest.approx(1 / 3, abs=1e-6)
    for part in (dataset.train, dataset.valid, dataset.test):
        assert part.labels.sum() * 3 == len(part.labels)
    assert dataset.args["negatives"] == 2


RATES = "user,movie,rate,time\n" + rows(
    "{u},{m},{r},{t}",
    300,
    u=lambda i: 1 + i // 10,
    m=lambda i: 1000 + (i % 10) * 3 + i // 150,
    r=lambda i: 10 if i * 7 % 3 else 4,
    t=lambda i: START + 86_399 * i,
)


@pytest.mark.parametrize("split", ["random", "temporal", "leave-last"])
def test_kmrds_own_file_has_the_ids_of_its_own_reader(
    split: str, loaded: Load, tmp_path: Path
) -> None:
    (tmp_path / "rates.csv").write_text(RATES)
    where = Where(tmp_path, is_exact=True)
    said = {"split": split, "fields": "ids", "duplicates": "last", "label": "rate>9"}
    strict = load("ratings", resolve("ratings", said, where), where)
    general = loaded(file="rates.csv", **said)
    assert [(f.name, f.cardinality, f.role) for f in general.fields] == [
        (f.name, f.cardinality, f.role) for f in strict.fields
    ]
    for part in ("train", "valid", "test"):
        one, other = getattr(strict, part), getattr(general, part)
        assert np.array_equal(one.labels, other.labels)
        assert np.array_equal(one.times, other.times)
        for column in (0, 1):
            pairs = {*zip(one.ids[:, column].tolist(), other.ids[:, column].tolist(), strict=True)}
            assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})
    assert strict.audit["users"] == general.audit["users"] == 30
    assert strict.audit["parts"] == general.audit["parts"]

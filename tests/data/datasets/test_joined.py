"""Joined files against pandas' merge, and what is refused of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fmbench.data.columns import Column, Numbers
from fmbench.errors import DataError

from .conftest import Load, Read

ROWS = 120
RATINGS = "user_id,item_id,click\n" + "".join(
    f"u{i % 11},{100 + i * i % 23},{i % 3 // 2}\n" for i in range(ROWS)
)
ITEMS = "item_id,genres,price,title,shop,all\n" + "".join(
    f"{100 + i},{'|'.join('abc'[: 1 + i % 3])},{'' if i % 5 == 0 else i * 1.5},T{i},s{i % 4},same\n"
    for i in range(18)
)
USERS = "user_id\tage\tcity\n" + "".join(f"u{i}\t{20 + i % 4}\tc{i % 3}\n" for i in range(11))


def words(column: object) -> list[str]:
    assert isinstance(column, Column)
    assert column.words is not None
    return [column.words[i] for i in column.values[column.index].tolist()]


def test_files_of_items_and_users_against_pandas(read: Read, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(ITEMS)
    (tmp_path / "users.tsv").write_text(USERS)
    table = read(RATINGS, join=["items.csv", "users.tsv"])
    frame = pd.read_csv(tmp_path / "a.csv", dtype=str)
    for name, separator in (("items.csv", ","), ("users.tsv", "\t")):
        other = pd.read_csv(tmp_path / name, sep=separator, dtype=str)
        frame = frame.merge(other, how="left", validate="many_to_one")
    assert len(table) == len(frame) == ROWS
    # Titles tell each item apart, and `all` tells nothing.
    assert [*table.columns] == ["user_id", "item_id", "genres", "price", "shop", "age", "city"]
    for name in ("shop", "age", "city"):
        assert words(table.columns[name]) == frame[name].fillna("").tolist()
    assert "" in words(table.columns["shop"])  # of items that the file does not know
    price = table.columns["price"]
    assert isinstance(price, Numbers)
    assert np.array_equal(price.values, frame["price"].astype(float), equal_nan=True)
    genres = table.columns["genres"]
    found = [[genres.words[i] for i in row if i >= 0] for row in genres.values[genres.index]]
    cells = frame["genres"].fillna("")
    assert found == [[value for value in cell.split("|") if value] for cell in cells]


def test_the_tables_own_columns_stay(read: Read, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(ITEMS.replace("shop", "user_id").replace("price", "click"))
    table = read(RATINGS, join=["items.csv"])
    assert [*table.columns] == ["user_id", "item_id", "genres"]
    assert words(table.columns["user_id"])[:2] == ["u0", "u1"]


def test_a_side_file_of_one_row(read: Read, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("item_id,genres,price\n100,x,1.5\n")
    assert [*read(RATINGS, join=["items.csv"]).columns] == ["user_id", "item_id"]


def test_joined_fields_are_encoded_and_counted_as_a_case(loaded: Load, tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text(ITEMS)
    first = loaded(RATINGS, join=["items.csv"])
    assert {"genres", "price", "shop"} < {field.name for field in first.fields}
    (tmp_path / "items.csv").write_text(ITEMS.replace("s1", "s0"))
    second = loaded(RATINGS, join=["items.csv"])
    assert first.args["sha256"] != second.args["sha256"]
    assert first.fingerprint != second.fingerprint


REFUSED = {
    "two rows of an item": (
        ITEMS + "103,a,1,T,s1,same\n",
        "items.csv: item_id '103' has several rows; expected one each",
    ),
    "no column that is shared": (
        ITEMS.replace("item_id", "movie"),
        "items.csv: its columns are movie, genres, price, title, shop, all; expected one of the "
        "table's own: user_id, item_id",
    ),
    "other values": (
        ITEMS.replace("\n1", "\nmovie1"),
        "items.csv: its item_id has no value of the table's, which are such as '100'; expected",
    ),
    "a header alone": ("item_id,genres\n", "items.csv: only a header; expected rows below it"),
    "a short row": (ITEMS + "104,a\n", "items.csv:20: 2 values in '104,a'; expected 6"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_side_file_that_does_not_fit_is_refused(case: str, read: Read, tmp_path: Path) -> None:
    content, found = REFUSED[case]
    (tmp_path / "items.csv").write_text(content)
    with pytest.raises(DataError) as error:
        read(RATINGS, join=["items.csv"])
    assert found in str(error.value)


def test_a_side_file_that_is_not_there(loaded: Load) -> None:
    with pytest.raises(DataError, match=r"items\.csv: no such file"):
        loaded(RATINGS, join=["items.csv"])

"""Categories to ids against naive loops: vocabulary, minimum counts and hashing."""

import zlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbench.data.columns import ABSENT, Column, column_of
from fmbench.data.encoding.categories import Categories
from fmbench.fields import FIRST_VALUE, PADDING, UNSEEN

values = st.lists(st.integers(-1, 6), min_size=1, max_size=30)
lists = st.lists(st.lists(st.integers(0, 5), max_size=3), min_size=1, max_size=30)
counts = st.integers(1, 4)
text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=4)


def single(given: list[int]) -> Column:
    return column_of("c", given)  # type: ignore[return-value]


def multiple(given: list[list[int]], *, indexed: bool) -> Column:
    """Return a multi-valued column of lists that may repeat a value, two columns wide or more."""
    width = max(2, max(map(len, given)))
    matrix = np.full((len(given), width), ABSENT)
    for row, of in zip(matrix, given, strict=True):
        row[: len(of)] = of
    if not indexed:
        return Column(matrix)
    distinct, index = np.unique(matrix, axis=0, return_inverse=True)
    return Column(distinct, index.ravel())


def train_of(n: int) -> np.ndarray:
    """Return two thirds of the rows, or the only one."""
    return np.flatnonzero(np.arange(n) % 3 != 2)


@given(values, counts)
def test_a_value_of_enough_training_rows_has_an_id(given: list[int], least: int) -> None:
    train = train_of(len(given))
    rows = Counter(given[row] for row in train)
    known = sorted(value for value, count in rows.items() if count >= least)
    found = Categories.fit("c", single(given), train, min_count=least)
    assert found.field.cardinality == len(known) + FIRST_VALUE
    ids = found.ids(np.arange(len(given)))
    expected = [known.index(v) + FIRST_VALUE if v in known else UNSEEN for v in given]
    assert ids.tolist() == [[each] for each in expected]


@given(lists, counts, st.booleans())
def test_a_value_counts_once_a_row(given: list[list[int]], least: int, indexed: bool) -> None:
    train = train_of(len(given))
    rows = Counter(value for row in train for value in set(given[row]))
    known = sorted(value for value, count in rows.items() if count >= least)
    found = Categories.fit("c", multiple(given, indexed=indexed), train, min_count=least)
    assert found.field.cardinality == len(known) + FIRST_VALUE
    ids = found.ids(np.arange(len(given)))
    for row, of in enumerate(given):
        expected = [known.index(v) + FIRST_VALUE if v in known else UNSEEN for v in of]
        assert ids[row].tolist() == expected + [PADDING] * (found.field.width - len(of))


@given(st.lists(text, min_size=1, max_size=20), st.integers(2, 9))
def test_words_are_hashed_by_what_they_are_called(given: list[str], buckets: int) -> None:
    found = Categories.fit("c", single(given), train_of(len(given)), buckets=buckets)  # type: ignore[arg-type]
    assert found.field.cardinality == buckets + FIRST_VALUE
    expected = [zlib.crc32(word.encode()) % buckets + FIRST_VALUE for word in given]
    assert found.ids(np.arange(len(given))).ravel().tolist() == expected


@given(lists, st.integers(2, 9))
def test_numbers_in_lists_are_hashed_and_holes_stay_padding(
    given: list[list[int]], buckets: int
) -> None:
    found = Categories.fit(
        "c", multiple(given, indexed=False), train_of(len(given)), buckets=buckets
    )
    ids = found.ids(np.arange(len(given)))
    for row, of in enumerate(given):
        expected = [zlib.crc32(str(value).encode()) % buckets + FIRST_VALUE for value in of]
        assert ids[row].tolist() == expected + [PADDING] * (found.field.width - len(of))


def test_a_bucket_does_not_hang_on_which_rows_there_are() -> None:
    few, many = (single(given) for given in (["b", "d"], ["a", "b", "c", "d"]))  # type: ignore[list-item]
    one = Categories.fit("c", few, np.arange(1), buckets=1000).ids(np.arange(2))
    two = Categories.fit("c", many, np.arange(4), buckets=1000).ids(np.array([1, 3]))
    assert one.tolist() == two.tolist()


@pytest.mark.parametrize("least", [1, 5])
def test_without_a_value_that_is_known_all_are_unseen(least: int) -> None:
    column = single(["a", "b", "a"])  # type: ignore[list-item]
    train = np.arange(0 if least == 1 else 3)
    found = Categories.fit("c", column, train, min_count=least)
    assert found.field.cardinality == FIRST_VALUE
    assert found.ids(np.arange(3)).tolist() == [[UNSEEN]] * 3

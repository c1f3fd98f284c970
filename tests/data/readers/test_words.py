"""A column's texts are distinct, and stand in the order of their first appearance."""

import numpy as np
import pyarrow
import pytest

from fmbench.data.readers.words import HOLE, Words


def test_values_are_renumbered_as_rows_have_them() -> None:
    values = ["a", "", "b", None, "a", "unused"]
    words = Words.coded(values, np.array([2, 1, 4, -1, 0, 3, 2]))
    assert words.texts == ["b", "a"]
    assert words.codes.tolist() == [0, HOLE, 1, HOLE, 1, HOLE, 0]
    assert words.codes.dtype == np.int32


def test_cells_are_numbered_as_they_come() -> None:
    words = Words.of(["b", None, "a", "", "b"])
    assert (words.texts, words.codes.tolist()) == (["b", "a"], [0, HOLE, 1, HOLE, 0])
    assert words.codes.dtype == np.int32


def test_a_column_may_be_holes_alone() -> None:
    assert Words.coded([None], np.zeros(2, np.int8)).codes.tolist() == [HOLE, HOLE]
    assert Words.coded([], np.array([-1])).codes.tolist() == [HOLE]
    assert Words.of([]).codes.tolist() == []


@pytest.mark.parametrize("arrow", [False, True])
def test_a_whole_number_with_a_point_is_the_number(arrow: bool) -> None:
    texts = ["7.0", "7", "07", "7.50", "-3.00", "1.0.0", "x"]
    held = pyarrow.array(texts) if arrow else texts
    codes = np.array([0, 1, 2, 3, 4, 5, 6, HOLE], np.int32)
    words = Words(held, codes).whole()
    shown = [words.texts[code] if code != HOLE else None for code in words.codes]
    assert shown == ["7", "7", "07", "7.50", "-3", "1.0.0", "x", None]
    assert len({*words.texts}) == len(words.texts)
    plain = Words(["a", "b"], codes[:2])
    assert plain.whole() is plain

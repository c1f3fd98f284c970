"""A column's texts are distinct, and stand in the order of their first appearance."""

import numpy as np

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

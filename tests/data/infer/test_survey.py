"""The survey against naive counting: texts, holes, numbers, and how many rows are looked at."""

import math
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbench.data.infer.survey import survey
from fmbench.data.readers.words import Chunk, Words

from .conftest import column

cells = st.sampled_from([None, "", "a", "1", "01", "1.5", "NA", "나"])
chunks = st.lists(st.lists(cells, min_size=1, max_size=5), min_size=1, max_size=5)


def chunk(texts: list[str | None], at: int) -> Chunk:
    return Chunk({"x": Words.of(texts), "y": Words.of(["same"] * len(texts))}, (at, at + 1))


@settings(deadline=None, max_examples=60)
@given(chunks)
def test_chunks_against_a_naive_count(given: list[list[str | None]]) -> None:
    found = survey([chunk(texts, i) for i, texts in enumerate(given)], ["x", "y"])
    flat = [text or "" for texts in given for text in texts]
    seen = found.columns["x"]
    assert dict(seen.counts) == Counter(flat)
    assert [list(seen.counts)[code] for code in seen.codes] == flat
    assert (seen.rows, found.rows, found.is_whole) == (len(flat), len(flat), True)
    assert (seen.holes, seen.texts) == (flat.count(""), [t for t in seen.counts if t])
    assert seen.is_constant == (len({*flat}) == 1)
    assert seen.is_unique == (len({*flat}) == len(flat) > 1)
    assert [flat.count(text) for text in seen.examples] == sorted(
        (n for text, n in Counter(flat).items() if text), reverse=True
    )[:3]
    assert found.columns["y"].is_constant


def test_whole_chunks_are_looked_at_until_there_are_enough() -> None:
    read = 0

    def chunks() -> Iterator[Chunk]:
        nonlocal read
        for read in range(1, 9):
            yield chunk(["a", "b", "c"], read)

    found = survey(chunks(), ["x", "y"], most=5)
    assert (found.rows, found.is_whole, read) == (6, False, 3)
    assert survey([chunk(["a"] * 5, 0)], ["x", "y"], most=5).is_whole


NUMBERS: dict[str, tuple[list[str | None], list[float] | None, bool]] = {
    "whole": (["1", "-2", "+3", "007"], [1, -2, 3, 7], True),
    "whole floats": (["1.0", "2.", "3e2"], [1, 2, 300], True),
    "fractions": (["1", ".5", "1e-3"], [1, 0.5, 0.001], False),
    "holes": (["1", None, "NA", "?", "-", r"\N", "nan"], [1] + [math.nan] * 6, True),
    "holes alone": ([None, "NA"], None, False),
    "text": (["1", "one"], None, False),
    "hexadecimal": (["0x1f"], None, False),
    "underscores": (["1_000"], None, False),
    "commas": (["1,5"], None, False),
    "infinite": (["1", "inf"], None, False),
    "other digits": (["１"], None, False),
    "blanks": ([" 1"], None, False),
}


@pytest.mark.parametrize("case", NUMBERS)
def test_what_counts_as_a_column_of_numbers(case: str) -> None:
    texts, values, is_whole = NUMBERS[case]
    seen = column(texts)
    if values is None:
        assert seen.numbers is None
        assert seen.is_key
    else:
        assert np.array_equal(seen.numbers, values, equal_nan=True)
        assert seen.is_key is is_whole
    assert seen.is_whole is is_whole

"""Numbers to ids against a naive loop: bins, levels, holes, and who decides the edges."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbench.data.columns import Numbers
from fmbench.data.encoding import numbers
from fmbench.data.encoding.numbers import COARSE, FINE, Bins
from fmbench.fields import FIRST_VALUE, UNSEEN

NAN = math.nan
quantities = st.lists(
    st.one_of(
        st.floats(allow_nan=True, allow_infinity=True),
        st.integers(-3, 3).map(float),
    ),
    min_size=2,
    max_size=60,
)


def column(values: list[float]) -> Numbers:
    return Numbers(np.array(values, dtype=np.float64))


def edges_of(known: list[float], bins: int) -> list[float]:
    """Return each value, or where they are many the least of each share of the ordered rows."""
    if len(set(known)) <= bins:
        return sorted(set(known)) or [0.0]
    ordered = sorted(known)
    return sorted({ordered[len(ordered) * i // bins] for i in range(bins)})


def log2(value: float) -> float:
    if value > 2:
        return math.inf if math.isinf(value) else math.floor(math.log(value) ** 2)
    return value if math.isinf(value) else math.floor(value)


def place(value: float, edges: list[float]) -> int:
    return max(sum(edge <= value for edge in edges) - 1, 0)


@given(quantities, st.sampled_from(["quantile", "log2"]))
def test_ids_against_a_naive_loop(values: list[float], bins: str) -> None:
    train = np.arange(len(values) // 2 + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbers, "FINE", 8)
        patch.setattr(numbers, "COARSE", 4)
        found = Bins.fit("n", column(values), train, bins=bins)
    known = [values[row] for row in train if not math.isnan(values[row])]
    missing = len(known) < len(train)
    if bins == "log2":
        levels = [sorted({log2(value) for value in known}) or [0.0]]
    else:
        levels = [edges_of(known, 8)]
        if len(levels[0]) > 4:
            levels.append(edges_of(known, 4))
    assert (found.field.width, found.field.kind) == (len(levels), "numeric")
    assert found.field.cardinality == FIRST_VALUE + missing + sum(map(len, levels))
    ids = found.ids(np.arange(len(values)))
    assert ids.max() < found.field.cardinality
    for value, row in zip(values, ids.tolist(), strict=True):
        if math.isnan(value):
            assert row == [FIRST_VALUE if missing else UNSEEN] * len(levels)
            continue
        start, seen = FIRST_VALUE + missing, log2(value) if bins == "log2" else value
        for level, each in zip(levels, row, strict=True):
            assert each == start + place(seen, level)
            seen, start = level[place(seen, level)], start + len(level)


def test_many_numbers_have_fine_bins_and_coarse_ones_of_equal_rows() -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=40_000)
    found = Bins.fit("n", Numbers(values), np.arange(32_000), bins="quantile")
    assert found.field.width == 2
    assert found.field.cardinality == FIRST_VALUE + FINE + COARSE
    ids = found.ids(np.arange(32_000))
    for level, n in enumerate((FINE, COARSE)):
        _, rows = np.unique(ids[:, level], return_counts=True)
        assert len(rows) == n
        assert abs(rows - 32_000 / n).max() <= 2
    order = np.argsort(values[:32_000])
    assert (np.diff(ids[order], axis=0) >= 0).all()


def test_training_rows_alone_decide_the_edges() -> None:
    values = np.random.default_rng(0).normal(size=3_000)
    train, rest = np.arange(2_000), np.arange(2_000, 3_000)
    found = Bins.fit("n", Numbers(values), train, bins="quantile")
    changed = values.copy()
    changed[rest] = 1e9 * changed[rest]
    changed[2_500] = NAN
    other = Bins.fit("n", Numbers(changed), train, bins="quantile")
    assert found.field == other.field
    assert (found.ids(train) == other.ids(train)).all()
    assert other.ids(np.array([2_500])).tolist() == [[UNSEEN, UNSEEN]]


def test_what_lies_beyond_the_training_rows_is_in_the_outer_bins() -> None:
    values = [1.0, 2.0, 3.0, -math.inf, -5.0, 2.5, 99.0, math.inf]
    found = Bins.fit("n", column(values), np.arange(3), bins="quantile")
    assert found.ids(np.arange(8)).ravel().tolist() == [2, 3, 4, 2, 2, 3, 4, 4]


@pytest.mark.parametrize("bins", ["quantile", "log2"])
@pytest.mark.parametrize("values", [[7.0] * 5, [NAN] * 3 + [1.0, 9.0], [NAN] * 5])
def test_a_column_that_training_tells_nothing_of(values: list[float], bins: str) -> None:
    found = Bins.fit("n", column(values), np.arange(3), bins=bins)
    missing = math.isnan(values[0])
    assert (found.field.width, found.field.cardinality) == (1, FIRST_VALUE + missing + 1)
    expected = [FIRST_VALUE + (missing and not math.isnan(value)) for value in values]
    assert found.ids(np.arange(5)).ravel().tolist() == expected


def test_the_winners_rule_by_hand() -> None:
    values = [-1.5, 0.0, 1.9, 2.0, 2.5, 20.0, 1e6]
    found = Bins.fit("n", column(values), np.arange(7), bins="log2")
    assert found.edges.tolist() == [-2, 0, 1, 2, 8, 190]
    assert found.ids(np.arange(7)).ravel().tolist() == [2, 3, 4, 5, 3, 6, 7]


def test_a_hole_in_a_row_that_the_sample_leaves_out_counts_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(numbers, "_SAMPLE", 10)
    values = np.arange(40.0)
    values[39] = NAN
    assert Bins.fit("n", Numbers(values), np.arange(40), bins="quantile").field.first_bin == 3
    none = np.where(np.arange(40) % 5 == 0, NAN, 1.0)
    found = Bins.fit("n", Numbers(none), np.arange(40), bins="log2")
    assert found.ids(np.arange(40)).max() < found.field.cardinality

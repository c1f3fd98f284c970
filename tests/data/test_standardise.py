"""The values of a number's bins, against a loop over its training rows."""

import math
from itertools import pairwise
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbench.data.columns import Numbers
from fmbench.data.encoding import numbers
from fmbench.data.encoding.numbers import FINEST, Bins
from fmbench.data.encoding.standardise import standardised
from fmbench.data.splits import split
from fmbench.fields import FIRST_VALUE, UNSEEN

NAN = math.nan
quantities = st.lists(
    st.one_of(
        st.just(NAN), st.floats(-1e6, 1e6).map(lambda v: round(v, 3)), st.integers(-3, 3).map(float)
    ),
    min_size=2,
    max_size=60,
)


def fit(values: list[float], train: int) -> Bins:
    return Bins.fit("n", Numbers(np.array(values)), np.arange(train), bins="number")


@given(quantities)
def test_values_against_a_loop(values: list[float]) -> None:
    train = len(values) // 2 + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbers, "FINEST", 8)
        found = fit(values, train)
    field, ids = found.field, found.ids(np.arange(len(values))).ravel()
    assert (field.width, len(field.values)) == (1, field.cardinality - field.first_bin)
    members = [
        [v for v, i in zip(values[:train], ids, strict=False) if i == field.first_bin + place]
        for place in range(len(field.values))
    ]
    known = [v for v in values[:train] if not math.isnan(v)]
    assert sum(map(len, members)) == len(known)
    means = [fmean(each) if each else 0.0 for each in members]
    centre = fmean(known) if known else 0.0
    spread = math.sqrt(
        sum(len(m) * (v - centre) ** 2 for m, v in zip(members, means, strict=True))
        / max(len(known), 1)
    )
    if len({*known}) < 2:
        assert set(field.values) == {0.0}
        return
    error = 1e-9 * max(map(abs, known)) / spread
    for mean, value in zip(means, field.values, strict=True):
        assert value == pytest.approx((mean - centre) / spread, rel=1e-9, abs=error)


def test_few_distinct_numbers_stay_what_they_are() -> None:
    random = np.random.default_rng(0)
    values = random.integers(0, 4_000, 50_000) / 7
    found = Bins.fit("n", Numbers(values), np.arange(50_000), bins="number")
    seen = np.array(found.field.factors)[found.ids(np.arange(50_000)).ravel()]
    assert seen == pytest.approx((values - values.mean()) / values.std(), abs=1e-9)


def test_many_are_rounded_to_4096_and_the_order_stays() -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=60_000)
    found = Bins.fit("n", Numbers(values), np.arange(50_000), bins="number")
    assert len(found.field.values) == FINEST
    assert all(a < b for a, b in pairwise(found.field.values))
    ids = found.ids(np.arange(60_000)).ravel()
    assert (np.diff(ids[np.argsort(values)]) >= 0).all()
    seen = np.array(found.field.factors)[ids[:50_000]]
    assert seen.mean() == pytest.approx(0, abs=1e-12)
    assert seen.std() == pytest.approx(1, abs=1e-12)
    exact = (values[:50_000] - values[:50_000].mean()) / values[:50_000].std()
    assert np.abs(seen - exact).mean() < 0.001


def test_training_rows_alone_decide_and_what_is_beyond_them_is_at_their_ends() -> None:
    found, other = fit([0.0, 1.0, 2.0, 1.5], 3), fit([0.0, 1.0, 2.0, 1e9], 3)
    assert found.field == other.field
    assert other.ids(np.array([2, 3])).ravel().tolist() == [FIRST_VALUE + 2] * 2
    assert found.field.values == pytest.approx((-math.sqrt(1.5), 0, math.sqrt(1.5)))


def test_a_hole_is_no_number() -> None:
    found = fit([NAN, 1.0, 3.0, NAN], 3)
    assert (found.field.first_bin, found.field.values) == (FIRST_VALUE + 1, (-1.0, 1.0))
    assert found.field.factors == (1.0, 1.0, 1.0, -1.0, 1.0)
    assert found.ids(np.arange(4)).ravel().tolist() == [2, 3, 4, 2]
    assert fit([1.0, 3.0, NAN], 2).ids(np.array([2])).tolist() == [[UNSEEN]]


@pytest.mark.parametrize("values", [[0.1] * 7, [NAN] * 7, [math.inf] * 7])
def test_numbers_that_do_not_differ_say_nothing(values: list[float]) -> None:
    assert fit(values, 7).field.values == (0.0,)


@pytest.mark.parametrize("values", [[1.7e308, -1.7e308, 0.0], [math.inf, -math.inf, 0.0, 1.0]])
def test_the_largest_numbers_have_values_too(values: list[float]) -> None:
    found = fit(values, len(values)).field.values
    assert np.isfinite(found).all()
    assert list(found) == sorted(found)
    assert found[0] == -found[-1] < -1.1 or len(values) == 4


def test_the_last_bit_does_not_hang_on_how_rows_come(monkeypatch: pytest.MonkeyPatch) -> None:
    column = Numbers(np.random.default_rng(0).normal(size=5_000))
    edges, train = np.linspace(-3, 3, 9), np.arange(5_000)
    whole = standardised(column, train, edges)
    monkeypatch.setattr(split, "CHUNK", 77)
    assert standardised(column, train, edges) == whole

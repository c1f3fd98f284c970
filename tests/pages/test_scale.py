"""Scales and the round values at their marks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbench.pages.scale import Scale, fitted, short, written


def test_places_are_in_proportion() -> None:
    assert [Scale(0, 10, 100, 200)(x) for x in (0, 5, 10)] == [100, 150, 200]
    assert [Scale(1, 100, 0, 50, True)(x) for x in (1, 10, 100)] == [0, 25, 50]
    assert Scale(0, 1, 200, 100)(0.25) == 175  # a vertical axis points up


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.7874, 0.8002, [0.79, 0.795, 0.8]),
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (-0.0121, 0.0012, [-0.01, -0.005, 0]),
    ],
)
def test_marks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert Scale(low, high, 0, 1).ticks() == pytest.approx(ticks)


def test_marks_of_a_logarithmic_axis() -> None:
    assert Scale(4e5, 3e6, 0, 1, True).ticks() == pytest.approx([5e5, 1e6, 2e6])
    assert Scale(1, 1e6, 0, 1, True).ticks() == pytest.approx([10.0**n for n in range(7)])
    assert [short(x) for x in (5e5, 2e6, 0.3, 7)] == ["500k", "2M", "0.3", "7"]
    assert [written(0.79, 0.005), written(-2, 1)] == ["0.790", "−2"]
    assert [written(0.7925, 0.0025), written(0.3, 0.1), written(50, 25)] == ["0.7925", "0.3", "50"]


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=5))
def test_whatever_the_values_they_are_within_the_axis(values: list[float]) -> None:
    scale = fitted(values, 0, 100)
    assert all(0 <= scale(value) <= 100 for value in values)
    assert 1 <= len(scale.ticks()) <= 8


@given(st.lists(st.floats(1e-4, 1e9), min_size=1, max_size=5))
def test_and_so_they_are_on_a_logarithmic_one(values: list[float]) -> None:
    scale = fitted(values, 0, 100, is_log=True)
    assert all(0 <= scale(value) <= 100 for value in values)
    assert 1 <= len(scale.ticks()) <= 16


@pytest.mark.parametrize("values", [[], [float("nan")], [0.5], [0.0, 0.0]])
def test_nothing_to_show_and_one_value_are_no_error(values: list[float]) -> None:
    assert fitted(values, 0, 100).ticks()

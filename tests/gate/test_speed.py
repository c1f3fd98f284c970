import math
from collections.abc import Callable

import numpy as np
import pytest

from fmbench.errors import EnvironmentFault
from fmbench.gate import speed
from fmbench.gate.speed import Noise, Timed

METRIC = "train_samples_per_s"
CELLS = 45

Shown = Callable[[str, object], None]


def session(
    random: np.random.Generator,
    n: int,
    *,
    deviation: float,
    slower: float = 0.0,
    cells: int = CELLS,
) -> dict[tuple[str, str], list[Timed]]:
    """Return pairs of a machine that drifts by 10 %, where 3 % of processes lose a fifth.

    `slower` is by how much the first cell of new takes longer.
    """
    drift = np.exp(0.1 * random.normal(size=(n, cells)))
    sides = np.exp(deviation / math.sqrt(2) * random.normal(size=(2, n, cells)))
    sides /= np.where(random.random((2, n, cells)) < 0.03, 1.2, 1.0)
    sides[1, :, 0] /= 1 + slower
    base, new = 1e6 * drift * sides
    return {
        (f"m{c}", METRIC): [
            Timed(float(base[i, c]), float(new[i, c]), i % 2 == 0) for i in range(n)
        ]
        for c in range(cells)
    }


def verdicts(
    random: np.random.Generator, n: int, *, deviation: float, slower: float = 0.0
) -> dict[str, str]:
    ledger = {(f"m{c}", METRIC): Noise(deviation**2, 40) for c in range(CELLS)}
    first = session(random, n, deviation=deviation, slower=slower)
    again = session(random, n, deviation=deviation, slower=slower)
    fresh = {key: again[key] for key in speed.look_again(first, ledger)}
    return {cell.name: cell.verdict for cell in speed.decide(first, fresh, ledger)}


@pytest.mark.parametrize(("deviation", "n"), [(0.02, 10), (0.04, 15)])
def test_equal_code_is_not_called_slower_and_slower_code_is(
    deviation: float, n: int, record_property: Shown
) -> None:
    random = np.random.default_rng(0)
    checks = 40
    alarms = sum(
        "REGRESSED" in verdicts(random, n, deviation=deviation).values() for _ in range(checks)
    )
    hits = sum(
        verdicts(random, n, deviation=deviation, slower=0.1)["m0"] == "REGRESSED"
        for _ in range(checks)
    )
    record_property(
        "shown",
        f"gate: at {100 * deviation:g} % a process {alarms} false alarms in {checks} checks of "
        f"{CELLS} cells, +10 % found in {hits} of {checks}, {n} + {n} pairs",
    )
    assert alarms == 0
    assert hits >= 0.9 * checks


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("deviation", "n"), [(0.02, 10), (0.04, 15)])
def test_speed_cries_wolf_in_one_check_of_a_hundred_at_most(
    deviation: float, n: int, record_property: Shown
) -> None:
    random = np.random.default_rng(1)
    checks = 473
    alarms = sum(
        "REGRESSED" in verdicts(random, n, deviation=deviation).values() for _ in range(checks)
    )
    trials = 124
    hits = sum(
        verdicts(random, n, deviation=deviation, slower=0.1)["m0"] == "REGRESSED"
        for _ in range(trials)
    )
    record_property(
        "shown",
        f"gate: at {100 * deviation:g} % a process {alarms} false alarms in {checks} checks, "
        f"+10 % found in {hits} of {trials}",
    )
    assert alarms <= 1
    assert hits >= 122


def test_swapping_base_and_new_mirrors_every_verdict() -> None:
    mirror = {"REGRESSED": "IMPROVED", "IMPROVED": "REGRESSED"}
    seen = set()
    for seed in range(20):
        random = np.random.default_rng(seed)
        slower = random.choice([-0.1, 0.0, 0.04, 0.1])
        first, again = (
            session(random, 10, deviation=0.02, slower=slower, cells=4) for _ in range(2)
        )

        def judge(a: speed.Pairs, b: speed.Pairs) -> dict[str, str]:
            fresh = {key: b[key] for key in speed.look_again(a, {})}
            return {cell.name: cell.verdict for cell in speed.decide(a, fresh, {})}

        there = judge(first, again)
        back = judge(swapped(first), swapped(again))
        assert back == {name: mirror.get(verdict, verdict) for name, verdict in there.items()}
        seen |= set(there.values())
    assert seen >= {"REGRESSED", "IMPROVED", "EQUIVALENT"}


def swapped(pairs: speed.Pairs) -> speed.Pairs:
    return {
        key: [Timed(p.new, p.base, not p.is_base_first) for p in each]
        for key, each in pairs.items()
    }


def test_an_interrupted_process_moves_neither_mean_nor_error() -> None:
    quiet = [Timed(1.0, 1.0 + 0.001 * (i % 3), i % 2 == 0) for i in range(10)]
    hit = [*quiet[:-1], Timed(1.0, 2.0, False)]
    for paired in (speed.estimate(quiet), speed.estimate(hit)):
        assert abs(paired.mean - 0.001) < 0.0005
        assert paired.error < 0.0006
        assert (paired.n, paired.freedom) == (10, 7)


def test_the_ledger_weighs_as_much_as_it_knows() -> None:
    pairs = [Timed(1.0, math.exp(0.01 * (-1) ** i), i % 2 == 0) for i in range(10)]
    alone = speed.estimate(pairs)
    known = speed.estimate(pairs, Noise(0.04**2, 93))
    assert known.freedom == alone.freedom + 93 == 100
    assert known.variance == pytest.approx(0.07 * alone.variance + 0.93 * 0.04**2)
    assert known.mean == alone.mean


@pytest.mark.parametrize(("deviation", "pairs"), [(None, 10), (0.03, 10), (0.031, 15)])
def test_a_noisier_machine_takes_more_pairs(deviation: float | None, pairs: int) -> None:
    noise = None if deviation is None else Noise(deviation**2, 9)
    assert speed.pairs_needed(noise) == pairs


def steady(ratio: float, *, second: float = 1.0, n: int = 10) -> list[Timed]:
    """Return pairs with a little scatter, in which what runs second measures `second` times."""
    jitter = np.exp(0.002 * np.random.default_rng(0).normal(size=n))
    return [
        Timed(
            1.0 if i % 2 == 0 else second,
            ratio * float(x) * (second if i % 2 == 0 else 1.0),
            i % 2 == 0,
        )
        for i, x in enumerate(jitter)
    ]


@pytest.mark.parametrize(
    ("control", "cells", "words"),
    [
        (steady(1.05), steady(1.0), r"a kernel that no change touches is \+5.0 % in new"),
        (steady(1.0), steady(1.0, second=0.9), r"what ran second measured -10.\d % *, whichever"),
        (
            [Timed(1.0, math.exp(0.1 * (-1) ** i), True) for i in range(10)],
            steady(1.0),
            r"equal code differs by 1\d.\d % from process to process here",
        ),
    ],
    ids=["control", "order", "noise"],
)
def test_a_machine_that_decides_itself_is_refused(
    control: list[Timed], cells: list[Timed], words: str
) -> None:
    with pytest.raises(EnvironmentFault, match=words):
        speed.refuse_noise(control, {("m", METRIC): cells})


def pairs_before_refusal(random: np.random.Generator, deviation: float, planned: int) -> int:
    """Return how many control pairs are taken; all that are planned where none refuses."""
    ratios = np.exp(deviation * random.normal(size=planned))
    control = [Timed(1.0, float(ratio), i % 2 == 0) for i, ratio in enumerate(ratios)]
    for n in range(1, planned + 1):
        try:
            speed.refuse_early(control[:n], planned)
        except EnvironmentFault as refused:
            assert "% from process to process here" in str(refused)
            return n
    return planned


def test_what_is_surely_too_noisy_is_refused_early_and_nothing_else_is() -> None:
    random = np.random.default_rng(0)
    tried = 200
    bad = [pairs_before_refusal(random, 0.3, 50) for _ in range(tried)]
    assert min(bad) >= speed.FEWEST
    assert np.mean(bad) < 8
    fair = [pairs_before_refusal(random, speed.TOO_NOISY, 20) for _ in range(tried)]
    assert fair == [20] * tried


def test_a_quiet_machine_is_not_refused_for_what_the_change_did() -> None:
    speed.refuse_noise(steady(1.0), {("m", METRIC): steady(0.8)})


def test_a_shift_of_all_cells_is_one_finding() -> None:
    random = np.random.default_rng(0)
    pairs = session(random, 10, deviation=0.001)
    shifted = {
        key: [Timed(p.base, 0.97 * p.new, p.is_base_first) for p in each]
        for key, each in pairs.items()
    }
    assert speed.uniform_shift(speed.decide(pairs, {}, {})) == ""
    assert speed.uniform_shift(speed.decide(shifted, {}, {})).startswith("100 % of 45 cells")


def test_nothing_is_claimed_that_fresh_pairs_do_not_confirm() -> None:
    first = {("m", METRIC): steady(0.8)}
    assert speed.look_again(first, {}) == [("m", METRIC)]
    scattered = [Timed(1.0, 1.4 if i % 2 else 0.7, i % 4 < 2) for i in range(10)]
    for again in ({}, {("m", METRIC): scattered}, {("m", METRIC): steady(1.3)}):
        (cell,) = speed.decide(first, again, {})
        assert cell.verdict == "INCONCLUSIVE"
        assert cell.why.endswith("pairs would settle it")
    assert speed.decide(first, first, {})[0].verdict == "REGRESSED"


def test_numbers_are_those_of_the_metric() -> None:
    pairs = {("m", METRIC): steady(0.8)}
    (cell,) = speed.decide(pairs, pairs, {})
    assert cell.verdict == "REGRESSED"
    assert (cell.base, cell.new) == (1.0, pytest.approx(0.8, rel=0.01))
    assert cell.change == pytest.approx(-0.2, rel=0.02)
    assert cell.low is not None and cell.high is not None and cell.low < -0.2 < cell.high
    latency = {("m", "predict_latency_p50_ms"): steady(0.8)}
    assert speed.decide(latency, latency, {})[0].verdict == "IMPROVED"

"""How often the gate cries wolf, and how often it misses one: by simulation at KMRD-small's spread.

Seeds of `lr`, `deepfm` and `wide_deep` (user and movie ids, random split, 12 of each) scatter as
SPREADS has it; PAIRED is what is left of that between two runs with common seeds, L2 5 % apart.
"""

import re
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import beta

from fmbench.gate.gates import GATES
from fmbench.gate.seeds import Question, judge

METRICS = ("auc", "logloss")
MEANS = {"auc": 0.79, "logloss": 0.5}
SPREADS = {
    "lr": {"auc": 0.0003, "logloss": 0.0003},
    "deepfm": {"auc": 0.0012, "logloss": 0.0019},
    "wide_deep": {"auc": 0.0022, "logloss": 0.0028},
}
"""Standard deviations of a single seed."""
PAIRED = {
    "lr": {"auc": 0.00003, "logloss": 0.00002},
    "deepfm": {"auc": 0.0012, "logloss": 0.0011},
    "wide_deep": {"auc": 0.0014, "logloss": 0.0014},
}
"""Standard deviations of a seed's difference."""
CELLS = 45
SEEDS = 10
WORSE = {"auc": -0.002, "logloss": +0.0025}

Shown = Callable[[str, object], None]
Random = np.random.Generator


def cell(
    random: Random, model: str, shift: dict[str, float], *, common: bool
) -> Iterator[Question]:
    """Yield a question for each metric of a cell; AUC and logloss move against one another."""
    seeds = range(SEEDS)
    shared = random.normal(size=(2, SEEDS))
    for metric in METRICS:
        sign = 1 if metric == "auc" else -1
        noise = [sign * (0.9 * shared[i] + 0.44 * random.normal(size=SEEDS)) for i in (0, 1)]
        base = MEANS[metric] + SPREADS[model][metric] * noise[0]
        if common:
            new = base + PAIRED[model][metric] * noise[1]
        else:
            new = MEANS[metric] + SPREADS[model][metric] * noise[1]
        new = new + shift.get(metric, 0.0)
        yield Question(
            GATES[metric],
            dict(zip(seeds, base.tolist(), strict=True)),
            dict(zip(seeds if common else range(SEEDS, 2 * SEEDS), new.tolist(), strict=True)),
        )


def upper_bound(alarms: int, checks: int) -> float:
    """Return the share that 95 % confidence leaves possible (Clopper and Pearson, 1934)."""
    return float(beta.ppf(0.95, alarms + 1, checks - alarms))


def alarms(checks: int, *, common: bool) -> int:
    """Count the checks of nothing but unchanged cells that call any a regression."""
    random = np.random.default_rng(0)
    found = 0
    for _ in range(checks):
        models = (list(SPREADS)[i % len(SPREADS)] for i in range(CELLS))
        questions = [q for model in models for q in cell(random, model, {}, common=common)]
        found += any(answer.verdict == "REGRESSED" for answer in judge(questions))
    return found


@pytest.mark.parametrize("common", [True, False], ids=["common seeds", "different seeds"])
def test_few_checks_of_unchanged_cells_raise_no_alarm(common: bool) -> None:
    assert alarms(25, common=common) <= 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("common", [True, False], ids=["common seeds", "different seeds"])
def test_at_most_one_check_in_a_hundred_cries_wolf(common: bool, record_property: Shown) -> None:
    checks = 2000
    found = alarms(checks, common=common)
    bound = upper_bound(found, checks)
    seeds = "common" if common else "different"
    record_property(
        "shown",
        f"gate: {found} false alarms in {checks} checks of {CELLS} cells, {seeds} seeds: "
        f"at most {100 * bound:.2f} % (95 %)",
    )
    assert bound <= 0.01


def found(trials: int, model: str, metric: str) -> float:
    """Return how often the loss of a check's one changed cell is found by one metric."""
    random = np.random.default_rng(1)
    hits = 0
    for _ in range(trials):
        answers = judge(list(cell(random, model, WORSE, common=True)))
        hits += answers[METRICS.index(metric)].verdict == "REGRESSED"
    return hits / trials


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(("model", "least"), [("lr", 1.0), ("deepfm", 0.95), ("wide_deep", 0.85)])
def test_a_loss_that_matters_is_found_with_ten_seeds(
    model: str, least: float, metric: str, record_property: Shown
) -> None:
    power = found(300, model, metric)
    change = f"{WORSE[metric]:+.4f} {metric}"
    record_property(
        "shown", f"gate: {change} of {model} found in {100 * power:.1f} % of 300 checks"
    )
    assert power >= least


def exact(mean: float, deviation: float, n: int) -> Question:
    """Return a question whose differences have this mean and deviation to the digit."""
    noise = np.random.default_rng(2).normal(size=n)
    noise = (noise - noise.mean()) / noise.std(ddof=1)
    return Question(GATES["auc"], dict.fromkeys(range(n), 0.79), values(mean, deviation, noise))


def values(mean: float, deviation: float, noise: NDArray[np.float64]) -> dict[int, float]:
    return dict(enumerate((0.79 + mean + deviation * noise).tolist()))


@pytest.mark.parametrize(
    ("mean", "deviation"), [(-0.003, 0.003), (-0.0015, 0.0015), (0.0005, 0.002), (0.0, 0.003)]
)
def test_the_seeds_that_would_settle_it_do(
    mean: float, deviation: float, record_property: Shown
) -> None:
    """Nine checks in ten are settled by the number that is named, within a factor of 1.5."""
    (answer,) = judge([exact(mean, deviation, 4)])
    assert answer.verdict == "INCONCLUSIVE"
    (number,) = re.findall(r"about (\d+) seeds would settle it", answer.why)
    random = np.random.default_rng(3)
    settled = {}
    for n in (int(int(number) / 1.5), int(number), int(int(number) * 1.5)):
        base = dict.fromkeys(range(n), 0.79)
        noises = random.normal(size=(150, n))
        questions = (Question(GATES["auc"], base, values(mean, deviation, x)) for x in noises)
        verdicts = [judge([question])[0].verdict for question in questions]
        settled[n] = 1 - verdicts.count("INCONCLUSIVE") / len(verdicts)
    record_property("shown", f"gate: change {mean:+g} ± {deviation:g} a seed: settled {settled}")
    fewer, _, more = settled.values()
    assert fewer < 0.9 <= more

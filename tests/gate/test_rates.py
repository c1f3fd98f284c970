"""How often the gate errs: what `fmbench selftest gate` counts, from the noise that is kept."""

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binomtest

from fmbench.errors import StoreError, UsageError
from fmbench.gate import rates, seed_noise, seed_selftest
from fmbench.gate.gates import GATES
from fmbench.gate.rates import Rates, rate
from fmbench.gate.seed_noise import SeedNoise, learn
from fmbench.gate.seed_selftest import FULL, Size
from fmbench.gate.seeds import Question, judge
from fmbench.gate.selftest import SEED
from fmbench.record import Record

Make = Callable[..., list[Record]]
Shown = Callable[[str, object], None]

FOLDER = Path(__file__).parents[2] / "results" / "noise"


@pytest.mark.parametrize(("hits", "trials"), [(0, 299), (1, 473), (59, 59), (7, 20)])
def test_bounds_are_exact(hits: int, trials: int) -> None:
    found = rate("x", hits, trials)
    exact = binomtest(hits, trials).proportion_ci(0.9, "exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))


def test_a_promise_is_kept_open_or_broken() -> None:
    assert [rate("x", k, n, at_most=0.01).standing for k, n in ((0, 299), (0, 298), (3, 20))] == [
        "kept", "open", "broken",
    ]  # fmt: skip
    assert [rate("x", k, n, at_least=0.95).standing for k, n in ((59, 59), (58, 59), (9, 19))] == [
        "kept", "open", "broken",
    ]  # fmt: skip


def noise() -> SeedNoise:
    """Return the noise that is kept, of real seeds."""
    found = seed_noise.read(FOLDER)
    assert found is not None
    return found


def kept() -> Rates:
    found = rates.read(rates.path_of(rates.SEEDS, FOLDER))
    assert found is not None
    return found


def test_few_checks_on_real_noise_raise_no_alarm_and_swap(record_property: Shown) -> None:
    found = seed_selftest.count(noise(), Size(15, 3), SEED)
    *counted, mirror = found
    assert [each.hits for each in counted if each.at_most] == [0, 0]
    easy = [each for each in counted if each.of in ("lr", "fm") and "20 seeds" in each.what]
    assert [each.hits for each in easy] == [3] * 4
    assert mirror.hits == mirror.trials == 30 + 3 * 20
    record_property("shown", f"gate: {found[0].what} {found[0].in_words()}")


def test_what_is_kept_was_counted_on_the_noise_that_is_kept() -> None:
    found = kept()
    assert found.of.endswith(noise().of)
    alarms = [each for each in found.rates if each.at_most is not None]
    assert [each.trials for each in alarms] == [FULL.equal] * 2
    assert [each.standing for each in alarms] == ["kept"] * 2
    assert found.rates[-1].hits == found.rates[-1].trials


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_counting_again_gives_what_is_kept() -> None:
    assert seed_selftest.count(noise(), FULL, SEED) == kept().rates


def test_a_gate_that_cries_wolf_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fmbench.gate.seeds.LEVEL", 0.9)
    monkeypatch.setattr("fmbench.gate.seeds.holm", lambda p: p)
    found = seed_selftest.count(noise(), Size(10, 1), SEED)
    assert [each.standing for each in found if each.at_most] == ["broken"] * 2


def test_noise_is_learnt_from_two_stores_of_the_same_seeds(records: Make) -> None:
    random = np.random.default_rng(0)

    def cell(model: str) -> list[Record]:
        aucs, losses = (random.normal(mean, 0.001, 12).tolist() for mean in (0.79, 0.5))
        return records(model, aucs, losses)

    arms = [[*cell("fm"), *cell("lr")] for _ in range(2)]
    found = learn(*arms)
    of = found.of.replace("lr, fm", "fm, lr")  # they stand in the order of their cases
    assert of == "fm, lr on kmrd-small/ids/random (12 seeds)"
    assert {case for case, metric in found.known() if metric == "auc"} == {
        record.spec.case for record in arms[0]
    }
    with pytest.raises(UsageError, match="share no cell of 10 seeds that scatter"):
        learn(arms[0][:9], arms[1][:9])


def test_the_foot_of_a_report_says_what_was_counted_or_how_to(tmp_path: Path) -> None:
    names = {"quality": rates.SEEDS, "speed": "0123"}
    assert list(rates.footer(names, tmp_path)) == [
        f"Error rates of verdicts on {kind}: not measured here; `fmbench selftest gate` measures it"
        for kind in names
    ]
    quality, _ = rates.footer(names, FOLDER)
    assert f"measured {kept().at[:10]} by fmbench" in quality
    assert re.search(r"false alarms .*: \d+ of 1,000 \(at most [0-9.]+ %\)", quality)
    (tmp_path / "0123.rates.json").write_text('{"schema": 1}')
    with pytest.raises(StoreError, match="is damaged"):
        list(rates.footer(names, tmp_path))


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

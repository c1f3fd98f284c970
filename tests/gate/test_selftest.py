"""The self-test on a machine that is played: what is dealt, counted, kept and shown."""

import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from payloads import ALL

from fmbench.cli import main
from fmbench.errors import EnvironmentFault
from fmbench.gate import GATES, rates, seed_selftest, selftest, speed_selftest
from fmbench.gate.ab import Session
from fmbench.gate.rates import Rate, Rates
from fmbench.gate.speed import Timed
from fmbench.gate.speed_selftest import EQUAL, SLOWER, TRAIN, Measured, Size
from fmbench.gate.versions import Arm, Work
from fmbench.record import Record
from fmbench.store import Store

Make = Callable[..., list[Record]]

FACTS = {"cpu": "A Processor", "packages": {"fmbench": "0.1.0"}}
AT = "2026-11-24T00:00:00Z"


def played(
    records: Make, *, slower: float = 1.1, deviation: float = 0.02, control: float = 1.0
) -> Measured:
    draws = np.random.default_rng(0)

    def pairs(ratio: float, scatter: float, n: int = 40) -> list[Timed]:
        sides = np.exp(scatter / 2**0.5 * draws.normal(size=(2, n)))
        return [
            Timed(float(a), float(b) / ratio, i % 2 == 0)
            for i, (a, b) in enumerate(zip(*sides, strict=True))
        ]

    (record,) = records("fm", [0.79])
    return Measured(
        [pairs(1.0, deviation) for _ in range(3)],
        pairs(slower, deviation),
        pairs(control, 0.003),
        record,
    )


def test_equal_pairs_raise_no_alarm_and_slower_ones_are_found(records: Make) -> None:
    alarms, found, refused, mirror = speed_selftest.count(played(records), Size(40, 30), 0)
    assert alarms.hits == 0 and refused.hits <= 2
    assert found.hits >= 28
    assert mirror.hits == mirror.trials == 60
    assert "10 + 10 pairs" in found.what and found.what.startswith("+10.")


def test_a_tenth_of_that_is_not_called_slower(records: Make) -> None:
    _, found, *_ = speed_selftest.count(played(records, slower=1.01), Size(40, 20), 0)
    assert (found.hits, found.standing) == (0, "broken")


def test_noise_takes_more_pairs_or_ends_it(records: Make) -> None:
    _, found, *_ = speed_selftest.count(played(records, deviation=0.045), Size(40, 3), 0)
    assert "15 + 15 pairs" in found.what
    with pytest.raises(EnvironmentFault, match="equal code differs by"):
        speed_selftest.count(played(records, deviation=0.1), Size(40, 3), 0)


def test_what_refuses_to_judge_finds_nothing_and_cries_nothing(records: Make) -> None:
    counted = speed_selftest.count(played(records), Size(40, 5), 0)
    noisy = played(records)
    loud = Measured(
        noisy.equal, noisy.slower,
        [Timed(1.0, 1.0 + 0.5 * (i % 2), i % 4 < 2) for i in range(40)], noisy.record,
    )  # fmt: skip
    alarms, found, refused, mirror = speed_selftest.count(loud, Size(40, 5), 0)
    assert (alarms.hits, found.hits, refused.hits) == (0, 0, 10)
    assert mirror.hits == 10
    assert counted[2].hits == 0


class Slow:
    """Work whose arms take longer by what their plugin says."""

    def __init__(self, records: Make) -> None:
        self.records = records
        self.calls: list[tuple[str, str, int]] = []

    def measure(self, work: Work, arm: Arm, model: str, seed: int) -> Record:
        assert arm.code is not None
        text = (arm.code / work.plugins[0]).read_text(encoding="utf-8")
        (line,) = (line for line in text.splitlines() if line.startswith("EXTRA = "))
        extra = int(line.removeprefix("EXTRA = ")) if model == SLOWER else 0
        self.calls.append((arm.name, model, extra))
        rate = 1e6 / (1 + 0.004 * extra) * (1 + 0.001 * (seed % 3))
        (record,) = self.records(model, [0.79], seeds=[seed], samples={TRAIN: [1.0, rate]})
        return record


def test_the_work_that_is_added_makes_a_step_a_tenth_longer(
    records: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Slow(records)
    monkeypatch.setattr(Work, "measure", lambda *args: machine.measure(*args))
    monkeypatch.setattr(Work, "control", lambda *args: 1.0)

    def session(work: Work, base: Arm, new: Arm) -> Session:
        return Session(work, base, new, [EQUAL, SLOWER], GATES, random.Random(0))

    found = speed_selftest.measure(Path(sys.executable), tmp_path, session, Size(4, 1))
    assert {extra for name, model, extra in machine.calls if name == "new"} == {0, 25}
    assert {extra for name, _, extra in machine.calls if name == "base"} == {0}
    assert [len(pairs) for pairs in (*found.equal, found.slower)] == [4, 4]
    assert np.mean([pair.new / pair.base for pair in found.slower]) == pytest.approx(1 / 1.1)
    assert len(found.control) == 8


def measured(**changed: Any) -> Rates:
    usual = {"what": "alarms:", "hits": 0, "trials": 300, "low": 0.0, "high": 0.01}
    return Rates(
        at=AT, fmbench="0.1.0", environment={}, seed=0, of="seeds",
        rates=[Rate(**(usual | changed))],
    )  # fmt: skip


def test_few_counts_are_shown_and_not_kept(records: Make, tmp_path: Path) -> None:
    of = played(records)
    machine = selftest.noise.machine(of.record)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speed_selftest, "QUICK", Size(40, 2))
        patch.setattr(speed_selftest, "FULL", Size(40, 5))
        selftest.speed(of, tmp_path, is_quick=True, at=AT, facts=FACTS)
        assert list(tmp_path.iterdir()) == []
        found = selftest.speed(of, tmp_path, is_quick=False, at=AT, facts=FACTS)
    assert rates.read(rates.path_of(machine, tmp_path)) == found
    assert next(rates.footer({"speed": machine}, tmp_path)).endswith(found.in_words())


@pytest.mark.parametrize("format", selftest.FORMATS)
def test_counts_are_shown_in_every_format(format: str) -> None:
    shown = selftest.show_rates([measured(what=f"x {ALL[0]}")], format)
    assert "300" in shown
    if format == "json":
        (each,) = json.loads(shown)["measured"]
        assert each["rates"][0]["hits"] == 0
    assert selftest.broken([measured(hits=9, low=0.02, at_most=0.01)])
    assert not selftest.broken([measured(at_most=0.01), measured(high=0.9, at_least=0.95)])


def test_the_command_counts_learns_and_says_what_it_lacks(
    records: Make,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(seed_selftest, "QUICK", seed_selftest.Size(2, 1))
    quick = ["--only", "quality", "--quick", "--format", "json"]
    assert main(["selftest", "gate", *quick]) == 2
    assert "results/noise/seeds.json' is not there" in capsys.readouterr().err
    assert main(["selftest", "gate", "base", *quick]) == 2
    draws = np.random.default_rng(0)
    for name in ("base", "twin"):
        store = Store(tmp_path / name)
        store.prepare()
        aucs, losses = (draws.normal(mean, 0.0003, 12).tolist() for mean in (0.79, 0.5))
        for record in records("fm", aucs, losses, predictions=None):
            store.append(record)
    assert main(["selftest", "gate", "base", "twin", *quick]) == 0
    (found,) = json.loads(capsys.readouterr().out)["measured"]
    assert "fm on kmrd-small/ids/random (12 seeds)" in found["of"]
    assert [path.name for path in (tmp_path / "results" / "noise").iterdir()] == ["seeds.json"]

"""How often verdicts on speed err: pairs that `ab` measured here, dealt into checks.

Two models are measured in pairs of fresh processes, as `fmbench ab` does it: one is the same on
both sides, the other does work in each training step of new that nothing needs, so that it takes a
tenth longer. A check has 45 cells; the pairs of each are drawn anew from those that were measured,
with base and new swapped by chance where both are the same.
"""

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fmbench.errors import EnvironmentFault, UsageError
from fmbench.gate import speed
from fmbench.gate.ab import Session
from fmbench.gate.rates import Rate, rate
from fmbench.gate.speed import Key, Noise, Pairs, Timed
from fmbench.gate.verdict import Verdict, mirrored
from fmbench.gate.versions import Arm, Work
from fmbench.measured import measured
from fmbench.record import Record

EQUAL, SLOWER = "selftest_equal", "selftest_slower"

TRAIN = "train_samples_per_s"

CELLS, SLOWDOWN = 45, 0.10

AT_MOST, AT_LEAST = 0.01, 0.95

SUITE = {
    "dataset": "kmrd-synth",
    "data": {"rows": 40_000},
    "train": {"max_epochs": 6, "patience": 6, "batch_size": 256},
}
"""Some seconds a process: training in the plain loop, whose steps a model may slow down."""

_PLUGIN = '''
"""Two models: one is FM, the other does work in each training step that nothing needs."""

import torch

from fmbench.models import register_model
from fmbench.models.fm import FactorizationMachine

EXTRA = {extra}


@register_model("{equal}", paper="https://doi.org/10.1109/ICDM.2010.127", year=2010)
class Equal(FactorizationMachine):
    """FM."""


@register_model("{slower}", paper="https://doi.org/10.1109/ICDM.2010.127", year=2010)
class Slower(FactorizationMachine):
    """FM, and products of matrices."""

    def forward(self, ids):
        if self.training:
            work = torch.ones(64, 64)
            for _ in range(EXTRA):
                work = work @ work / 64
        return super().forward(ids)
'''

_TRIED, _TRIALS = 50, 5
"""Products a step by which it is measured how long one takes, and how often."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured and counted."""

    pairs: int
    checks: int


FULL, QUICK = Size(20, 1000), Size(10, 100)


@dataclass(frozen=True, slots=True)
class Measured:
    """The measurements that checks are dealt from."""

    equal: Sequence[Sequence[Timed]]
    """Pairs of a cell that is the same on both sides, for each such cell and metric."""
    slower: Sequence[Timed]
    control: Sequence[Timed]
    record: Record
    """One of the runs, which says where they were."""


def measure(
    python: Path, folder: Path, session: Callable[[Work, Arm, Arm], Session], size: Size
) -> Measured:
    """Measure pairs in fresh processes: some minutes.

    `session` makes a session of these two models from the work and its two arms.

    Raises:
        UsageError: The models cannot be run.
        StoreError: A record is damaged.
    """
    work = Work(SUITE, [], [Path("probe.py")], folder)
    base, tried = _arm(python, folder / "base", 0), _arm(python, folder / "tried", _TRIED)
    new = _arm(python, folder / "new", _products(work, base, tried))
    live = session(work, base, new)
    pairs = live.measure(size.pairs)
    by_cell = {(name.partition("/")[0], metric): each for (name, metric), each in pairs.items()}
    slower = by_cell.pop((SLOWER, TRAIN), None)
    if slower is None or not by_cell:
        raise UsageError("the models of the self-test left too few pairs; expected them to run")
    return Measured(list(by_cell.values()), slower, live.control, live.records[0][0])


def count(found: Measured, size: Size, seed: int) -> list[Rate]:
    """Return how often equal code is called slower, and slower code found.

    Raises:
        EnvironmentFault: Equal code scatters too much here for any verdict.
    """
    random = np.random.default_rng(seed)
    pools = (*found.equal, found.slower)
    n = max(speed.pairs_needed(_noise(pool)) for pool in pools)
    alarms = hits = refused = mirrored_checks = 0
    for is_slower in (False, True):
        for _ in range(size.checks):
            check = _deal(random, found, n, is_slower=is_slower)
            verdicts = check.verdicts()
            refused += not verdicts
            mirrored_checks += check.swapped().verdicts() == {
                key: mirrored(verdict) for key, verdict in verdicts.items()
            }
            hits += verdicts.pop((SLOWER, TRAIN), None) == "REGRESSED"
            alarms += "REGRESSED" in verdicts.values()
    checks = 2 * size.checks
    slower = 100 * math.expm1(-speed.estimate(found.slower).mean)
    return [
        rate(f"false alarms in checks of {CELLS} cells:", alarms, checks, at_most=AT_MOST),
        rate(f"{slower:+.1f} % time of one cell found in {n} + {n} pairs:", hits, size.checks,
             at_least=AT_LEAST),
        rate("checks refused as too noisy:", refused, checks),
        rate("checks mirrored when base and new swap:", mirrored_checks, checks),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Dealt:
    """The pairs of one check: of the first stage, and those that the second would take."""

    first: Pairs
    again: Pairs
    control: Sequence[Timed]

    def verdicts(self) -> dict[Key, Verdict]:
        """Judge as `ab` does, without a ledger; nothing where it refuses to."""
        again = {key: self.again[key] for key in speed.look_again(self.first, {})}
        try:
            speed.refuse_noise(self.control, self.first)
        except EnvironmentFault:
            return {}
        cells = speed.decide(self.first, again, {})
        return {(cell.name, cell.metric): cell.verdict for cell in cells}

    def swapped(self) -> "_Dealt":
        """Return the same check with base and new the other way round."""
        first, again = (
            {key: [_swapped(pair) for pair in pairs] for key, pairs in stage.items()}
            for stage in (self.first, self.again)
        )
        return _Dealt(first, again, [_swapped(pair) for pair in self.control])


def _deal(random: np.random.Generator, found: Measured, n: int, *, is_slower: bool) -> _Dealt:
    """Deal the pairs of one check; its first cell may be the slower one."""

    def stage() -> dict[Key, list[Timed]]:
        cells = range(is_slower, CELLS)
        pools = {(f"{EQUAL} {i}", TRAIN): found.equal[i % len(found.equal)] for i in cells}
        dealt = {key: _drawn(random, pool, n, is_swapped=True) for key, pool in pools.items()}
        if is_slower:
            dealt[SLOWER, TRAIN] = _drawn(random, found.slower, n, is_swapped=False)
        return dealt

    return _Dealt(stage(), stage(), _drawn(random, found.control, n * CELLS, is_swapped=True))


def _drawn(
    random: np.random.Generator, pool: Sequence[Timed], n: int, *, is_swapped: bool
) -> list[Timed]:
    drawn = [pool[i] for i in random.integers(len(pool), size=n)]
    if not is_swapped:
        return drawn
    turned = random.random(n) < 0.5
    return [_swapped(pair) if turn else pair for pair, turn in zip(drawn, turned, strict=True)]


def _swapped(pair: Timed) -> Timed:
    return Timed(pair.new, pair.base, not pair.is_base_first)


def _noise(pairs: Sequence[Timed]) -> Noise:
    found = speed.estimate(pairs)
    return Noise(found.variance, found.freedom)


def _arm(python: Path, folder: Path, extra: int) -> Arm:
    """Return an arm whose step does so many products more."""
    folder.mkdir(exist_ok=True)
    text = _PLUGIN.format(extra=extra, equal=EQUAL, slower=SLOWER)
    (folder / "probe.py").write_text(text, encoding="utf-8")
    return Arm(folder.name, python, folder)


def _products(work: Work, base: Arm, new: Arm) -> int:
    """Return how many products a step make it a tenth longer."""
    ratios = []
    for seed in range(_TRIALS + 1):  # the first warms up
        records = [work.measure(arm, SLOWER, seed) for arm in (base, new)]
        for record in records:
            if not isinstance(record, Record):
                raise UsageError(f"a model of the self-test left no record: {record}")
        rates = [measured(record)[TRAIN] for record in records if isinstance(record, Record)]
        ratios.append((rates[0] or 0.0) / (rates[1] or 1.0))
    longer = max(statistics.median(ratios[1:]) - 1, 1e-3)
    return max(1, round(_TRIED * SLOWDOWN / longer))

"""How often verdicts on quality err, counted in checks that are drawn from the noise of seeds.

A check of 45 cells in which nothing changed pairs real runs, base and twin swapped by chance, seed
by seed, or else runs of different seeds. In a check of one cell of each kind, one is worse by what
must be found. What the gate knows of a cell's spread comes from seeds that the check did not draw.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fmbench.gate.gates import GATES
from fmbench.gate.rates import Rate, rate
from fmbench.gate.seed_noise import METRICS, CellNoise, SeedNoise, spread
from fmbench.gate.seeds import Question, judge
from fmbench.gate.verdict import Verdict, mirrored

CELLS, SEEDS = 45, (10, 20)

WORSE = {"auc": -0.002, "logloss": 0.005}
"""Losses that must be found; that of logloss is a share."""

AT_MOST, AT_LEAST = 0.01, 0.95


@dataclass(frozen=True, slots=True)
class Size:
    """How many checks are counted."""

    equal: int
    """Checks of unchanged cells alone, and as many again with different seeds."""
    worse: int
    """Checks with one cell that is worse, for each cell, metric and number of seeds."""


FULL, QUICK = Size(1000, 200), Size(40, 10)


def count(noise: SeedNoise, size: Size, seed: int) -> list[Rate]:
    """Return how often checks call equal cells a regression, and how often they find a loss."""
    random = np.random.default_rng(seed)
    mirror = _Mirror()
    rates = []
    for seeds, is_common in (("the same", True), ("different", False)):
        alarms = 0
        for _ in range(size.equal):
            alarms += "REGRESSED" in mirror.judge(_check(random, noise, is_common=is_common))
        what = f"false alarms in checks of {CELLS} unchanged cells, {seeds} seeds:"
        rates.append(rate(what, alarms, size.equal, at_most=AT_MOST))
    rates += _losses(random, noise, size, mirror)
    return [*rates, rate("checks mirrored when base and new swap:", mirror.kept, mirror.checks)]


def _losses(
    random: np.random.Generator, noise: SeedNoise, size: Size, mirror: "_Mirror"
) -> Iterator[Rate]:
    """Yield how often the loss of one cell is found, beside one of each other cell."""
    for seeds in SEEDS:
        for metric in METRICS:
            for name, cell in noise.cells.items():
                others = [other for other in noise.cells.values() if other is not cell]
                hits = 0
                for _ in range(size.worse):
                    worse, same = (
                        [q for each in cells for q in _cell(random, each, seeds, is_common=True)]
                        for cells in ([cell], others)
                    )
                    worse = [_worse(q) if q.gate.metric == metric else q for q in worse]
                    verdicts = mirror.judge([*worse, *same])
                    hits += verdicts[METRICS.index(metric)] == "REGRESSED"
                what = f"{_loss(metric)} found in {min(seeds, len(cell.seeds))} seeds:"
                at_least = AT_LEAST if seeds == SEEDS[0] else None
                yield rate(what, hits, size.worse, of=name.partition("/")[0], at_least=at_least)


@dataclass(slots=True)
class _Mirror:
    """Judges each check both ways round."""

    checks: int = 0
    kept: int = 0

    def judge(self, questions: Sequence[Question]) -> list[Verdict]:
        """Return the verdicts; count whether swapping base and new mirrors every one."""
        verdicts = [answer.verdict for answer in judge(questions)]
        swapped = judge([Question(q.gate, q.new, q.base, q.known) for q in questions])
        self.checks += 1
        self.kept += [mirrored(answer.verdict) for answer in swapped] == verdicts
        return verdicts


def _check(random: np.random.Generator, noise: SeedNoise, *, is_common: bool) -> list[Question]:
    cells = list(noise.cells.values())
    return [
        question
        for place in range(CELLS)
        for question in _cell(random, cells[place % len(cells)], SEEDS[0], is_common=is_common)
    ]


def _cell(
    random: np.random.Generator, cell: CellNoise, seeds: int, *, is_common: bool
) -> Iterator[Question]:
    """Yield a question for each metric, of the same seeds."""
    many = len(cell.seeds)
    n = min(seeds, many // (1 if is_common else 2))
    order = random.permutation(many)
    is_swapped = random.random(many) < 0.5
    first, second = order[:n], order[:n] if is_common else order[n : 2 * n]
    rest = order[n if is_common else 2 * n :]
    for metric in METRICS:
        base, twin = np.array(cell.base[metric]), np.array(cell.twin[metric])
        a, b = np.where(is_swapped, twin, base), np.where(is_swapped, base, twin)
        yield Question(
            GATES[metric],
            dict(enumerate(a[first].tolist())),
            dict(enumerate(b[second].tolist(), 0 if is_common else n)),
            spread(base[rest].tolist()) if len(rest) > 2 else None,
        )


def _worse(question: Question) -> Question:
    gate = question.gate
    scale = statistics.fmean(question.base.values()) if gate.is_relative else 1.0
    shift = WORSE[gate.metric] * scale
    new = {seed: value + shift for seed, value in question.new.items()}
    return Question(gate, question.base, new, question.known)


def _loss(metric: str) -> str:
    size = WORSE[metric]
    return f"{100 * size:+g} % {metric}" if GATES[metric].is_relative else f"{size:+g} {metric}"

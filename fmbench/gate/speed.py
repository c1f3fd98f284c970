"""Judging speed: ratios of pairs that were measured seconds apart, in two stages.

Two runs at different times differ by more than what matters, because the machine does. What is
judged is new / base within pairs of fresh processes, in shuffled and balanced order; cells that
look changed are measured again, and what is claimed rests on the fresh pairs alone.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fmbench.errors import EnvironmentFault
from fmbench.gate.verdict import Cell, Verdict
from fmbench.metrics import METRICS
from fmbench.stats import Paired, holm, seeds_needed, trimmed

Key = tuple[str, str]
"""The name of a cell, and the metric."""

LOOK_LEVEL, LOOK_CHANGE = 0.05, math.log(1.03)
"""Level and change that send a cell to the second stage."""

LEVEL, CHANGE = 0.01, math.log(1.05)
"""Level and change that confirm it there: Holm over the cells that came so far."""

PAIRS, PAIRS_IF_NOISY = 10, 15
NOISY, TOO_NOISY = 0.03, 0.06
"""Standard deviations of a pair's log ratio: more pairs from the first on, no verdict from the
second."""

FEWEST = 5
"""Pairs of the control before it is looked at."""

CONTROL_CHANGE = 0.02
REFUSED = 0.001
"""The p-value by which a control or an order effect is believed: it refuses one in a thousand."""


@dataclass(frozen=True, slots=True)
class Timed:
    """One pair: what base and new measured in processes of their own, one after the other."""

    base: float
    new: float
    is_base_first: bool

    @property
    def log_ratio(self) -> float:
        """Log of the ratio of new to base."""
        return math.log(self.new / self.base)


@dataclass(frozen=True, slots=True)
class Noise:
    """What a ledger knows of a cell: how log ratios of equal code scatter, or how seeds do."""

    variance: float
    freedom: float


Pairs = Mapping[Key, Sequence[Timed]]
Ledger = Mapping[Key, Noise]


def pairs_needed(noise: Noise | None) -> int:
    """Return how many pairs each stage takes.

    Raises:
        EnvironmentFault: So many that no verdict would be worth them.
    """
    deviation = 0.0 if noise is None else math.sqrt(noise.variance)
    if deviation > TOO_NOISY:
        raise EnvironmentFault(
            f"equal code differs by {100 * deviation:.1f} % from process to process here; expected "
            f"{100 * TOO_NOISY:g} % or less to judge speed",
            "end other work on this machine, or take another one",
        )
    return PAIRS_IF_NOISY if deviation > NOISY else PAIRS


def estimate(pairs: Sequence[Timed], noise: Noise | None = None) -> Paired:
    """Return the trimmed mean of the log ratios, with what the ledger knows of their scatter.

    A tenth of the pairs is left out at either end, so that a process which something interrupted
    does not count. Two pairs at least.
    """
    found = trimmed([pair.log_ratio for pair in pairs])
    if noise is None:
        return found
    whole = found.freedom + noise.freedom
    variance = (found.freedom * found.variance + noise.freedom * noise.variance) / whole
    return replace(found, variance=variance, freedom=whole)


def look_again(first: Pairs, ledger: Ledger) -> list[Key]:
    """Return the cells that look changed, either way, and so are to be measured anew."""
    found = {key: estimate(pairs, ledger.get(key)) for key, pairs in first.items()}
    return [
        key
        for key, paired in found.items()
        if paired.p / 2 < LOOK_LEVEL and abs(paired.mean) > LOOK_CHANGE
    ]


def decide(first: Pairs, again: Pairs, ledger: Ledger) -> list[Cell]:
    """Return a verdict for each cell; `again` has fresh pairs of those that `look_again` named."""
    fresh = {key: estimate(pairs, ledger.get(key)) for key, pairs in again.items()}
    adjusted = dict(zip(fresh, holm([paired.p for paired in fresh.values()]), strict=True))
    return [
        _cell(key, [*pairs, *again.get(key, ())], ledger.get(key), fresh.get(key), adjusted)
        for key, pairs in first.items()
    ]


def refuse_noise(control: Sequence[Timed], pairs: Pairs) -> None:
    """Refuse to judge on a machine that moves what no change can touch, or favours an order.

    `control` times a kernel that is the same on both sides.

    Raises:
        EnvironmentFault: The machine is too noisy, or the order decides.
    """
    found = estimate(control)
    pairs_needed(Noise(found.variance, found.freedom))
    if found.p < REFUSED or abs(found.mean) > CONTROL_CHANGE:
        raise EnvironmentFault(
            f"a kernel that no change touches is {100 * math.expm1(found.mean):+.1f} % in new; "
            "expected no difference",
            "measure again on a machine that does nothing else",
        )
    order = _order(pairs)
    if order is not None and order.p < REFUSED:
        raise EnvironmentFault(
            f"what ran second measured {100 * math.expm1(order.mean):+.1f} %, whichever it was; "
            "expected order not to matter",
            "measure again on a machine that does nothing else",
        )


def refuse_early(control: Sequence[Timed], planned: int) -> None:
    """Refuse as soon as the control shows that the machine will be too noisy in the end.

    It must be so beyond doubt: what counts is the lower bound of the deviation, at a level that the
    looks after each of the `planned` pairs share. The control knows nothing of base and new, so
    that to stop by it favours neither.

    Raises:
        EnvironmentFault: The machine is too noisy.
    """
    from scipy import special

    if len(control) < FEWEST:
        return
    found = estimate(control)
    bound = found.freedom / special.chdtri(found.freedom, REFUSED / planned)
    if found.variance * bound > TOO_NOISY**2:
        pairs_needed(Noise(found.variance, found.freedom))


def uniform_shift(cells: Sequence[Cell]) -> str:
    """Say whether nearly all cells moved one way: one finding, not as many as there are cells."""
    moved = [cell.change > 0 for cell in cells if cell.change]
    share = max(moved.count(True), moved.count(False)) / len(moved) if moved else 0.0
    if len(moved) < 10 or share <= 0.9:
        return ""
    return (
        f"{100 * share:.0f} % of {len(moved)} cells moved one way: a shift that all have in common"
    )


def _order(pairs: Pairs) -> Paired | None:
    """Return how much larger the second of a pair is, round by round, over all cells.

    Cells of one round share its processes and are no repeats of each other: each round counts once.
    """
    rounds = min((len(each) for each in pairs.values()), default=0)
    if rounds < 2:
        return None
    effects = [
        statistics.median(
            each[i].log_ratio if each[i].is_base_first else -each[i].log_ratio
            for each in pairs.values()
        )
        for i in range(rounds)
    ]
    return Paired(statistics.fmean(effects), statistics.variance(effects), rounds, rounds - 1.0)


def _cell(
    key: Key,
    pairs: Sequence[Timed],
    noise: Noise | None,
    fresh: Paired | None,
    adjusted: Mapping[Key, float],
) -> Cell:
    name, metric = key
    pooled = estimate(pairs, noise)
    verdict, why = _verdict(key, pooled, fresh, adjusted)
    base, new = (
        statistics.median(side) for side in ([p.base for p in pairs], [p.new for p in pairs])
    )
    interval = pooled.interval
    change, low, high = (
        None if bound is None else base * math.expm1(bound)
        for bound in (interval.mean, interval.low, interval.high)
    )
    return Cell(
        name=name, metric=metric, verdict=verdict, base=base, new=new, change=change, low=low,
        high=high, why=why,
    )  # fmt: skip


def _verdict(
    key: Key, pooled: Paired, fresh: Paired | None, adjusted: Mapping[Key, float]
) -> tuple[Verdict, str]:
    interval = pooled.interval
    assert interval.low is not None and interval.high is not None
    percent = f"{100 * math.expm1(pooled.mean):+.1f} % in {pooled.n} pairs"
    is_confirmed = (
        fresh is not None and adjusted[key] < LEVEL and fresh.mean * pooled.mean > 0
    )  # fmt: skip
    if fresh is not None and is_confirmed and abs(pooled.mean) > CHANGE:
        is_gain = (pooled.mean > 0) == METRICS[key[1]].higher_is_better
        verdict: Verdict = "IMPROVED" if is_gain else "REGRESSED"
        return verdict, f"{percent}, confirmed on {fresh.n} fresh ones, p {adjusted[key]:.2g}"
    if interval.low > -CHANGE and interval.high < CHANGE:
        return "EQUIVALENT", f"{percent}: within 5 %"
    gap = max(abs(pooled.mean), CHANGE - abs(pooled.mean))
    needed = seeds_needed(gap, pooled.variance)
    more = "" if needed is None else f"; about {max(needed, pooled.n + 1):,} pairs would settle it"
    return "INCONCLUSIVE", f"{percent} leave it open{more}"

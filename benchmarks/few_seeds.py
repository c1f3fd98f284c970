"""Print what a table of three seeds tells apart, beside a table of ten, and how often it errs.

    python benchmarks/few_seeds.py [DIR …] [--tables N]

The stores default to results/kmrd-small. For each of their tables whose models have ten seeds:

1. Models with the scatter that was measured, on test and validation rows, and one mean for all are
   drawn anew (normal), N times: the share of tables with any false claim is to be 5 % at most.
2. The same with the means that were measured: the share of pairs that are told apart.
3. Real seeds: of the pairs that ten seeds tell apart, how many each three of them do (120 draws).

Each is counted for the rule of the report and for Student's test of the differences seed by seed,
both with Holm over all pairs of the table. What no rule can do better is beside it: three seeds
whose scatter is known to be that of the ten.
"""

import argparse
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fmbench.record import Record
from fmbench.report import split_tables, words
from fmbench.report.rows import values_by_seed
from fmbench.report.ties import LEVEL, compare
from fmbench.stats import holm, pair
from fmbench.store import Store

MANY, FEW = 10, 3

Values = NDArray[np.float64]
"""`(2, models, seeds)`: AUC of test and of validation rows."""

Rule = Callable[[Values], frozenset[tuple[int, int]]]


def by_report(values: Values) -> frozenset[tuple[int, int]]:
    """Return the pairs that a report tells apart."""
    test, valid = (
        {str(i): dict(enumerate(of.tolist())) for i, of in enumerate(part)} for part in values
    )
    found = (c for c in compare(test, valid) if c.is_settled)
    return frozenset((int(c.first), int(c.second)) for c in found)


def by_seed(values: Values) -> frozenset[tuple[int, int]]:
    """Return the pairs whose differences seed by seed tell them apart."""
    cases = [dict(enumerate(of.tolist())) for of in values[0]]
    pairs = list(combinations(range(len(cases)), 2))
    found = [pair(cases[a], cases[b]) for a, b in pairs]
    adjusted = holm([1.0 if each is None else each.p for each in found])
    return frozenset(pair for pair, p in zip(pairs, adjusted, strict=True) if p < LEVEL)


def knowing(scatter: NDArray[np.float64]) -> Rule:
    """Return the rule of who knows the standard deviation of each model."""

    def rule(values: Values) -> frozenset[tuple[int, int]]:
        means, seeds = values[0].mean(axis=1), values.shape[2]
        pairs = list(combinations(range(len(means)), 2))
        errors = [math.hypot(scatter[a], scatter[b]) / math.sqrt(seeds) for a, b in pairs]
        gaps = [abs(means[a] - means[b]) for a, b in pairs]
        p = [
            math.erfc(gap / error / math.sqrt(2)) if error else float(gap < 1e-12)
            for gap, error in zip(gaps, errors, strict=True)
        ]
        return frozenset(pair for pair, each in zip(pairs, holm(p), strict=True) if each < LEVEL)

    return rule


def draw(
    measured: Values, means: NDArray[np.float64], seeds: int, random: np.random.Generator
) -> Values:
    """Return seeds of models with the scatter that was measured, on both kinds of rows."""
    drawn = np.empty((*measured.shape[:2], seeds))
    for model in range(measured.shape[1]):
        covariance = np.cov(measured[:, model])
        drawn[:, model] = random.multivariate_normal((0, 0), covariance, seeds, "ignore").T
        drawn[0, model] += means[model]
    return drawn


def tables(records: Sequence[Record]) -> Iterator[tuple[str, Values]]:
    """Yield the title and the values of each table, of the models that have all seeds."""
    for table in split_tables(records):
        same = [r for r in records if r.fingerprint == table.fingerprint and r.spec.tests]
        test, valid = (values_by_seed(same, "auc", part) for part in ("test", "valid"))
        seeds = range(MANY)
        full = [case for case, of in test.items() if {*seeds} <= of.keys() & valid[case].keys()]
        yield (
            words.title(table),
            np.array([[[of[case][s] for s in seeds] for case in full] for of in (test, valid)]),
        )


def count(measured: Values, n: int) -> Iterator[str]:
    """Yield a line for each rule and number of seeds."""
    means, scatter = measured[0].mean(axis=1), measured[0].std(axis=1, ddof=1)
    truth = by_report(measured)
    every = len(means) * (len(means) - 1) / 2
    # Constants that are apart are so in every draw; among equals they are one model.
    unlike = measured[:, scatter > 0]
    rules: Mapping[str, Rule] = {"report": by_report, "by seed": by_seed}
    for seeds in (FEW, MANY):
        for name, rule in {**rules, "known scatter": knowing(scatter)}.items():
            random = np.random.default_rng(0)
            line = f"{seeds:>2} seeds, {name:<13}"
            if name in rules:
                level = np.zeros(unlike.shape[1])
                false = sum(bool(rule(draw(unlike, level, seeds, random))) for _ in range(n))
                line += f"  false claims {false / n:6.1%}"
            else:
                line += " " * 21
            apart = sum(len(rule(draw(measured, means, seeds, random))) for _ in range(n // 5))
            line += f"  drawn: apart {apart / (n // 5) / every:6.1%} of all pairs"
            if seeds == FEW:
                chosen = [rule(measured[:, :, list(s)]) for s in combinations(range(MANY), FEW)]
                share = np.mean([len(each & truth) for each in chosen]) / max(1, len(truth))
                line += f"  real: {share:6.1%} of the {len(truth)} that ten seeds tell apart"
            yield line


def main() -> None:
    """Count for every table of the stores."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stores", nargs="*", type=Path, default=[Path("results/kmrd-small")])
    parser.add_argument("--tables", type=int, default=1_000, metavar="N")
    args = parser.parse_args()
    for store in args.stores:
        for title, measured in tables(Store(store).read().records):
            print(f"\n{title}: {measured.shape[1]} models", flush=True)
            for line in count(measured, args.tables):
                print(line, flush=True)


if __name__ == "__main__":
    main()

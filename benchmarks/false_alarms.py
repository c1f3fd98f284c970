"""Print how often a report says what is not so, and how often it sees a gap that is there.

    python benchmarks/false_alarms.py [--pool DIR] [--jobs N]

KMRD-small ($FMBENCH_DATA), user and movie alone, random split: lr, fm and deepfm are trained with
64 seeds each, once, into the store DIR (a quarter of an hour on two cores). Then tables are drawn
from the seeds of one model: 50 of them, no one twice, are dealt to five "models" of ten seeds each,
which a report must not tell apart. In the second count, one of the five is worse by 0.003 AUC in
each seed, and the report must say so of it against all four others.

Last, tables of unlike models: the five are of lr, fm and deepfm in turn, each model's seeds moved
to one mean, with ten seeds each and with the three that `run` has by default. What a table learns
of how much seeds scatter is then wrong of each of them.

Given a model's 64 seeds its tables are independent draws, and the Wilson interval is that of the
rate among all deals of these seeds. It leaves out that other 64 seeds would have another rate;
three models, whose scatter over seeds differs by a factor of six, show how far that matters.

Coverage of the printed 95 % interval: n seeds are drawn from the 64 with replacement, so that these
are the distribution that is asked about, and its mean is known exactly.
"""

import argparse
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from fmbench.cli import main as fmbench
from fmbench.record import Record
from fmbench.report import build_pairs, split_tables
from fmbench.stats import t_interval
from fmbench.store import Store

MODELS = ("lr", "fm", "deepfm")
POOL, CASES, SEEDS = 64, 5, 10
METRICS = ("auc", "logloss")
TABLES = 2_000
GAP = 0.003
INTERVALS = 20_000


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share; Wilson (1927)."""
    z = 1.959964
    centre, half = hits / n + z**2 / (2 * n), z * math.sqrt(hits * (n - hits) / n + z**2 / 4) / n
    return (centre - half) / (1 + z**2 / n), (centre + half) / (1 + z**2 / n)


def deal(
    pools: Sequence[Sequence[Record]],
    random: np.random.Generator,
    gap: float = 0.0,
    seeds: int = SEEDS,
) -> list[Record]:
    """Return a table's records: five models, from the pools in turn; `m0` is worse by `gap`."""
    order = [random.permutation(len(pool)) for pool in pools]
    left = [iter([pool[i] for i in of]) for pool, of in zip(pools, order, strict=True)]
    dealt = []
    for case, seed in product(range(CASES), range(seeds)):
        record = _named(next(left[case % len(pools)]), f"m{case}", seed)
        dealt.append(record if case else _shifted(record, "auc", -gap))
    return dealt


def levelled(pools: Sequence[Sequence[Record]]) -> list[list[Record]]:
    """Return the pools with each metric moved to one mean, that of the first."""
    level = {metric: _mean(pools[0], metric) for metric in METRICS}
    result = []
    for pool in pools:
        for metric in METRICS:
            by = level[metric] - _mean(pool, metric)
            pool = [_shifted(record, metric, by) for record in pool]
        result.append(list(pool))
    return result


def _mean(pool: Sequence[Record], metric: str) -> float:
    return float(np.mean([record.metrics["test"][metric] for record in pool]))


def _named(record: Record, name: str, seed: int) -> Record:
    spec = replace(record.spec, name=name, model=name, seed=seed)
    return replace(record, spec=spec, metrics={"test": record.metrics["test"]}, samples={})


def _shifted(record: Record, metric: str, by: float) -> Record:
    test = record.metrics["test"]
    return replace(record, metrics={"test": {**test, metric: test[metric] + by}})


def claims(records: Sequence[Record]) -> dict[str, bool]:
    """Return what a report says of equal models, none of which is so."""
    (table,) = split_tables(records)
    found = {"no gap: more than one group": max(row.group or 1 for row in table.rows) > 1}
    for metric in METRICS:
        pairs = build_pairs(table, records, None, metric)
        found[f"no gap: a pair better by {metric}"] = any(p.verdict == "better" for p in pairs)
    return found


def findings(records: Sequence[Record]) -> dict[str, bool]:
    """Return what a report should say of `m0`, which is worse."""
    (table,) = split_tables(records)
    (row,) = (row for row in table.rows if row.name == "m0")
    pairs = build_pairs(table, records, None, "auc")
    above = sum(p.worse == "m0" and p.verdict == "better" for p in pairs)
    return {
        f"{GAP} AUC worse: not in the best group": row.group != 1,
        f"{GAP} AUC worse: all four better than it": above == CASES - 1,
    }


def count(pool: Sequence[Record], random: np.random.Generator) -> Counter[str]:
    """Return in how many tables a report says each thing."""
    said = Counter[str]()
    for gap, ask in ((0.0, claims), (GAP, findings)):
        for _ in range(TABLES):
            said.update(ask(deal([pool], random, gap)))
    return said


def line(what: str, hits: int, n: int) -> str:
    """Return a share with its interval."""
    low, high = wilson(hits, n)
    return f"{what:<42}{hits:>6,} of {n:,}   {hits / n:.2%}  [{low:.2%}, {high:.2%}]"


def coverage(values: Sequence[float], random: np.random.Generator) -> Iterator[str]:
    """Yield a line for each number of seeds: how often the interval holds the mean of all."""
    truth = float(np.mean(values))
    for n in (3, 5, 10):
        held = 0
        for sample in random.choice(values, (INTERVALS, n)).tolist():
            interval = t_interval(sample)
            held += interval.low <= truth <= interval.high
        yield line(f"95 % interval of {n} seeds holds the mean", held, INTERVALS)


def main() -> None:
    """Train what is missing, then count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pool", type=Path, default=Path("runs/false-alarms"), metavar="DIR")
    parser.add_argument("--jobs", default="2", metavar="N")
    args = parser.parse_args()
    suite = ["--dataset", "kmrd-small", "--models", ",".join(MODELS), "--seeds", str(POOL)]
    if code := fmbench(["run", *suite, "--jobs", args.jobs, "--out", str(args.pool)]):
        raise SystemExit(code)
    records, _ = Store(args.pool).read()
    total = Counter[str]()
    pools = [[record for record in records if record.spec.model == model] for model in MODELS]
    for model, pool in zip(MODELS, pools, strict=True):
        random = np.random.default_rng(0)
        for metric in METRICS:
            values = [record.metrics["test"][metric] for record in pool]
            print(f"\n{model}, {len(pool)} seeds: {metric} {np.mean(values):.4f}, ", end="")
            print(f"standard deviation over seeds {np.std(values, ddof=1):.5f}")
            print(*coverage(values, random), sep="\n", flush=True)
        said = count(pool, random)
        total.update(said)
        show(f"{model}: reports on five models of ten seeds each", said, TABLES)
    show("all of them together", total, TABLES * len(MODELS))
    level, random = levelled(pools), np.random.default_rng(0)
    for seeds in (SEEDS, 3):
        said = Counter[str]()
        for _ in range(TABLES):
            said.update(claims(deal(level, random, seeds=seeds)))
        show(f"reports on five models of unlike scatter, {seeds} seeds each", said, TABLES)


def show(title: str, said: Counter[str], tables: int) -> None:
    """Print how often each thing was said."""
    lines = [line(what, hits, tables) for what, hits in said.items()]
    print(f"\n{title}", *lines, sep="\n", flush=True)


if __name__ == "__main__":
    main()

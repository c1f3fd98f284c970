"""What quality.py found, as data, and as a table that says where fmbench is below a library."""

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
from tabulate import tabulate

from fmbench.stats import Interval, pair


class Entry(msgspec.Struct, kw_only=True):
    """A model of a library: how it was tuned and what came of it."""

    library: str
    model: str
    space: dict[str, str]
    """What each key was drawn from."""
    trials: list[float | None]
    """The best validation logloss of each, nats; None: it diverged."""
    chosen: dict[str, Any]
    """The setting of the best trial."""
    valid_logloss: list[float]
    """Of the chosen setting, by seed, as are the test metrics below."""
    auc: list[float]
    logloss: list[float]


class Quality(msgspec.Struct, kw_only=True):
    """A run of quality.py."""

    schema: int = 1
    environment: dict[str, Any]
    packages: dict[str, dict[str, str]]
    """Versions in each library's environment."""
    data: dict[str, Any]
    setting: dict[str, Any]
    """Trials, and the limits of a training."""
    entries: list[Entry]


def difference(ours: list[float], theirs: list[float]) -> Interval:
    """Return fmbench - library over the seeds, with its 95 % interval."""
    paired = pair(dict(enumerate(ours)), dict(enumerate(theirs)))
    assert paired is not None, "an interval needs two seeds"
    return paired.interval


def is_below(auc: Interval, logloss: Interval) -> list[str]:
    """Return the metrics whose whole interval is on the side that is worse for fmbench."""
    worse = {"AUC": auc.high < 0, "logloss": logloss.low > 0}
    return [metric for metric, is_so in worse.items() if is_so]


def render(quality: Quality) -> str:
    """Return the comparison as Markdown."""
    setting, facts = quality.setting, quality.data
    versions = (" ".join(next(iter(own.items()))) for own in quality.packages.values())
    seeds = len(quality.entries[0].auc)
    head = (
        "# fmbench and its peers, both tuned\n\n"
        f"{facts['dataset']}, {facts['rows']:,} training rows, "
        f"{' × '.join(f'{size:,}' for size in facts['cardinalities'])} ids. Each model of each "
        f"library: {setting['trials']} random trials, chosen by validation logloss, at most "
        f"{setting['max_epochs']} epochs, patience {setting['patience']}; then {seeds} seeds on "
        f"the test rows. {', '.join(versions)}.\n\n"
        "Differences are fmbench's mean less the library's, paired by seed, with their 95 % "
        "interval; it says what other seeds would do, not other rows or other trials."
    )
    lines = list(_lines(quality))
    headers = [
        "model", "library", "AUC", "fmbench", "difference",
        "logloss", "fmbench", "difference", "fmbench is",
    ]  # fmt: skip
    table = tabulate(lines, headers, tablefmt="github", disable_numparse=True)
    below = sum(line[-1] != "not below" for line in lines)
    return f"{head}\n\n{table}\n\n{below} of {len(lines)} pairs are below.\n"


def _lines(quality: Quality) -> Iterator[list[str]]:
    entries = {(entry.model, entry.library): entry for entry in quality.entries}
    for (model, library), theirs in entries.items():
        ours = entries.get((model, "fmbench"))
        if library == "fmbench" or ours is None:
            continue
        auc = difference(ours.auc, theirs.auc)
        logloss = difference(ours.logloss, theirs.logloss)
        yield [
            model,
            library,
            *_cells(theirs.auc, ours.auc, auc),
            *_cells(theirs.logloss, ours.logloss, logloss),
            f"below in {' and '.join(worse)}" if (worse := is_below(auc, logloss)) else "not below",
        ]


def _cells(theirs: list[float], ours: list[float], by: Interval) -> list[str]:
    interval = f"{by.mean:+.4f} [{by.low:+.4f}, {by.high:+.4f}]"
    return [f"{np.mean(theirs):.4f}", f"{np.mean(ours):.4f}", interval]

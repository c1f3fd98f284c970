"""Conclusions: what the pairs of a table settle and what they leave open, in sentences.

A sentence stands on the verdicts that it quotes, each with its numbers; where there is no verdict
there is no sentence.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from fmbench.metrics import METRICS
from fmbench.report.leaderboard import display_names
from fmbench.report.pairs import MARGINS, Pair
from fmbench.report.rows import Row
from fmbench.report.tables import Table

WORDS = {"auc": "AUC", "logloss": "logloss"}


@dataclass(frozen=True, slots=True)
class Conclusions:
    """Sentences about one metric of one table."""

    settled: Sequence[str]
    open: Sequence[str]
    pairs: Sequence[Pair]
    """Pairs that the sentences stand on: the leader with all others, and equals."""


def conclude(table: Table, pairs: Sequence[Pair], metric: str) -> Conclusions:
    """Say what is known of the model that leads by a metric, and which models are as good as equal.

    `pairs` are all of that metric.
    """
    leader = _leader(table.rows, metric)
    if leader is None:
        return Conclusions([], [], [])
    name, mean = display_names(table)[leader.case], leader.metrics[metric].mean
    led = sorted((p for p in pairs if name in (p.better, p.worse)), key=_size)
    equal = [pair for pair in pairs if pair.verdict.startswith("equal")]
    shown = led + [pair for pair in equal if pair not in led]
    unsaid = sum(pair.verdict.startswith("open") for pair in pairs if pair not in shown)
    return Conclusions(
        [*_better(name, mean, led, metric, len(pairs), table.drawn), *_equal(equal, metric)],
        [*_open(led, metric), *_unsaid(unsaid, metric), *_elsewhere(table, name, led, metric)],
        shown,
    )


def _leader(rows: Sequence[Row], metric: str) -> Row | None:
    """Return the row with the best mean."""
    sign = -1 if METRICS[metric].higher_is_better else 1
    found = [(sign * mean, row) for row in rows if (mean := row.metrics[metric].mean) is not None]
    return min(found, key=lambda each: each[0])[1] if found else None


def _better(
    name: str, mean: float | None, led: Sequence[Pair], metric: str, family: int, drawn: str
) -> Iterator[str]:
    settled = [pair for pair in led if pair.verdict == "better"]
    better = [pair for pair in settled if pair.better == name]
    holm = f"(each p < 0.05 after Holm for {_pairs(family)})"
    if better:
        others = _listed(f"{pair.worse} by {_difference(pair)}" for pair in better)
        yield (
            f"On these test rows {name} has a better {WORDS[metric]} ({mean:.4f}) than {others} "
            f"{holm}"
        )
    if worse := [pair for pair in settled if pair.worse == name]:
        others = _listed(f"{pair.better} by {_difference(pair)}" for pair in worse)
        yield (
            f"Over the seeds that both have, {name} has a worse {WORDS[metric]} than {others} "
            f"{holm}"
        )
    if beyond := [pair for pair in better if _holds_elsewhere(pair)]:
        others = _listed(f"{pair.worse} ({_span(pair)})" for pair in beyond)
        yield (
            f"With other {drawn} and other seeds drawn, the {WORDS[metric]} of {name} stays better "
            f"than that of {others} (95 % interval each)"
        )


def _equal(pairs: Sequence[Pair], metric: str) -> Iterator[str]:
    if pairs:
        which = _listed(f"{p.better} with {p.worse} ({_difference(p)})" for p in pairs)
        yield f"As good as equal, within {MARGINS[metric]} {WORDS[metric]}: {which}"


def _open(led: Sequence[Pair], metric: str) -> Iterator[str]:
    for pair in led:
        if pair.verdict.startswith("open"):
            remedy = pair.verdict.removeprefix("open").removeprefix("; ")
            yield (
                f"Whether {pair.better} or {pair.worse} has the better {WORDS[metric]}: "
                f"{_difference(pair)}, p {pair.p:.2f}{f'; {remedy}' if remedy else ''}"
            )


def _unsaid(count: int, metric: str) -> Iterator[str]:
    if count:
        yield f"Of those behind the leader, by {WORDS[metric]}: {_pairs(count)}"


def _elsewhere(table: Table, name: str, led: Sequence[Pair], metric: str) -> Iterator[str]:
    """Say of which others it is not known that other rows would show them worse."""
    better = [pair for pair in led if pair.verdict == "better" and pair.better == name]
    doubtful = [pair for pair in better if pair.users_and_seeds and not _holds_elsewhere(pair)]
    if doubtful:
        others = _listed(f"{pair.worse} ({_span(pair)})" for pair in doubtful)
        yield (
            f"Whether other {table.drawn} would show {name} better by {WORDS[metric]}, with "
            f"other seeds, than {others} (95 % interval each, which holds 0)"
        )
    if any(pair.users_and_seeds is None for pair in better):
        error = table.audit.get("auc_standard_error")
        size = "" if error is None else f"; one AUC moves by about {error:.4f} with its test rows"
        others = "users or rows" if table.drawn == "users" else "rows"
        yield f"Whether other {others} would say so by {WORDS[metric]}: not asked{size}"


def _listed(parts: Iterable[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def _pairs(count: int) -> str:
    return "1 pair" if count == 1 else f"{count} pairs"


def _holds_elsewhere(pair: Pair) -> bool:
    drawn = pair.users_and_seeds
    if drawn is None or drawn.low is None or drawn.high is None:
        return False
    return drawn.low > 0 if METRICS[pair.metric].higher_is_better else drawn.high < 0


def _span(pair: Pair) -> str:
    drawn = pair.users_and_seeds
    return "" if drawn is None else f"{drawn.low:+.4f} to {drawn.high:+.4f}"


def _difference(pair: Pair) -> str:
    return f"{_size(pair):.4f} ± {pair.difference.half_width:.4f}"


def _size(pair: Pair) -> float:
    return abs(pair.difference.mean or 0.0)

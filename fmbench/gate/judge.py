"""The gate itself: records of a base and of something new in, verdicts out."""

import math
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from fmbench.gate.gates import GATES, PARAMETERS, Gate
from fmbench.gate.match import BySeed, Match, match
from fmbench.gate.rows import Rows
from fmbench.gate.seeds import Answer, Known, Question, Values, judge, over_seeds, too_good
from fmbench.gate.sound import unsound
from fmbench.gate.verdict import Cell, Verdict
from fmbench.metrics import METRICS
from fmbench.record import Record

MEMORY = "peak_rss_mib"

HELD = ("auc", "logloss", PARAMETERS, MEMORY)
"""The metrics of which something is said, in this order. Speed is not among them: on one machine
at two times it differs by more than what would matter."""

QUALITY = ("auc", "logloss")

MACHINE = ("system", "device", "threads", "engine")
"""Facts that change resident memory: it compares only where they agree."""

SAME = 1e-9
"""Relative difference that libraries of two machines may make in a metric of one prediction."""

CHANGED_CODE = "the metric's code changed"

_LONGEST = 200
"""Characters of a failure's reason; the record holds all of it."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A cell that only statistics can answer for."""

    match: Match
    question: Question


def compare(
    base: Sequence[Record],
    new: Sequence[Record],
    gates: Mapping[str, Gate] = GATES,
    rows: Rows | None = None,
    known: Known | None = None,
) -> list[Cell]:
    """Return a verdict for every cell of either side and every metric that it has.

    With `rows` an AUC that is not the same also says what other rows might have made of it.
    `known` is the spread of seeds as other runs had it.
    """
    cells = match(base, new)
    found = [
        each for cell in cells for metric in HELD for each in _say(cell, metric, gates, known or {})
    ]
    found += [each for cell in cells for each in _unheld(cell)]
    answers = iter(judge([each.question for each in found if isinstance(each, _Asked)]))
    return [
        each if isinstance(each, Cell) else _answered(each, next(answers), rows) for each in found
    ]


def _say(cell: Match, metric: str, gates: Mapping[str, Gate], known: Known) -> list[Cell | _Asked]:
    """Return what there is to say of one metric: nothing where neither side has it."""
    base, new = (_values(side, metric) for side in (cell.base, cell.new))
    if settled := _whole(cell) or _one_sided(cell, metric, base, new) or _unsound(cell):
        verdict, why = settled
        if metric == "auc" and cell.is_of_one_case and base and new:
            why += too_good(Question(gates[metric], base, new))  # other labels alone move a logloss
        return [_cell(cell, metric, base, new, verdict, why)]
    if not base:
        return []
    if metric == PARAMETERS:
        return [_cell(cell, metric, base, new, *_counted(base, new))]
    if metric == MEMORY:
        if machines := _machines(cell):
            return [_cell(cell, metric, base, new, "NOT_COMPARABLE", machines)]
    elif same := _identical(cell, base, new):
        return [_cell(cell, metric, *same)]
    case = next(iter(cell.new.values())).spec.case
    return [_Asked(cell, Question(gates[metric], base, new, known.get((case, metric))))]


def _whole(cell: Match) -> tuple[Verdict, str] | None:
    """Judge what is so of all metrics of a cell."""
    if not cell.new:
        return "MISSING", f"the base has it with {_seeds(cell.base)}, new has not"
    if not cell.base:
        return "NEW", f"{_seeds(cell.new)}; the base has it not"
    if cell.difference:
        return "NOT_COMPARABLE", "; ".join(cell.difference)
    failed = [record for record in cell.new.values() if record.status != "ok"]
    fresh = [r for r in failed if not _has_failed(cell.base.get(r.spec.seed))]
    if fresh or len(failed) == len(cell.new):
        return "BROKEN", f"{len(failed)} of {_seeds(cell.new)} failed: {_failure(failed[0])}"
    failed = [record for record in cell.base.values() if record.status != "ok"]
    if len(failed) == len(cell.base):
        return "NEW", f"the base has no result: {_failure(failed[0])}"
    return None


def _one_sided(cell: Match, metric: str, base: Values, new: Values) -> tuple[Verdict, str] | None:
    """Judge a metric that one side has and the other has not, in some seed."""
    lost = sorted(seed for seed in cell.new if _is_ok(cell.new[seed]) and seed not in new)
    if base and lost:
        reason = cell.new[lost[0]].undefined.get("test", {}).get(metric, "not recorded")
        return "BROKEN", f"undefined in {len(lost)} of {_seeds(cell.new)}: {reason}"
    if new and not base:
        return "NEW", "the base has no value"
    if not base and not new and metric in QUALITY:
        return "NOT_COMPARABLE", "undefined in the base and in new"
    return None


def _unsound(cell: Match) -> tuple[Verdict, str] | None:
    """Judge records that no honest run leaves."""
    why = unsound(cell)
    return ("NOT_COMPARABLE", why) if why else None


def _counted(base: Values, new: Values) -> tuple[Verdict, str]:
    """Judge what has no scatter; the fewer, the better."""
    before, after = statistics.fmean(base.values()), statistics.fmean(new.values())
    if before == after:
        return "EQUIVALENT", "the same number"
    return ("REGRESSED" if after > before else "IMPROVED"), f"{after - before:+,.0f} parameters"


def _machines(cell: Match) -> str:
    """Say in which facts that bear on memory the two sides were measured on other machines."""
    sides = [[r.environment for r in side.values()] for side in (cell.base, cell.new)]
    found = []
    for fact in MACHINE:
        before, after = (sorted({str(each.get(fact)) for each in side}) for side in sides)
        if before != after:
            found.append(f"{fact} {', '.join(before)} → {', '.join(after)}")
    return "; ".join(found)


def _identical(
    cell: Match, base: Values, new: Values
) -> tuple[Values, Values, Verdict, str] | None:
    """Judge without statistics what predicts the same, bit for bit, in every common seed."""
    common = sorted(base.keys() & new.keys())
    if not common or not all(_predicts_the_same(cell, seed) for seed in common):
        return None
    over = over_seeds(len(common), base)
    base, new = ({seed: arm[seed] for seed in common} for arm in (base, new))
    if base == new:
        return base, new, "EQUIVALENT", f"the same predictions, bit for bit, on {over}"
    why = f"the same predictions on {over}, and another value: {CHANGED_CODE}"
    return base, new, "NOT_COMPARABLE", why


def _unheld(cell: Match) -> Iterator[Cell]:
    """Judge the metrics that have no gate: what predicts the same has one value of each."""
    if _whole(cell) or _unsound(cell):
        return
    same = [seed for seed in cell.base.keys() & cell.new.keys() if _predicts_the_same(cell, seed)]
    sides = [{seed: side[seed] for seed in same} for side in (cell.base, cell.new)]
    for metric in (m.name for m in METRICS.values() if m.compute and m.name not in HELD):
        base, new = (_values(side, metric) for side in sides)
        if any(not math.isclose(base[s], new[s], rel_tol=SAME) for s in base.keys() & new.keys()):
            why = f"the same predictions, and another value: {CHANGED_CODE}"
            yield _cell(cell, metric, base, new, "NOT_COMPARABLE", why)


def _values(records: BySeed, metric: str) -> Values:
    """Return a metric by seed, over the seeds that came to a result and define it."""
    values = {}
    for seed, record in records.items():
        if metric in (PARAMETERS, MEMORY):
            value = record.parameters if metric == PARAMETERS else record.peak_rss_mib
        else:
            value = record.metrics.get("test", {}).get(metric)
        if _is_ok(record) and value is not None:
            values[seed] = float(value)
    return values


def _answered(asked: _Asked, answer: Answer, rows: Rows | None) -> Cell:
    metric, paired = asked.question.gate.metric, answer.paired
    base, new = (dict(enumerate(arm)) for arm in asked.question.aligned())
    why = answer.why
    if rows is not None and metric == "auc":
        seeds = sorted(asked.question.base.keys() & asked.question.new.keys())
        why += rows.in_words(asked.match, seeds)
    cell = _cell(asked.match, metric, base, new, answer.verdict, why)
    if paired is None:
        return cell
    interval = paired.interval
    return msgspec.structs.replace(cell, change=paired.mean, low=interval.low, high=interval.high)


def _cell(cell: Match, metric: str, base: Values, new: Values, verdict: Verdict, why: str) -> Cell:
    """Return a cell with the means of both sides."""
    before, after = (statistics.fmean(arm.values()) if arm else None for arm in (base, new))
    is_exact = verdict == "EQUIVALENT" and before == after
    return Cell(
        name=cell.name,
        metric=metric,
        verdict=verdict,
        base=before,
        new=after,
        change=None if before is None or after is None else after - before,
        low=0.0 if is_exact else None,
        high=0.0 if is_exact else None,
        why=why,
    )


def _predicts_the_same(cell: Match, seed: int) -> bool:
    before = cell.base[seed].predictions
    return before is not None and before == cell.new[seed].predictions


def _is_ok(record: Record) -> bool:
    return record.status == "ok"


def _has_failed(record: Record | None) -> bool:
    return record is not None and record.status != "ok"


def _failure(record: Record) -> str:
    reason = record.reason or "no reason was recorded"
    if len(reason) > _LONGEST:
        reason = f"{reason[: _LONGEST - 1]}…"
    return f"seed {record.spec.seed}: {record.status}: {reason}"


def _seeds(records: BySeed) -> str:
    return f"{len(records)} seed{'s' * (len(records) != 1)}"

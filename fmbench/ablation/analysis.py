"""The analysis of a study: records in, effects with verdicts out."""

from collections.abc import Sequence
from dataclasses import dataclass

from fmbench.ablation.answers import RowsP
from fmbench.ablation.effects import (
    FAMILY,
    Effect,
    Results,
    cost,
    difference,
    gap,
    interval,
)
from fmbench.ablation.expand import Cell
from fmbench.ablation.factorial import Part, contrasts, contrasts_of
from fmbench.ablation.importance import Importance, importance
from fmbench.ablation.path import Step, path
from fmbench.ablation.plan import Plan
from fmbench.ablation.study import Study
from fmbench.ablation.sweeps import Curve, curves
from fmbench.ablation.verdict import Judged, judge
from fmbench.metrics import METRICS
from fmbench.record import Record
from fmbench.stats import Interval, Paired


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The base of a context."""

    context: str
    value: Interval
    floor: Interval | None
    gap: float | None
    """From the floor to the best cell."""
    parameters: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All that a plan's records say."""

    study: Study
    bases: Sequence[Base]
    effects: Sequence[Effect]
    parts: Sequence[Part]
    paths: Sequence[Step]
    curves: Sequence[Curve]
    fields: Sequence[Importance]
    family: int
    """Number of questions that were asked at once, answered or not."""


def analyse(study: Study, records: Sequence[Record], rows: RowsP | None = None) -> Analysis:
    """Return what the records say of a study.

    Args:
        study: The plan and its cells.
        records: Of a store; others than the study's do no harm.
        rows: What predictions said of other test rows, where they were asked.
    """
    plan, results = study.plan, Results(records)
    contexts: dict[str, list[Cell]] = {}
    for cell in study.cells:
        contexts.setdefault(cell.context, []).append(cell)
    bases = {name: next(c for c in cells if c.kind == "base") for name, cells in contexts.items()}

    asked = [cell for cell in study.cells if cell.kind in FAMILY]
    found = [
        difference(results, cell, bases[cell.context], plan.seed_list, plan.metric)
        for cell in asked
    ]
    known = [paired for paired in found if paired is not None]
    parts = [c for cells in contexts.values() for c in contrasts(plan, results, cells)]
    questions = len(asked) + len(contexts) * contrasts_of(plan)
    judged = iter(judge_all(plan, known, [part.paired for part in parts], questions))
    verdicts = [None if paired is None else next(judged) for paired in found]
    gaps = {n: gap(results, cells, plan.seed_list, plan.metric) for n, cells in contexts.items()}
    effects = [
        _effect(study, results, cell, bases[cell.context], each, gaps[cell.context], rows or {})
        for cell, each in zip(asked, verdicts, strict=True)
    ]
    return Analysis(
        study=study,
        bases=[_base(study, results, cells, gaps[name]) for name, cells in contexts.items()],
        effects=effects,
        parts=[
            Part(context=part.context, factors=part.factors, judged=each)
            for part, each in zip(parts, judged, strict=True)
        ],
        paths=[step for cells in contexts.values() for step in path(plan, results, cells)],
        curves=[curve for cells in contexts.values() for curve in curves(plan, results, cells)],
        fields=[
            each
            for cells in contexts.values()
            for each in importance(plan, results, cells, effects)
        ],
        family=questions,
    )


def judge_all(
    plan: Plan, effects: Sequence[Paired], parts: Sequence[Paired], asked: int
) -> list[Judged]:
    """Judge at once all questions that have an answer, of as many as were asked.

    Variances are those of each question's own seeds: drawn together over the plan (`moderate`),
    they would find more, and in simulation 6 % of plans would hold a false claim.
    """
    better = 1 if METRICS[plan.metric].higher_is_better else -1
    # A variant that loses shows that its missing part is needed; a contrast measures that part.
    good = [-better] * len(effects) + [better] * len(parts)
    return judge([*effects, *parts], plan.margin, good, asked)


def _effect(
    study: Study,
    results: Results,
    cell: Cell,
    base: Cell,
    judged: Judged | None,
    gap: float | None,
    rows: RowsP,
) -> Effect:
    plan = study.plan
    wide = gap if gap is not None and abs(gap) > plan.margin else None  # noise has no shares
    logloss = difference(results, cell, base, plan.seed_list, "logloss")
    return Effect(
        context=cell.context,
        name=cell.name,
        kind=cell.kind,
        of=cell.of,
        value=interval(results, cell, plan.seed_list, plan.metric),
        judged=judged,
        share=None if judged is None or not wide else judged.paired.mean / wide,
        rows_p=rows.get((cell.context, cell.name)),
        logloss=None if logloss is None else logloss.interval,
        cost=cost(results, cell, base, plan.seed_list),
        failures=len(plan.seed_list) - len(results.ok(cell, plan.seed_list)),
    )


def _base(study: Study, results: Results, cells: Sequence[Cell], gap: float | None) -> Base:
    plan = study.plan
    base = next(cell for cell in cells if cell.kind == "base")
    floor = next((cell for cell in cells if cell.kind == "floor"), None)
    return Base(
        context=base.context,
        value=interval(results, base, plan.seed_list, plan.metric),
        floor=None if floor is None else interval(results, floor, plan.seed_list, plan.metric),
        gap=gap,
        parameters=cost(results, base, base, plan.seed_list).parameters,
    )

"""The page of studies: each context with its claims, its figures, and the records of every cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec

from fmbench.ablation.analysis import Analysis, Base
from fmbench.ablation.claims import claims, summary
from fmbench.ablation.effects import Effect
from fmbench.ablation.expand import Cell
from fmbench.ablation.figures import kind_of
from fmbench.ablation.sections import effects_of, more, ordered
from fmbench.ablation.words import about
from fmbench.pages.board import Board, Origin
from fmbench.record import Record
from fmbench.report import words
from fmbench.report.board import audit_facts, run_of
from fmbench.report.tables import split_tables

ByCase = Mapping[str, Sequence[Record]]


def boards(analyses: Sequence[Analysis], records: Sequence[Record]) -> list[Board]:
    """Return a board for each context of each study."""
    by_case: dict[str, list[Record]] = {}
    for record in sorted(records, key=lambda record: record.spec.seed):
        by_case.setdefault(record.spec.case, []).append(record)
    return [_board(each, base, by_case) for each in analyses for base in each.bases]


def _board(analysis: Analysis, base: Base, by_case: ByCase) -> Board:
    effects = ordered([e for e in analysis.effects if e.context == base.context])
    section = effects_of(analysis, base, effects)
    others = [*more(analysis, base.context)]
    origins = [*_origins(analysis, base.context, effects, by_case)]
    kinds = ["s0", *(kind_of(e.judged.verdict) if e.judged else "open" for e in effects)]
    # All of a context see the same rows: what its base says of them holds for every variant.
    own = by_case.get(_cells(analysis, base.context)["base"].spec.case, ())
    table = next(iter(split_tables(own)), None)
    return Board(
        section=replace(section, above=[*about(analysis, base)]),
        headline=summary(analysis, base.context),
        chips=[*_chips(analysis, len(effects))],
        keys=[_base_keys(base), *map(_keys, effects)],
        swatches=[*kinds, *["open"] * (len(origins) - len(kinds))],
        claims=[(claim.text, claim.of) for claim in claims(analysis, effects)],
        alerts=[*_alerts(origins)],
        notes=section.below,
        charts=[*section.charts, *(chart for each in others for chart in each.charts)],
        more=others,
        audit=[] if table is None else [*audit_facts(table)],
        environments=[[*words.environment_facts(e)] for e in table.environments] if table else [],
        origins=origins,
    )


def _chips(analysis: Analysis, effects: int) -> Iterator[tuple[str, str]]:
    plan = analysis.study.plan
    yield "seeds", str(len(plan.seed_list))
    if effects:
        yield "variants", str(effects)
    if levels := sum(map(len, plan.sweeps.values())):
        yield "levels swept", str(levels)
    if analysis.family:
        yield "questions of the plan", str(analysis.family)
        yield "as good as none", f"± {plan.margin}"


def _cells(analysis: Analysis, context: str) -> dict[str, Cell]:
    """Return the cells of a context by name, the base first."""
    found: dict[str, Cell] = {}
    for cell in analysis.study.cells:
        if cell.context == context:
            found.setdefault(cell.name, cell)
    return found


def _origins(
    analysis: Analysis, context: str, effects: Sequence[Effect], by_case: ByCase
) -> Iterator[Origin]:
    """Yield what stands behind each row of the table, in its order, then behind the other cells."""
    cells = _cells(analysis, context)
    rows = dict.fromkeys(["base", *(effect.name for effect in effects)])
    base = _settings(cells["base"])
    for name in (*rows, *(name for name in cells if name not in rows)):
        settings = _settings(cells[name])
        facts = [("case", cells[name].spec.case)]
        facts += [
            (key, words.option(value))
            for key, value in settings.items()
            if name == "base" or base.get(key) != value
        ]
        facts += [(key, "none; the base has it") for key in base if key not in settings]
        seeds = analysis.study.plan.seed_list
        own = [r for r in by_case.get(cells[name].spec.case, ()) if r.spec.seed in seeds]
        yield Origin(name, facts, [run_of(record) for record in own])


def _settings(cell: Cell) -> dict[str, Any]:
    """Return all that a cell was run with, by the names under which a plan would say it."""
    spec = cell.spec
    return {
        "model": spec.model,
        **{f"args.{key}": value for key, value in spec.model_args.items()},
        **{f"data.{k}": v for k, v in spec.dataset_args.items() if v is not None},
        **{f"train.{k}": v for k, v in msgspec.to_builtins(spec.train).items() if v is not None},
    }


def _base_keys(base: Base) -> list[float | None]:
    return [None, base.value.mean, *[None] * 5, 1.0, 1.0, float(base.value.n)]


def _keys(effect: Effect) -> list[float | None]:
    """Return what each column is sorted by."""
    judged, cost = effect.judged, effect.cost
    return [
        None,
        effect.value.mean,
        None if judged is None else judged.paired.mean,
        None if judged is None else judged.p,
        None,
        effect.share,
        effect.rows_p,
        cost.parameters_ratio,
        cost.time_ratio,
        float(effect.value.n),
    ]


def _alerts(origins: Sequence[Origin]) -> Iterator[str]:
    for origin in origins:
        for run in origin.runs:
            if run.failure:
                yield words.shortened(f"FAILED: {origin.title}, seed {run.seed}: {run.failure}")

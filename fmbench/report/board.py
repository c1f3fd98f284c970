"""The main page: each table with its figures, its audit and the records behind every number."""

from collections.abc import Iterator, Mapping, Sequence

from fmbench.measured import measured
from fmbench.metrics import METRICS
from fmbench.pages.board import Board, Origin, Run
from fmbench.pages.chart import Chart, colour
from fmbench.pages.page import NOTHING, Section
from fmbench.record import Record
from fmbench.report import (
    audit,
    average_grids,
    calibration,
    figures,
    leaderboard,
    published,
    slice_grids,
    words,
)
from fmbench.report.answers import Answers, Ask, nobody
from fmbench.report.averages import Averaged, Averages, nothing
from fmbench.report.rows import Row, comparisons
from fmbench.report.tables import Table

MOST = 16
"""Models in a figure; the table has all."""

ByCase = Mapping[str, Sequence[Record]]


def boards(
    tables: Sequence[Table],
    records: Sequence[Record],
    asked: Ask = nobody,
    averaged: Averaged = nothing,
) -> list[Board]:
    """Return every table with what stands behind it, and what predictions said of its rows."""
    by_case: dict[str, list[Record]] = {}
    tested = (record for record in records if record.spec.tests)  # a trial of tuning has no row
    for record in sorted(tested, key=lambda record: record.spec.seed):
        by_case.setdefault(record.spec.case, []).append(record)
    return [_board(table, by_case, asked(table), averaged(table)) for table in tables]


def _board(
    table: Table, records: ByCase, answers: Answers | None, averages: Averages | None
) -> Board:
    (section,) = leaderboard.sections([table])
    names = leaderboard.display_names(table)
    by_case = {
        row.case: [r for r in records[row.case] if r.fingerprint in (table.fingerprint, None)]
        for row in table.rows
    }
    return Board(
        section=section,
        headline=_headline(table.rows),
        chips=[*_chips(table)],
        keys=[_keys(row) for row in table.rows],
        swatches=[colour(i) for i in range(len(table.rows))],
        alerts=[line for line in section.below if line.startswith(words.ALERTS)],
        notes=[line for line in section.below if not line.startswith(words.ALERTS)],
        charts=[*_charts(table, by_case, answers)],
        beside=[*average_grids.sections(table, averages), *published.sections(table)],
        folded=[*_folded(table, answers)],
        audit=[*audit_facts(table)],
        environments=[[*words.environment_facts(e)] for e in table.environments],
        origins=[_origin(row, names[row.case], by_case[row.case]) for row in table.rows],
    )


def _headline(rows: Sequence[Row]) -> str:
    """Say what is known of the best, and no more."""
    known = [row for row in rows if row.metrics["auc"].mean is not None]
    if not known:
        return "No model came to a result."
    best = known[0]
    auc = best.metrics["auc"]
    half = "" if auc.half_width is None else f" ± {auc.half_width:.4f}"
    lead = f"{best.name} is ahead with AUC {auc.mean:.4f}{half}"
    if len(known) == 1:
        return f"{best.name}: AUC {auc.mean:.4f}{half}."
    if best.group is None:
        return f"{lead}; whether any gap is real, one seed cannot tell."
    tied = [row.name for row in known[1:] if row.group == best.group]
    behind = len(known) - 1 - len(tied)
    if not tied:
        return f"{lead}; all {behind} others are behind."
    cannot = f"{', '.join(tied[:3])}{' and others' if len(tied) > 3 else ''} cannot be told from it"
    return f"{lead}; {cannot}{f'; {behind} behind' if behind else ''}."


def _chips(table: Table) -> Iterator[tuple[str, str]]:
    seeds = {seed for row in table.rows for seed in row.seeds}
    yield "models", str(len(table.rows))
    yield "seeds", str(len(seeds))
    for part, of in table.audit.get("parts", {}).items():
        yield f"{part} rows", f"{of.get('rows', 0):,}"
    if (share := table.audit.get("positive_share")) is not None:
        yield "positive", f"{100 * share:.1f} %"


def _keys(row: Row) -> list[float | None]:
    quality = [row.metrics[name].mean for name in leaderboard.QUALITY]
    cost = [row.metrics[name].mean for name in leaderboard.COST]
    counts = (row.group, row.parameters, len(row.seeds) - len(row.failures))
    group, parameters, seeds = (None if n is None else float(n) for n in counts)
    return [None, group, parameters, *quality, row.metrics["auc"].error, *cost, seeds]


def _charts(table: Table, by_case: ByCase, answers: Answers | None) -> Iterator[Chart]:
    shown = table.rows[:MOST]
    good = {case: [r for r in of if r.status == "ok"] for case, of in by_case.items()}
    compared = comparisons((r for of in good.values() for r in of), "auc")
    parts, bins = (answers.parts, answers.bins) if answers else ([], [])
    made = (
        figures.quality(shown, good),
        figures.differences(shown, compared),
        figures.curves(shown, good),
        figures.reliability(shown, bins),
        figures.served(shown, parts, "activity", table.drawn),
        figures.served(shown, parts, "time", table.drawn),
        figures.front(shown),
        figures.speed(shown),
        figures.latency(shown),
    )
    yield from (chart for chart in made if chart is not None)


def _folded(table: Table, answers: Answers | None) -> Iterator[Section]:
    """Yield what the test rows say of each model: on slices of them, and by predicted chance."""
    if answers:
        yield from slice_grids.sections(table, answers.parts)
        yield calibration.section(table, answers.bins)


def audit_facts(table: Table) -> Iterator[tuple[str, str]]:
    """Yield what the data is and what a reader must know of its split."""
    for key, value in table.dataset_args.items():
        if value is not None:
            yield key.replace("_", " "), words.option(value)
    yield from audit.facts(table.audit)
    yield "fingerprint", (table.fingerprint or NOTHING)[:16]


def _origin(row: Row, name: str, records: Sequence[Record]) -> Origin:
    settings: list[tuple[str, str]] = [("case", row.case)]
    if records:
        spec = records[0].spec
        settings += [(f"{row.model}.{k}", words.option(v)) for k, v in spec.model_args.items()]
        if not row.baseline:  # a baseline trains itself
            tuned = f"{row.trials} trials" if row.trials else "no trials"
            settings += [("settings chosen by", tuned)]
            settings += [
                (f"train.{k}", words.option(getattr(spec.train, k)))
                for k in spec.train.__struct_fields__
            ]
    return Origin(name, settings, [run_of(record) for record in records])


def run_of(record: Record) -> Run:
    """Return what a record says in one line."""
    values = measured(record)
    tested = None if record.best_epoch is None else record.best_epoch + 1
    cells = (
        [
            _number(values.get("auc"), METRICS["auc"].digits),
            _number(values.get("logloss"), METRICS["logloss"].digits),
            str(len(record.curve)) if record.curve else NOTHING,
            NOTHING if tested is None else str(tested),
            _number(values["train_samples_per_s"], 0),
            _number(record.time_to_best_s, 2),
        ]
        if record.status == "ok"
        else [record.status, record.reason or NOTHING, *[NOTHING] * 4]
    )
    failure = "" if record.status == "ok" else f"{record.status}: {record.reason or NOTHING}"
    return Run(record.spec.seed, cells, record.spec.cell, failure)


def _number(value: float | None, digits: int) -> str:
    return NOTHING if value is None else f"{value:,.{digits}f}"

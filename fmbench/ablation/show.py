"""What plans came to, in every format."""

from collections.abc import Sequence

import msgspec

from fmbench import pages
from fmbench.ablation.analysis import Analysis
from fmbench.ablation.boards import boards
from fmbench.ablation.claims import summary
from fmbench.ablation.sections import sections
from fmbench.record import Record

QUESTION = "Which part earns its keep?"


def show(analyses: Sequence[Analysis], records: Sequence[Record], format: str) -> str:
    """Return reports of studies; `records` are those that they were made of.

    Raises:
        UnknownName: There is no such format.
    """
    if format == "json":
        return pages.json_object({"plans": [msgspec.to_builtins(each) for each in analyses]})
    if format == "csv":
        return pages.table(_HEADERS, [row for each in analyses for row in _rows(each)], format)
    if format == "html":
        return pages.show_boards(boards(analyses, records), QUESTION)
    return pages.show_sections([s for each in analyses for s in sections(each)], format)


def report_of(analyses: Sequence[Analysis], records: Sequence[Record]) -> pages.Report:
    """Return what is written of studies into a folder, a chapter a plan."""
    numbers = [
        {"plan": each.study.plan.name, **msgspec.to_builtins(each), "study": None}
        for each in analyses
    ]
    return pages.Report(
        title=QUESTION,
        chapters=[
            pages.Chapter(
                each.study.plan.name,
                summary(each),
                [*sections(each)],
            )
            for each in analyses
        ],
        html=show(analyses, records, "html"),
        csv=show(analyses, records, "csv"),
        json=pages.json_object({"plans": numbers}),
    )


_HEADERS = (
    "plan", "context", "variant", "kind", "of", "metric", "mean", "difference", "low", "high", "n",
    "p", "p_equivalent", "verdict", "share_of_gap", "rows_p", "logloss_difference", "parameters",
    "parameters_ratio", "time_ratio",
)  # fmt: skip


def _rows(analysis: Analysis) -> list[list[pages.Cell]]:
    plan = analysis.study.plan
    rows: list[list[pages.Cell]] = []
    for effect in analysis.effects:
        judged = effect.judged
        interval = None if judged is None else judged.paired.interval
        rows.append(
            [
                plan.name, effect.context, effect.name, effect.kind, effect.of, plan.metric,
                effect.value.mean,
                *(getattr(interval, part, None) for part in ("mean", "low", "high", "n")),
                *(getattr(judged, part, None) for part in ("p", "p_equivalent", "verdict")),
                effect.share, effect.rows_p, getattr(effect.logloss, "mean", None),
                effect.cost.parameters, effect.cost.parameters_ratio, effect.cost.time_ratio,
            ]
        )  # fmt: skip
    return rows

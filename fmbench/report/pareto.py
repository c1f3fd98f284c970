"""Pareto: what a better AUC costs in throughput, and in time to the best epoch."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from fmbench.metrics import METRICS
from fmbench.pages.page import NOTHING, Grid, Section
from fmbench.record import Record
from fmbench.report import words
from fmbench.report.leaderboard import cost, display_names, quality
from fmbench.report.rows import comparisons
from fmbench.report.tables import Table
from fmbench.stats import Interval

COSTS = ("train_samples_per_s", "time_to_best_s")

HEADERS = ("model", "AUC ±", "train\nrows/s", "on the\nfront", "best\nat s", "on the\nfront")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A case among the others, by AUC and one cost."""

    cost: str
    """The metric that AUC is set against."""
    name: str
    case: str
    auc: Interval
    value: Interval
    """The cost."""
    on_front: bool
    """Whether no other has a mean as good in both and better in one."""
    beaten_by: str | None
    """The best of those on the front that have such means."""
    tied_with: str | None
    """A cheaper case whose AUC the seeds cannot tell from its own, if it is on the front."""


def build_places(table: Table, records: Sequence[Record]) -> list[Place]:
    """Return each case of a table for each cost, where AUC and cost are known."""
    same = [record for record in records if record.fingerprint == table.fingerprint]
    alike = {frozenset((c.first, c.second)) for c in comparisons(same, "auc") if not c.is_settled}
    return [place for metric in COSTS for place in _places(table, metric, alike)]


def front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Tell which points no other is as good as in both numbers, and better in one; more is better.

    Points that are equal stand on the front together, or off it.
    """
    order = sorted(range(len(points)), key=lambda i: points[i], reverse=True)
    on = [False] * len(points)
    leader: tuple[float, float] | None = None
    for i in order:
        if leader is None or points[i] == leader or points[i][1] > leader[1]:
            leader = points[i]
            on[i] = True
    return on


def section(table: Table, places: Sequence[Place]) -> Section:
    """Return one grid: AUC beside each cost, and who is on the front of the two."""
    names = display_names(table)
    by_case = {(place.case, place.cost): place for place in places}
    return Section(
        title=f"{words.title(table)}: AUC against cost",
        warning=words.warning(table),
        grid=Grid(
            HEADERS,
            [
                [
                    names[row.case],
                    quality(row.metrics["auc"], METRICS["auc"].digits),
                    *(
                        cell
                        for metric in COSTS
                        for cell in (
                            cost(row.metrics[metric].mean, METRICS[metric].digits),
                            _standing(by_case.get((row.case, metric))),
                        )
                    ),
                ]
                for row in table.rows
            ],
            [False, False, True, False, True, False],
        ),
        below=[*_NOTES, *words.environments(table)],
    )


_NOTES = (
    "on the front: no other model has as high a mean AUC at as little cost; no: the best of those "
    "that have",
    "tied: on the front, but seeds cannot tell its AUC from that of the model named, which costs "
    "less (p < 0.05 after Holm for all pairs of the table)",
    "Costs are means over seeds; models whose costs are close may change places on a busy machine",
)


def _places(table: Table, metric: str, alike: Collection[frozenset[str]]) -> Iterator[Place]:
    sign = 1 if METRICS[metric].higher_is_better else -1
    points = {
        row.case: (auc, sign * value)
        for row in table.rows
        if (auc := row.metrics["auc"].mean) is not None
        and (value := row.metrics[metric].mean) is not None
    }
    names = display_names(table)
    on = dict(zip(points, front(list(points.values())), strict=True))
    for row in table.rows:
        if row.case not in points:
            continue
        auc, gain = points[row.case]
        # The table is in the order of AUC: of several, the best is named.
        ahead = [
            names[case]
            for case, point in points.items()
            if on[case] and point[0] >= auc and point[1] >= gain
        ]
        tied = [
            names[case]
            for case, point in points.items()
            if point[1] > gain and frozenset((case, row.case)) in alike
        ]
        yield Place(
            cost=metric,
            name=row.name,
            case=row.case,
            auc=row.metrics["auc"],
            value=row.metrics[metric],
            on_front=on[row.case],
            beaten_by=None if on[row.case] else ahead[0],
            tied_with=tied[0] if on[row.case] and tied else None,
        )


def _standing(place: Place | None) -> str:
    if place is None:
        return NOTHING
    if not place.on_front:
        return f"no: {place.beaten_by}"
    return f"tied: {place.tied_with}" if place.tied_with else "yes"

"""Showing the history: a table for a terminal, and a page with a figure for each series."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from fmbench.errors import UnknownName
from fmbench.gate.changes import FEWEST, SERIES
from fmbench.gate.history import Night, Series
from fmbench.metrics import METRICS
from fmbench.pages import json_object, show_sections, table
from fmbench.pages.chart import Chart, Mark, dot, label, line, path, short_name, upright
from fmbench.pages.page import NOTHING, Grid, Section
from fmbench.pages.scale import Scale, fitted

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 460.0, 56.0, 14.0, 12.0, 170.0

LATEST = ("cell", "metric", "nights", "latest, % of the anchor [95 %]", "changes")

CHANGES = ("cell", "metric", "first night", "new", "from %", "to %", "reading")

_COMMIT = re.compile(r"\(([0-9a-f]{12,})\)$")
"""The end of the name of an arm that is a commit."""

_KEYS = ("cell", "metric", "at", "new", "ratio", "low", "high", "is_change")


def show(found: Sequence[Series], format: str, commits: str | None = None) -> str:
    """Return a history in one format; a page leads to `commits` + hash of what changed.

    Raises:
        UnknownName: There is no such format.
    """
    if format not in _SHOW:
        raise UnknownName("format", format, FORMATS)
    return _SHOW[format](found, commits)


def sections(found: Sequence[Series], commits: str | None = None) -> list[Section]:
    """Return what people read: the changes first, then where each series stands."""
    nights = max(found, key=lambda each: len(each.nights)).nights
    changed = [row for each in found for row in _changes(each)]
    notes = [
        "Both are measured in one session, so that what the machine does is divided out; a change "
        "is told by the optimal partition (KernelCPD of ruptures) of the log ratios",
        f"Its penalty is set by simulation: a year of nights over {SERIES} series has one false "
        f"change at most. Before {FEWEST} nights, and below what the gate calls a loss that "
        "matters (speed: 3 %), nothing is said",
    ]
    charts = [figure(each) for each in found]
    first = Section(
        title=f"History of {len(nights)} nights against {nights[-1].anchor}",
        above=[
            f"From {nights[0].at[:10]} to {nights[-1].at[:10]}, the last is {nights[-1].new}",
            f"{len(changed)} changes in {len(found)} series",
        ],
        grid=Grid(LATEST, [_latest(each) for each in found], [h == "nights" for h in LATEST]),
        charts=charts,
        below=notes,
    )
    if not changed:
        return [first]
    right = [header in ("from %", "to %") for header in CHANGES]
    grid, links = Grid(CHANGES, changed, right), _links(nights, commits) if commits else {}
    return [Section(title="Changes", grid=grid, links=links), first]


def _links(nights: Sequence[Night], commits: str) -> dict[str, str]:
    """Return the page of the commit of each night that was measured at one."""
    found = ((night.new, _COMMIT.search(night.new)) for night in nights)
    return {name: commits + commit[1] for name, commit in found if commit}


def figure(of: Series) -> Chart:
    """Return the ratio to the anchor over the nights, with its band and its changes."""
    bounds = [_bounds(of, n) for n in range(len(of.points))]
    ratios = [100 * ratio for ratio in of.ratios]
    y = fitted([100.0, *ratios, *(v for b in bounds for v in b)], BOTTOM, TOP)
    x = Scale(0, max(len(ratios) - 1, 1), LEFT + 6, WIDTH - RIGHT - 6)
    edge = [(x(n), y(low)) for n, (low, _) in enumerate(bounds)]
    edge += [(x(n), y(high)) for n, (_, high) in reversed(list(enumerate(bounds)))]
    band = path(edge, "band")
    marks: list[Mark] = [*upright(y, LEFT, WIDTH - RIGHT), band]
    marks.append(line(LEFT, y(100.0), WIDTH - RIGHT, y(100.0), "zero"))
    for change in of.changes:
        night = of.nights[change.at]
        at = x(change.at)
        marks.append(line(at, TOP, at, BOTTOM, "front"))
        marks.append(dot(at, TOP, 4, "mean s1", None, f"{night.at[:10]}, {night.new}"))
    marks.append(path([(x(n), y(value)) for n, value in enumerate(ratios)], "thick s0"))
    ends = ((0, "start"), (len(ratios) - 1, "end"))
    marks += [label(x(n), BOTTOM + 14, of.nights[n].at[:10], "tick", side) for n, side in ends]
    return Chart(
        title=f"{short_name(of.cell, 40)}: {of.metric}",
        caption="Percent of the anchor; band: 95 %; dashed: a change.",
        width=WIDTH,
        height=BOTTOM + 26,
        marks=marks,
        words=f"{of.metric} of {of.cell} over {len(ratios)} nights: {ratios[-1]:.2f} % of the "
        f"anchor at last, {len(of.changes)} changes",
    )


def _bounds(of: Series, n: int) -> tuple[float, float]:
    """Return the interval of a night in percent of the anchor; its value where there is none."""
    point = of.points[n]
    low, high = (point.new if v is None else v for v in (point.low, point.high))
    return 100 * low / point.base, 100 * high / point.base


def _latest(of: Series) -> list[str]:
    low, high = _bounds(of, -1)
    ratio = 100 * of.ratios[-1]
    shown = f"{ratio:.2f} [{low:.2f}, {high:.2f}]"
    changed = ", ".join(of.nights[change.at].at[:10] for change in of.changes)
    return [of.cell, of.metric, str(len(of.points)), shown, changed or NOTHING]


def _changes(of: Series) -> Iterator[list[str]]:
    for change in of.changes:
        night = of.nights[change.at]
        higher = METRICS[of.metric].higher_is_better if of.metric in METRICS else False
        reading = "better" if (change.after > change.before) == higher else "worse"
        levels = [f"{100 * math.exp(level):.2f}" for level in (change.before, change.after)]
        yield [of.cell, of.metric, night.at[:10], night.new, *levels, reading]


def _rows(found: Sequence[Series]) -> list[list[str | float | bool]]:
    return [
        [of.cell, of.metric, night.at, night.new, ratio, low / 100, high / 100,
         n in {change.at for change in of.changes}]
        for of in found
        for n, (night, ratio) in enumerate(zip(of.nights, of.ratios, strict=True))
        for low, high in [_bounds(of, n)]
    ]  # fmt: skip


def _json(found: Sequence[Series]) -> str:
    return json_object(
        {"schema": 1, "points": [dict(zip(_KEYS, row, strict=True)) for row in _rows(found)]}
    )


def _for_people(format: str) -> Callable[[Sequence[Series], str | None], str]:
    return lambda found, commits: show_sections(sections(found, commits), format)


_SHOW: Mapping[str, Callable[[Sequence[Series], str | None], str]] = {
    **{format: _for_people(format) for format in ("table", "md", "latex", "html")},
    "csv": lambda found, _: table(_KEYS, _rows(found), "csv"),
    "json": lambda found, _: _json(found),
}

FORMATS = tuple(_SHOW)

"""The reliability diagram (Murphy and Winkler, 1977): what is said, and how often it is so."""

from collections.abc import Sequence

from fmbench.metrics import BINS
from fmbench.pages.chart import Chart, axis_title, colour, dot, level, line, path, upright
from fmbench.pages.scale import Scale
from fmbench.report.calibration import Bin
from fmbench.report.figures._shared import RIGHT, WIDTH, is_constant
from fmbench.report.rows import Row

FEWEST = 20
"""Rows of a bin that is drawn, at least; with fewer its share is mostly chance."""


def reliability(rows: Sequence[Row], bins: Sequence[Bin]) -> Chart | None:
    """Return the share that is positive against the chance that each model gives."""
    known = [
        (i, row, of)
        for i, row in enumerate(rows)
        if not is_constant(row)
        and (of := [b for b in bins if b.case == row.case and b.rows >= FEWEST])
    ]
    if not known:
        return None
    top, bottom, left = 12.0, 236.0, 52.0
    x, y = Scale(0, 1, left, WIDTH - RIGHT), Scale(0, 1, bottom, top)
    marks = [*upright(y, left, WIDTH - RIGHT), *level(x, top, bottom)]
    marks.append(line(x(0), y(0), x(1), y(1), "front"))
    for i, row, of in known:
        points = [(x(each.predicted), y(each.observed)) for each in of]
        marks.append(path(points, f"thick {colour(i)}", i, row.name))
        for (left_of, up), each in zip(points, of, strict=True):
            title = (
                f"{row.name}: says {each.predicted:.3f}, is {each.observed:.3f}, "
                f"{each.rows:,.0f} rows"
            )
            marks.append(dot(left_of, up, 3.2, f"mean {colour(i)}", i, title))
    marks.append(axis_title(WIDTH - RIGHT, bottom + 32, "predicted chance"))
    return Chart(
        title="Calibration",
        caption=f"Share of test rows that is positive, by predicted chance in {BINS} bins. On the "
        "dashed line a model says how it is; below it, too much.",
        width=WIDTH,
        height=bottom + 42,
        marks=marks,
        legend=[(i, row.name) for i, row, _ in known],
        words=f"Reliability of {len(known)} models; the table of calibration has the numbers",
    )

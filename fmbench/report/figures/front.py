"""AUC against speed, and which models no other beats in both."""

from collections.abc import Sequence

from fmbench.pages.chart import (
    Chart,
    axis_title,
    beside,
    colour,
    dot,
    level,
    path,
    spot,
    stairs,
    upright,
)
from fmbench.pages.scale import fitted
from fmbench.report.figures._shared import RIGHT, WIDTH
from fmbench.report.rows import Row


def front(rows: Sequence[Row]) -> Chart | None:
    """Return AUC against training speed; models that another matches or beats are dimmed."""
    known = [
        (i, row, speed, auc)
        for i, row in enumerate(rows)
        if (speed := row.metrics["train_samples_per_s"].mean)
        and (auc := row.metrics["auc"].mean) is not None
    ]
    if not known:
        return None
    top, bottom, left = 12.0, 236.0, 60.0
    x = fitted((s for *_, s, _ in known), left, WIDTH - RIGHT, is_log=True, room=0.2)
    y = fitted((a for *_, a in known), bottom, top, room=0.12)
    best = [each for each in known if not any(s >= each[2] and a > each[3] for _, _, s, a in known)]
    marks = [*upright(y, left, WIDTH - RIGHT), *level(x, top, bottom)]
    along = sorted((x(speed), y(auc)) for *_, speed, auc in best)
    if len(along) > 1:
        marks.append(path(stairs(along[::-1]), "front"))
    leading = {each[0] for each in best}
    used = [spot(x(speed), y(auc)) for *_, speed, auc in known]
    for i, row, speed, auc in known:
        at = (x(speed), y(auc))
        faded = "" if i in leading else " faded"
        title = f"{row.name}: AUC {auc:.4f}, {speed:,.0f} rows/s"
        marks.append(dot(*at, 5.5, f"mean {colour(i)}{faded}", i, title))
        marks += beside(at, row.name, used, WIDTH - RIGHT, f"name{faded}")
    marks.append(axis_title(WIDTH - RIGHT, bottom + 32, "training rows/s"))
    return Chart(
        title="AUC against speed",
        caption="Up and to the right is better. On the line: no other is both faster and better.",
        width=WIDTH,
        height=bottom + 42,
        marks=marks,
        words=f"Pareto front: {', '.join(row.name for _, row, *_ in best)}",
    )

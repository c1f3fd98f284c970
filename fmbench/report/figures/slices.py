"""Whom a model serves: a metric over the slices of a family."""

from collections.abc import Sequence

from fmbench.pages.chart import Chart, axis_title, colour, dot, label, line, path, upright
from fmbench.pages.scale import Scale, fitted
from fmbench.report.figures._shared import RIGHT, WIDTH, is_constant
from fmbench.report.rows import Row
from fmbench.report.slices import Part

NAMES = {"activity": "ratings of the user in training", "time": "time of the rating"}


def served(rows: Sequence[Row], parts: Sequence[Part], family: str, drawn: str) -> Chart | None:
    """Return each model's AUC on the slices of a family, side by side where they would cover.

    `drawn` is what the intervals draw: users, or rows.
    """
    own = [part for part in parts if part.family == family]
    slices = list(dict.fromkeys(part.slice for part in own))
    known = [
        (i, row, of)
        for i, row in enumerate(rows)
        if not is_constant(row)
        and (of := [p for p in own if p.case == row.case and p.metrics["auc"].mean is not None])
    ]
    if not known or len(slices) < 2:
        return None
    top, bottom, left = 12.0, 216.0, 60.0
    bounds = [
        bound
        for *_, of in known
        for part in of
        for bound in (part.metrics["auc"].mean, part.metrics["auc"].low, part.metrics["auc"].high)
        if bound is not None
    ]
    y = fitted(bounds, bottom, top)
    x = Scale(-0.5, len(slices) - 0.5, left, WIDTH - RIGHT)
    marks = [*upright(y, left, WIDTH - RIGHT)]
    for n, name in enumerate(slices):
        for k, text in enumerate(name.split(" to ") if family == "time" else [name]):
            marks.append(label(x(n), bottom + 14 + 13 * k, text, "tick", "middle"))
    room = 0.6 / max(1, len(known))
    for place, (i, row, of) in enumerate(known):
        aside = room * (place - (len(known) - 1) / 2)
        points = []
        for part in of:
            auc, at = part.metrics["auc"], x(slices.index(part.slice) + aside)
            if auc.mean is None:
                continue
            if auc.low is not None and auc.high is not None:
                marks.append(line(at, y(auc.low), at, y(auc.high), f"span {colour(i)}"))
            title = f"{row.name}, {part.slice}: AUC {auc.mean:.4f}, {part.rows:,} rows"
            points.append(dot(at, y(auc.mean), 4, f"mean {colour(i)}", i, title))
        marks.append(
            path([(float(p.attributes["cx"]), float(p.attributes["cy"])) for p in points],
                 f"thin {colour(i)}", i)
        )  # fmt: skip
        marks += points
    marks.append(axis_title(WIDTH - RIGHT, bottom + 44, NAMES[family]))
    return Chart(
        title=f"AUC by {NAMES[family]}",
        caption=f"Means over seeds with 95 % intervals for other {drawn} and seeds.",
        width=WIDTH,
        height=bottom + 54,
        marks=marks,
        legend=[(i, row.name) for i, row, _ in known],
        words=f"AUC of {len(known)} models on {len(slices)} slices; the tables have the numbers",
    )

"""AUC of every seed, with means and intervals."""

from collections.abc import Iterator, Sequence

from fmbench.pages.chart import Chart, Mark, axis_title, colour, dot, level
from fmbench.pages.scale import Scale, fitted
from fmbench.record import Record
from fmbench.report.figures._shared import (
    LEFT,
    RIGHT,
    STEP,
    WIDTH,
    Records,
    in_words,
    is_constant,
    name,
)
from fmbench.report.rows import Row


def quality(rows: Sequence[Row], records: Records) -> Chart | None:
    """Return every seed's AUC with mean and interval, and the interval of the best in the back."""
    known = [
        (i, row)
        for i, row in enumerate(rows)
        if row.metrics["auc"].mean is not None and not is_constant(row)
    ]
    if not known:
        return None
    seeds = {row.case: _values(records.get(row.case, ()), "auc") for _, row in known}
    bounds = [
        bound
        for _, row in known
        for bound in (row.metrics["auc"].low, row.metrics["auc"].high)
        if bound is not None
    ]
    x = fitted([*bounds, *(v for of in seeds.values() for v in of)], LEFT, WIDTH - RIGHT)
    bottom = 14 + STEP * len(known)
    marks = [*level(x, 10, bottom)]
    best = known[0][1].metrics["auc"]
    if best.low is not None and best.high is not None:
        place = {"x": x(best.low), "y": 10, "width": round(x(best.high) - x(best.low), 1)}
        marks.append(Mark("rect", {**place, "height": bottom - 10, "class": "band"}))
    for place_of, (i, row) in enumerate(known):
        y = 28 + STEP * place_of
        marks += name(row, y)
        marks += [dot(x(v), y + 9, 2.2, f"seed {colour(i)}", i) for v in seeds[row.case]]
        marks += _interval(x, y, i, row)
    marks.append(axis_title(WIDTH - RIGHT, bottom + 30, "test AUC"))
    return Chart(
        title="AUC, every seed",
        caption="Small: seeds; large: their mean with its 95 % interval; band: that of the best."
        + " A constant guess is left out." * any(map(is_constant, rows)),
        width=WIDTH,
        height=bottom + 40,
        marks=marks,
        words=in_words("AUC", rows, "auc", 4),
    )


def _interval(x: Scale, y: float, i: int, row: Row) -> Iterator[Mark]:
    auc = row.metrics["auc"]
    if auc.mean is None:
        return
    half = auc.half_width
    if auc.low is not None and auc.high is not None:
        yield Mark(
            "line",
            {"x1": x(auc.low), "y1": y, "x2": x(auc.high), "y2": y, "class": f"bar {colour(i)}"},
            series=i,
        )
    uncertainty = "" if half is None else f" ± {half:.4f}"
    yield dot(
        x(auc.mean), y, 5.5, f"mean {colour(i)}", i, f"{row.name}: {auc.mean:.4f}{uncertainty}"
    )


def _values(records: Sequence[Record], metric: str) -> list[float]:
    values = (record.metrics.get("test", {}).get(metric) for record in records)
    return [value for value in values if value is not None]

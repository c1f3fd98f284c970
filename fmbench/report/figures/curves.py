"""Learning curves."""

from collections.abc import Sequence
from statistics import fmean

from fmbench.pages.chart import Chart, axis_title, colour, dot, label, path, upright
from fmbench.pages.scale import Scale, fitted
from fmbench.report.figures._shared import RIGHT, WIDTH, Records
from fmbench.report.rows import Row


def curves(rows: Sequence[Row], records: Records) -> Chart | None:
    """Return validation logloss by epoch: seeds thin, their mean thick, tested epochs as dots."""
    known = [
        (i, row, [r for r in records.get(row.case, ()) if r.curve]) for i, row in enumerate(rows)
    ]
    known = [(i, row, of) for i, row, of in known if of]
    if not known:
        return None
    losses = [e.valid_logloss for _, _, of in known for r in of for e in r.curve]
    longest = max(len(r.curve) for _, _, of in known for r in of)
    top, bottom, left = 12.0, 236.0, 52.0
    y = fitted(_shown(losses), bottom, top)
    x = Scale(1, max(longest, 2), left + 6, WIDTH - RIGHT - 6)
    marks = [*upright(y, left, WIDTH - RIGHT)]
    every = max(1, round(longest / 8))
    for epoch in range(1, longest + 1, every):
        marks.append(label(x(epoch), bottom + 14, str(epoch), "tick", "middle"))
    for i, row, of in known:
        for record in of:
            points = [
                (x(n), y(min(e.valid_logloss, y.high))) for n, e in enumerate(record.curve, 1)
            ]
            marks.append(path(points, f"thin {colour(i)}", i))
        together = min(len(r.curve) for r in of)
        mean = [fmean(r.curve[n].valid_logloss for r in of) for n in range(together)]
        points = [(x(n), y(min(value, y.high))) for n, value in enumerate(mean, 1)]
        marks.append(path(points, f"thick {colour(i)}", i, row.name))
        for record in of:
            if record.best_epoch is not None and record.best_epoch < len(record.curve):
                loss = record.curve[record.best_epoch].valid_logloss
                title = f"{row.name}, seed {record.spec.seed}: epoch {record.best_epoch + 1}"
                marks.append(
                    dot(x(record.best_epoch + 1), y(loss), 3.2, f"mean {colour(i)}", i, title)
                )
    marks.append(axis_title(WIDTH - RIGHT, bottom + 32, "epoch"))
    return Chart(
        title="Learning curves",
        caption="Validation logloss, nats. Thin: seeds; thick: their mean; dots: tested epochs. "
        "What is higher runs along the upper edge.",
        width=WIDTH,
        height=bottom + 42,
        marks=marks,
        legend=[(i, row.name) for i, row, _ in known],
        words=f"Validation logloss over up to {longest} epochs of {len(known)} models",
    )


def _shown(losses: Sequence[float]) -> list[float]:
    """Return losses without what would flatten all others: the tails of those that overfit."""
    ordered = sorted(losses)
    return ordered[: max(2, round(0.85 * len(ordered)))]

"""Throughput and latency: two measurements of each model on one axis."""

from collections.abc import Sequence

from fmbench.pages.chart import Chart, axis_title, colour, dot, level, line
from fmbench.pages.scale import fitted
from fmbench.report.figures._shared import LEFT, RIGHT, STEP, WIDTH, in_words, name
from fmbench.report.rows import Row


def speed(rows: Sequence[Row]) -> Chart | None:
    """Return rows a second in training and in scoring."""
    return _spans(
        rows,
        ("train_samples_per_s", "predict_samples_per_s"),
        "Throughput",
        "Rows per second: training (filled), scoring at batch 4096 (ring).",
        "rows/s",
    )


def latency(rows: Sequence[Row]) -> Chart | None:
    """Return the time to score one row: the median, and what one row in a hundred exceeds."""
    return _spans(
        rows,
        ("predict_latency_p50_ms", "predict_latency_p99_ms"),
        "Latency",
        "Milliseconds to score one row: median (filled), 99th percentile (ring).",
        "ms",
    )


def _spans(
    rows: Sequence[Row], metrics: tuple[str, str], title: str, caption: str, unit: str
) -> Chart | None:
    """Return two measurements of each model on one logarithmic axis."""
    known = [
        (i, row, first, second)
        for i, row in enumerate(rows)
        if (first := row.metrics[metrics[0]].mean) and (second := row.metrics[metrics[1]].mean)
    ]
    if not known:
        return None
    x = fitted((v for *_, a, b in known for v in (a, b)), LEFT, WIDTH - RIGHT, is_log=True)
    bottom = 14 + STEP * len(known)
    marks = [*level(x, 10, bottom)]
    for place, (i, row, first, second) in enumerate(known):
        y = 28 + STEP * place
        marks += name(row, y)
        marks.append(line(x(first), y, x(second), y, f"span {colour(i)}"))
        marks.append(
            dot(x(first), y, 5.5, f"mean {colour(i)}", i, f"{row.name}: {first:,.4g} {unit}")
        )
        marks.append(
            dot(x(second), y, 5.0, f"ring {colour(i)}", i, f"{row.name}: {second:,.4g} {unit}")
        )
    marks.append(axis_title(WIDTH - RIGHT, bottom + 30, unit))
    return Chart(
        title=title,
        caption=caption,
        width=WIDTH,
        height=bottom + 40,
        marks=marks,
        words=in_words(title, rows, metrics[0], 3),
    )

"""The matrix of paired differences."""

from collections.abc import Iterator, Sequence

from fmbench.pages.chart import Attributes, Chart, Mark, label, short_name
from fmbench.report.figures._shared import LEFT, WIDTH, is_constant, name
from fmbench.report.rows import Row
from fmbench.report.ties import Comparison

TURNED = 92.0
"""Pixels that the last column's name, which is turned, reaches to the right."""


def differences(rows: Sequence[Row], comparisons: Sequence[Comparison]) -> Chart | None:
    """Return the matrix of paired differences: row less column, in thousandths of AUC."""
    compared = {case for c in comparisons for case in (c.first, c.second)}
    shown = [row for row in rows if row.case in compared and not is_constant(row)]
    if len(shown) < 2:
        return None
    cases = {row.case for row in shown}
    comparisons = [c for c in comparisons if {c.first, c.second} <= cases]
    found = {(c.first, c.second): (c.paired.mean, c) for c in comparisons}
    found |= {(c.second, c.first): (-c.paired.mean, c) for c in comparisons}
    largest = max(abs(mean) for mean, _ in found.values()) or 1.0
    side = max(44.0, min(54.0, (WIDTH - LEFT - TURNED) / len(shown)))
    top = 92.0
    marks: list[Mark] = []
    for n, row in enumerate(shown):
        marks += name(row, top + side * (n + 0.5))
        x = LEFT + side * (n + 0.5)
        turned: Attributes = {"x": x, "y": top - 8, "transform": f"rotate(-40 {x:g} {top - 8:g})"}
        marks.append(Mark("text", {**turned, "class": "name"}, short_name(row.name), row.name))
        for m, other in enumerate(shown):
            if (row.case, other.case) in found:
                mean, comparison = found[row.case, other.case]
                marks += _square(
                    LEFT + side * m, top + side * n, side, mean, largest, comparison,
                    f"{row.name} - {other.name}",
                )  # fmt: skip
    return Chart(
        title="Paired differences",
        caption="Row less column, in thousandths of AUC, over common seeds. Bold: told apart at "
        "p < 0.05 after Holm; pale: not.",
        width=max(WIDTH, LEFT + side * len(shown) + TURNED),
        height=top + side * len(shown) + 8,
        marks=marks,
        words="Differences in AUC between every two models; the pairs report has the numbers",
    )


def _square(
    x: float, y: float, side: float, mean: float, largest: float, c: Comparison, who: str
) -> Iterator[Mark]:
    kind = "gain" if mean > 0 else "loss"
    strength = 0.12 + 0.7 * abs(mean) / largest if c.is_settled else 0.06
    title = f"{who}: {mean:+.4f}, p {c.p:.3g}"
    place = {"x": x + 1, "y": y + 1, "width": side - 2, "height": side - 2, "rx": 4}
    opacity = f"{strength:.2f}"
    yield Mark("rect", {**place, "class": kind, "fill-opacity": opacity}, "", title)
    settled = "settled" if c.is_settled else "unsettled"
    text = f"{1000 * mean:+.1f}".replace("-", "−")
    yield label(x + side / 2, y + side / 2, text, f"tick {settled}", "middle")

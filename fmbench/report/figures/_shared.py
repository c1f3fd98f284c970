"""What the figures of the main page share: sizes, names, words for those who cannot see them."""

from collections.abc import Iterator, Mapping, Sequence

from fmbench.pages.chart import Mark, label, short_name
from fmbench.record import Record
from fmbench.report.rows import Row

WIDTH, LEFT, RIGHT = 460.0, 132.0, 14.0
"""Pixels of a figure, and of its margins beside names."""

STEP = 30.0
"""Pixels between two models that stand under one another."""

CHANCE = 0.5
"""The AUC of a constant, exactly."""

Records = Mapping[str, Sequence[Record]]
"""Records by case, of those that came to a result."""


def is_constant(row: Row) -> bool:
    """Tell whether a case says the same of every row; it would press all others into a corner."""
    return row.metrics["auc"].mean == CHANCE


def name(row: Row, y: float) -> Iterator[Mark]:
    """Yield a model's name beside its line."""
    yield label(LEFT - 12, y, short_name(row.name), "name", "end", row.name)


def in_words(what: str, rows: Sequence[Row], metric: str, digits: int) -> str:
    """Return what a figure shows, model by model."""
    said = [
        f"{row.name} {mean:,.{digits}g}"
        for row in rows
        if (mean := row.metrics[metric].mean) is not None
    ]
    return f"{what}: {', '.join(said)}"

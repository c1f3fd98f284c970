"""Published values: what others report on the very split of a table, beside it and not among it."""

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import msgspec

from fmbench.metrics import METRICS
from fmbench.pages.page import Grid, Section
from fmbench.report.tables import Table
from fmbench.spec import read_toml

FOLDER: Final = Path(__file__).parents[1] / "published"

TOLERANCE: Final = 1e-4
"""Share by which counts of rows may differ: those that are published do not always add up."""

CAUTION: Final = (
    "Published elsewhere, a number a model, and not measured here: settings and machines are those "
    "of its source, and nothing is compared with it statistically"
)


class Line(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model as its publisher names it, with what is reported of the test rows."""

    model: str
    auc: float
    logloss: float


class Published(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a source reports on a split."""

    dataset: str
    source: str
    rows: tuple[int, int, int]
    """How many rows train, validate and test."""
    data: dict[str, Any]
    """Options that the source shares with a table whose split is the same."""
    note: str = ""
    """What the source does otherwise."""
    published: list[Line]


def published(table: Table) -> list[Published]:
    """Return what was published on the rows of a table."""
    rows = [of.get("rows", 0) for of in table.audit.get("parts", {}).values()]
    return [
        each
        for each in _shipped()
        if each.dataset == table.dataset
        and all(table.dataset_args.get(key) == value for key, value in each.data.items())
        and len(rows) == len(each.rows)
        and all(
            math.isclose(*pair, rel_tol=TOLERANCE) for pair in zip(rows, each.rows, strict=True)
        )
    ]


def sections(table: Table) -> Iterator[Section]:
    """Yield a section a source, the best of its models by AUC first."""
    for each in published(table):
        lines = sorted(each.published, key=lambda line: -line.auc)
        yield Section(
            title=f"{table.dataset}: published elsewhere",
            grid=Grid(
                ("model", "AUC", "logloss\nnats"),
                [[line.model, _shown("auc", line), _shown("logloss", line)] for line in lines],
                [False, True, True],
            ),
            below=[f"Source: {each.source}", *([each.note] if each.note else []), CAUTION],
        )


def _shown(metric: str, line: Line) -> str:
    return f"{getattr(line, metric):.{METRICS[metric].digits}f}"


@cache
def _shipped() -> list[Published]:
    paths = sorted(FOLDER.glob("*.toml"))
    contents = [read_toml(path, "file of published values") for path in paths]
    return [msgspec.convert(content, Published) for content in contents]

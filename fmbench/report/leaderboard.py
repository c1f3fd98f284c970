"""The leaderboard: the columns that a reader sees, and how each number is written."""

from collections import Counter
from collections.abc import Mapping, Sequence

from fmbench.metrics import METRICS
from fmbench.pages.page import NOTHING, Grid, Section
from fmbench.report import words
from fmbench.report.digits import digits
from fmbench.report.rows import Row
from fmbench.report.tables import Table
from fmbench.stats import Interval

QUALITY: Mapping[str, str] = {"auc": "AUC ±", "logloss": "logloss ±\nnats"}

COST: Mapping[str, str] = {
    "train_samples_per_s": "train\nrows/s",
    "predict_samples_per_s": "predict\nrows/s",
    "predict_latency_p50_ms": "p50\nms",
    "time_to_best_s": "best\nat s",
    "peak_rss_mib": "RSS\nMiB",
}

HEADERS = (
    "model", "tie", "para-\nmeters", *QUALITY.values(), "s.e.\nAUC", *COST.values(), "seeds",
)  # fmt: skip

# Means of fixed digits line up from the left, with whatever ± behind them.
_RIGHT = [header not in ("model", "tie", *QUALITY.values()) for header in HEADERS]

BEST = 1


def sections(tables: Sequence[Table]) -> list[Section]:
    """Return tables in words and figures, for people."""
    return [_section(table) for table in tables] or [
        Section(title="no records", grid=Grid(HEADERS, [], _RIGHT))
    ]


def display_names(table: Table) -> Mapping[str, str]:
    """Return what each case is called: a model that stands there twice is told apart."""
    count = Counter(row.name for row in table.rows)
    return {
        row.case: f"{row.name} ({row.case[:6]})" if count[row.name] > 1 else row.name
        for row in table.rows
    }


def _section(table: Table) -> Section:
    names = display_names(table)
    places = {name: digits(table, name) for name in QUALITY}
    cells = [_cells(row, names[row.case], places) for row in table.rows]
    return Section(
        title=words.title(table),
        warning=words.warning(table),
        above=words.above(table),
        grid=Grid(HEADERS, cells, _RIGHT),
        below=words.below(table, QUALITY),
    )


def _cells(row: Row, name: str, places: Mapping[str, int]) -> list[str]:
    n_ok = len(row.seeds) - len(row.failures)
    return [
        f"{name}{f' {words.BASELINE}' * row.baseline}",
        NOTHING if row.group is None else f"{row.group}{' *' * (row.group == BEST)}",
        NOTHING if row.parameters is None else large(row.parameters),
        *(quality(row.metrics[name], places[name]) for name in QUALITY),
        _error(row.metrics["auc"], places["auc"]),
        *(cost(row.metrics[name].mean, METRICS[name].digits) for name in COST),
        f"{n_ok} of {len(row.seeds)}" if row.failures else str(n_ok),
    ]


def quality(interval: Interval, digits: int) -> str:
    """Write a mean ± half width, both to the digits of the column.

    Fixed digits, and not two significant ones of each ±: the means of a column stand under one
    another.
    """
    if interval.mean is None:
        return NOTHING
    half = interval.half_width
    uncertainty = NOTHING if half is None else f"{half:.{digits}f}"
    return f"{interval.mean:.{digits}f} ± {uncertainty}"


def _error(interval: Interval, digits: int) -> str:
    """Write one standard error of the mean over seeds."""
    return NOTHING if interval.error is None else f"{interval.error:.{digits}f}"


def cost(value: float | None, digits: int) -> str:
    """Write a measurement, to as many digits as can be repeated."""
    if value is None:
        return NOTHING
    return large(value) if digits == 0 else f"{value:,.{digits}f}"


def large(value: float) -> str:
    """Write a number to three significant digits: 1.03M, 412k, 87."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * size:
            return f"{value / size:#.3g}".rstrip(".") + unit
    return f"{value:.3g}"

"""The grids of slices: a row a model, a column a slice."""

from collections.abc import Iterator, Mapping, Sequence

from fmbench.metrics import METRICS
from fmbench.pages.page import NOTHING, Grid, Section
from fmbench.report import words
from fmbench.report.leaderboard import display_names, quality
from fmbench.report.slices import MARKED, Part
from fmbench.report.tables import Table
from fmbench.stats import FEWEST

TITLES = {
    ("all", "user", "item"): "users and items that training has seen or not",
    ("activity",): "ratings of the user in training",
    ("popularity",): "ratings of the item in training",
    ("time",): "time",
}
"""Which families stand in one grid."""

NAMES = {"auc": "AUC", "logloss": "logloss, nats"}


def sections(table: Table, parts: Sequence[Part]) -> Iterator[Section]:
    """Yield a grid for each kind of slice, by AUC and by logloss; the notes follow the last."""
    title, names = words.title(table), display_names(table)
    if not parts:
        yield Section(
            title=f"{title}: slices",
            warning=words.warning(table),
            grid=Grid(["model"], [], [False]),
            below=["NOT SLICED: predictions or data are out of reach"],
        )
        return
    grids = [(metric, families) for metric in MARKED for families in TITLES]
    for i, (metric, families) in enumerate(grids):
        yield Section(
            title=f"{title}: {NAMES[metric]}, by {TITLES[families]}",
            warning="" if i else words.warning(table),
            grid=_grid(metric, [part for part in parts if part.family in families], names),
            of=[names[case] for case in dict.fromkeys(part.case for part in parts)],
            below=[*_notes(parts)] if i == len(grids) - 1 else (),
        )


def _grid(metric: str, parts: Sequence[Part], names: Mapping[str, str]) -> Grid:
    slices = {(part.family, part.slice): part for part in parts}
    cases = dict.fromkeys(part.case for part in parts)
    cells = {(part.family, part.slice, part.case): _cell(part, metric) for part in parts}
    return Grid(
        ["model", *map(_header, slices.values())],
        [[names[case], *(cells[*place, case] for place in slices)] for case in cases],
        [False] * (1 + len(slices)),
    )


def _header(part: Part) -> str:
    share = NOTHING if part.positive_share is None else f"{100 * part.positive_share:.1f} %"
    name = part.slice.replace(" to ", "\nto ") if part.family == "time" else part.slice
    counts = (_many(part.rows, "row"), _many(part.users, "user"), f"{share} positive")
    return f"{name}:\n" + ",\n".join(counts)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _cell(part: Part, metric: str) -> str:
    value = quality(part.metrics[metric], METRICS[metric].digits)
    return f"{value} *" if part.best.get(metric) else value


def _notes(parts: Sequence[Part]) -> Iterator[str]:
    shown = [part.metrics[metric] for part in parts for metric in MARKED]
    yield from _undefined(parts)
    yield (
        "±: half width of the 95 % interval of the mean over seeds, for other users (drawn with "
        "all their rows) and other seeds at once; from one seed, for other users alone"
    )
    if any(each.mean is not None and each.low is None for each in shown):
        yield f"± {NOTHING}: fewer than {FEWEST} users, or fewer than {FEWEST} rows of one class"
    if any(part.best for part in parts):
        yield (
            "*: the best of its column, or not to be told from it (paired by user and seed; "
            "p < 0.05 after Holm for all pairs of the column, not of all columns)"
        )
    yield "Slices by popularity and time hold the same number of rows, but for equal values"
    yield "JSON and CSV hold every metric of every slice"


def _undefined(parts: Sequence[Part]) -> Iterator[str]:
    """Say why cells are empty: once a slice, as it mostly holds for all models."""
    found = {
        (part.slice, metric, reason): None
        for part in parts
        for metric, reason in part.undefined.items()
        if metric in MARKED
    }
    for where, metric, reason in found:
        yield f"UNDEFINED: {metric} of {where}: {reason}"

"""The grids of slices: a row a model, a column a slice."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from fmbench.metrics import METRICS
from fmbench.pages.page import NOTHING, Grid, Section
from fmbench.report import words
from fmbench.report.leaderboard import display_names, quality
from fmbench.report.slices import MARKED, Part
from fmbench.report.tables import Table
from fmbench.stats import FEWEST

SEEN = ("all", "user", "item")
"""Families of one grid: all rows, and those whose user or item training has seen or not."""

TITLES = {
    SEEN: "",
    ("activity",): "by ratings of the user in training",
    ("popularity",): "by ratings of the item in training",
    ("time",): "by time",
}
"""Which families stand in one grid, and what it is called; of SEEN that hangs on the data."""

EQUAL = ("popularity", "time")
"""Families whose slices are as equal in rows as can be."""

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
    known = {part.family for part in parts}
    shown = [families for families in TITLES if known.intersection(families)]
    grids = [(metric, families) for metric in MARKED for families in shown]
    for i, (metric, families) in enumerate(grids):
        yield Section(
            title=f"{title}: {NAMES[metric]}, {_by(families, known)}",
            warning="" if i else words.warning(table),
            grid=_grid(metric, [part for part in parts if part.family in families], names),
            of=[names[case] for case in dict.fromkeys(part.case for part in parts)],
            below=[*_notes(parts, table.drawn)] if i == len(grids) - 1 else (),
        )


def _by(families: Sequence[str], known: Collection[str]) -> str:
    """Say what the slices of a grid are by; data without users or items has none of them."""
    if families != SEEN:
        return TITLES[tuple(families)]
    seen = " and ".join(f"{role}s" for role in ("user", "item") if role in known)
    return f"by {seen} that training has seen or not" if seen else "all rows"


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
    users = [] if part.users is None else [_many(part.users, "user")]
    counts = (_many(part.rows, "row"), *users, f"{share} positive")
    return f"{name}:\n" + ",\n".join(counts)


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"


def _cell(part: Part, metric: str) -> str:
    value = quality(part.metrics[metric], METRICS[metric].digits)
    return f"{value} *" if part.best.get(metric) else value


def _notes(parts: Sequence[Part], drawn: str) -> Iterator[str]:
    shown = [part.metrics[metric] for part in parts for metric in MARKED]
    yield from _undefined(parts)
    whole = " (drawn with all their rows)" * (drawn == "users")
    yield (
        f"±: half width of the 95 % interval of the mean over seeds, for other {drawn}{whole} and "
        f"other seeds at once; from one seed, for other {drawn} alone"
    )
    if any(each.mean is not None and each.low is None for each in shown):
        users = f"fewer than {FEWEST} users, or " * (drawn == "users")
        yield f"± {NOTHING}: {users}fewer than {FEWEST} rows of one class"
    if any(part.best for part in parts):
        yield (
            "*: the best of its column, or not to be told from it (paired by "
            f"{drawn.removesuffix('s')} and seed; p < 0.05 after Holm for all "
            "pairs of the column, not of all columns)"
        )
    if equal := [family for family in EQUAL if any(part.family == family for part in parts)]:
        which = " and ".join(equal)
        yield f"Slices by {which} hold the same number of rows, but for equal values"
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

"""A board: one table as the page shows it, with what stands behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fmbench.pages.chart import Chart
from fmbench.pages.page import Section

Facts = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Run:
    """One record: the numbers that a row of the table is the mean of."""

    seed: int
    cells: Sequence[str]
    name: str
    """The name that its files in the store begin with."""
    failure: str = ""
    """The reason why it came to no result."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row of the table comes from."""

    title: str
    facts: Facts
    runs: Sequence[Run]


RUN_HEADERS = ("seed", "AUC", "logloss", "epochs", "tested", "train rows/s", "best at s", "record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One table as the page shows it."""

    section: Section
    headline: str
    chips: Facts
    keys: Sequence[Sequence[float | None]]
    """Numbers that columns are sorted by; None where the text is the key."""
    swatches: Sequence[str]
    """The class of each origin's colour."""
    claims: Sequence[tuple[str, str]] = ()
    """Sentences, and the title of the origin that each stands on."""
    alerts: Sequence[str]
    """Sentences about cells that failed or have no value."""
    notes: Sequence[str]
    charts: Sequence[Chart]
    beside: Sequence[Section] = ()
    """Sections of numbers that no record stands behind, as they are others'."""
    more: Sequence[Section] = ()
    folded: Sequence[Section] = ()
    """Sections that are shown when asked for."""
    audit: Facts
    environments: Sequence[Facts]
    origins: Sequence[Origin]
    """What stands behind each row of the table, in its order, and then behind the others."""

    def target(self, title: str) -> int | None:
        """Return the place of an origin."""
        places = [i for i, origin in enumerate(self.origins) if origin.title == title]
        return places[0] if places else None

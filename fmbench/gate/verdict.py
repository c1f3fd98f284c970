"""Verdicts: what is said of one metric of one cell, and what a whole check comes to."""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import msgspec

SCHEMA = 1

Verdict = Literal[
    "BROKEN",
    "REGRESSED",
    "MISSING",
    "NOT_COMPARABLE",
    "INCONCLUSIVE",
    "NEW",
    "IMPROVED",
    "EQUIVALENT",
]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""The gravest first."""

BLOCKING: frozenset[Verdict] = frozenset(("BROKEN", "REGRESSED", "MISSING", "NOT_COMPARABLE"))
"""Verdicts that no check passes with."""

_MIRROR: Mapping[Verdict, Verdict] = {
    "REGRESSED": "IMPROVED",
    "IMPROVED": "REGRESSED",
    "NEW": "MISSING",
    "MISSING": "NEW",
}

NO, UNSETTLED = 1, 7
"""Exit codes: the gate says no; under `strict`, it does not know."""


def mirrored(verdict: Verdict) -> Verdict:
    """Return what is said where base and new have swapped."""
    return _MIRROR.get(verdict, verdict)


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one cell: base, new, and what is to be thought of the change."""

    name: str
    metric: str
    verdict: Verdict
    base: float | None = None
    """The mean over the seeds that were compared."""
    new: float | None = None
    change: float | None = None
    """new - base, in the unit of the metric: over ten seeds or more, the trimmed mean."""
    low: float | None = None
    high: float | None = None
    """The 95 % interval of the change."""
    why: str
    accepted: str | None = None
    """Day until which a regression is put up with, and why; such a one does not block."""

    @property
    def is_open(self) -> bool:
        """Whether the cell counts in what the check comes to."""
        return self.accepted is None


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A whole check: everything that any format shows of it."""

    schema: int = SCHEMA
    verdict: Verdict
    """The gravest of the cells, accepted ones apart."""
    exit: int
    base: str
    new: str
    """Name of what was compared, as the caller gave it."""
    cells: list[Cell]
    """The gravest verdict first, then by name."""
    notes: list[str] = []
    """How it was judged, and what else a reader should know."""


def conclude(
    cells: Sequence[Cell], *, base: str, new: str, strict: bool = False, notes: Sequence[str] = ()
) -> Check:
    """Return what these cells come to; at least one there must be."""
    order = sorted(cells, key=lambda cell: (VERDICTS.index(cell.verdict), cell.name, cell.metric))
    counting: list[Verdict] = [cell.verdict for cell in order if cell.is_open]
    gravest = counting[0] if counting else "EQUIVALENT"
    code = NO if gravest in BLOCKING else 0
    if gravest == "INCONCLUSIVE" and strict:
        code = UNSETTLED
    return Check(verdict=gravest, exit=code, base=base, new=new, cells=order, notes=list(notes))

"""What predictions say of a table, kept beside its records: a clone has no predictions."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from fmbench import document
from fmbench.record import Record
from fmbench.report.calibration import Bin, build_bins
from fmbench.report.pairs import Scored
from fmbench.report.slices import Part, Traits, build_parts
from fmbench.report.tables import Table

SCHEMA = 1

FOLDER = "answers"
"""Where a store keeps them."""


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answers that the test rows of a table gave."""

    schema: int = SCHEMA
    of: str
    """A digest of the predictions that were asked."""
    parts: list[Part]
    bins: list[Bin]


Ask = Callable[[Table], Answers | None]
"""A function that gives a table's answers; None where there are none."""


def nobody(table: Table) -> None:
    """Ask nobody: there are no predictions, and nothing is kept."""


def ask(table: Table, records: Sequence[Record], scored: Scored, traits: Traits) -> Answers:
    """Return what the test rows say of each case of a table."""
    return Answers(
        of=digest(table, records),
        parts=[*build_parts(table, scored, traits)],
        bins=[*build_bins(table, scored)],
    )


def keep(table: Table, answers: Answers, root: Path) -> None:
    """Write answers into a store.

    Raises:
        EnvironmentFault: They cannot be written.
    """
    document.write(_path(table, root), answers)


def kept(table: Table, records: Sequence[Record], root: Path) -> Answers | None:
    """Return the answers that a store keeps; None where they are of other records or not there.

    Raises:
        EnvironmentFault: They cannot be read.
        StoreError: They are damaged or newer than this program.
    """
    found = document.read(_path(table, root), Answers, SCHEMA, within=root)
    return found if found is not None and found.of == digest(table, records) else None


def digest(table: Table, records: Sequence[Record]) -> str:
    """Return a hash of all predictions of a table."""
    told = sorted(
        f"{record.spec.case} {record.spec.seed} {record.predictions}"
        for record in records
        if record.predictions and record.fingerprint == table.fingerprint
    )
    return document.digest(told)


def _path(table: Table, root: Path) -> Path:
    return root / FOLDER / f"rows-{(table.fingerprint or 'none')[:12]}.json"

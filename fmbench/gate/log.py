"""The log of a reference: which stored records its name stands for, and what was accepted since.

`results/references/NAME.jsonl` is only ever added to: one promotion or acceptance a line. The last
promotion counts. It names its records by their content, so that a store which grew since, or lost
one of them, is not mistaken for what was promoted.
"""

import re
from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

from fmbench.errors import EnvironmentFault, StoreError, UnknownName, UsageError
from fmbench.files import append, read, writing
from fmbench.record import Record
from fmbench.store import Store

SCHEMA = 1

FOLDER = Path("results") / "references"
"""The folder of the logs, from where the command is called: the top of a repository."""

FORMER_FOLDER = Path("results") / "baselines"
"""What that folder was called before; used where it is the only one."""

DEFAULT = "main"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

ID_DIGITS = 12
"""Digits of a record's id, as in the name of its file."""


class Promotion(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="promote"):
    """A promotion: from now on the name stands for these records."""

    schema: int = SCHEMA
    at: str
    """UTC, ISO 8601."""
    store: str
    """Path of the store, seen from the folder of the log."""
    records: Annotated[list[str], msgspec.Meta(min_length=1)]
    """The first digits of their ids."""
    commits: list[str] = []
    """Commits that they were measured at."""
    reason: str


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="accept"):
    """A regression that is put up with until a day."""

    schema: int = SCHEMA
    at: str
    cell: str
    metric: str
    until: date
    """The last day on which it does not block."""
    reason: str


Entry = Promotion | Acceptance


def home() -> Path:
    """Return the folder of the logs."""
    return FORMER_FOLDER if FORMER_FOLDER.is_dir() and not FOLDER.exists() else FOLDER


class Log:
    """The log of one reference."""

    def __init__(self, name: str, folder: Path | None = None) -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(f"reference name {name!r}; expected letters, digits, '.', '_' and '-'")
        self.name = name
        self.path = (folder or home()) / f"{name}.jsonl"

    def read(self) -> list[Entry]:
        """Return all entries, the oldest first.

        Raises:
            UnknownName: There is no such reference.
            StoreError: The log is damaged or newer than this program.
        """
        try:
            content = read(self.path)
        except FileNotFoundError as error:
            raise UnknownName("reference", self.name, names(self.path.parent)) from error
        except OSError as error:
            reason = error.strerror or error
            raise EnvironmentFault(f"{str(self.path)!r} cannot be read: {reason}") from error
        if content and not content.endswith(b"\n"):
            raise self._damaged(content.count(b"\n") + 1, "it is cut short")
        lines = content.splitlines()
        return [self._entry(line, number) for number, line in enumerate(lines, 1)]

    def append(self, entry: Entry) -> None:
        """Add an entry; what was there stays, whatever happens meanwhile.

        Raises:
            EnvironmentFault: It cannot be written.
        """
        with writing(self.path):
            append(self.path, msgspec.json.encode(entry) + b"\n")

    def records(self) -> list[Record]:
        """Return the records that the last promotion names.

        Raises:
            UnknownName: There is no such reference.
            StoreError: The log or the store is damaged, or one of the records is gone.
        """
        promotion, store = self.promotion(), self.store()
        if not store.records.is_dir():
            raise StoreError(
                f"reference {self.name!r} names the store {promotion.store!r}, which is not there",
                "get it back, or promote another one",
            )
        stored, damages = store.scan()
        if damages:
            raise StoreError(f"the store of reference {self.name!r}: {damages[0].why}")
        found = {item.id[:ID_DIGITS]: item.record for item in stored}
        gone = [id for id in promotion.records if id not in found]
        if gone:
            raise StoreError(
                f"reference {self.name!r} names record {gone[0]}, which its store lacks "
                f"({len(gone)} of {len(promotion.records)} are gone)",
                "get them back, or promote another store",
            )
        return [found[id] for id in promotion.records]

    def store(self) -> Store:
        """Return the store that the last promotion names."""
        return Store(self.path.parent / self.promotion().store)

    def promotion(self) -> Promotion:
        """Return the promotion that counts."""
        for entry in reversed(self.read()):
            if isinstance(entry, Promotion):
                return entry
        raise StoreError(f"reference {self.name!r} was never promoted; its log has no such line")

    def acceptances(self) -> list[Acceptance]:
        """Return every acceptance there was, the latest of each cell and metric."""
        latest = {(e.cell, e.metric): e for e in self.read() if isinstance(e, Acceptance)}
        return list(latest.values())

    def _entry(self, line: bytes, number: int) -> Entry:
        try:
            schema = msgspec.json.decode(line, type=_Schema).schema
            if schema > SCHEMA:
                raise StoreError(
                    f"reference {self.name!r} has schema {schema} in line {number}; "
                    f"this fmbench reads up to {SCHEMA}",
                    "install a newer fmbench",
                )
            entry: Entry = msgspec.json.decode(line, type=Entry)
            return entry
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._damaged(number, str(error)) from error

    def _damaged(self, number: int, why: str) -> StoreError:
        return StoreError(
            f"reference {self.name!r} is damaged in line {number}: {why}",
            f"restore {str(self.path)!r} from version control",
        )


class _Schema(msgspec.Struct):
    schema: int


def names(folder: Path | None = None) -> list[str]:
    """Return the references that there are."""
    return sorted(path.stem for path in (folder or home()).glob("*.jsonl"))

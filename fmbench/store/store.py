"""Appending to a store and reading it."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fmbench.errors import EnvironmentFault, StoreError, UsageError
from fmbench.files import Unfit, is_inside, make, move, read, sync, write, writing
from fmbench.record import Record
from fmbench.store.file import Newer, decode, encode
from fmbench.store.logits import pack
from fmbench.store.predictions import read_logits, valid_name

log = logging.getLogger("fmbench")

Key = tuple[str, int]
"""Case and seed; a store gives out at most one record of each pair."""


@dataclass(frozen=True, slots=True)
class Damage:
    """A file that is damaged, and why."""

    path: Path
    why: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A whole record and where it is."""

    path: Path
    id: str
    record: Record

    @property
    def key(self) -> Key:
        """The case and seed of the record."""
        return self.record.spec.case, self.record.spec.seed

    @property
    def rank(self) -> tuple[bool, str]:
        """The order among records of one key: `ok` first, then by id; the first counts."""
        return self.record.status != "ok", self.id


class Contents(NamedTuple):
    """What a store holds."""

    records: list[Record]
    damages: list[Damage]


class Store:
    """Records under `root/records`, what they predicted under `root/predictions`.

    A record's file is named by what it is of and by its content's hash, so that writers at the same
    time, or two branches that are merged, never write the same name with different content.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.records = root / "records"
        self.predicted = root / "predictions"
        self.damaged = root / "damaged"
        self.unfinished = root / "unfinished"
        """The folder where long cells keep how far they have come."""

    def check(self) -> None:
        """Refuse a place that plainly cannot be written, before anything is read; makes nothing.

        Raises:
            EnvironmentFault: A file is in the way, or the folder belongs to somebody else.
        """
        place = next(p for p in (self.records, *self.records.parents) if os.path.lexists(p))
        if not place.is_dir():
            raise EnvironmentFault(f"{str(place)!r} is not a folder; expected one to keep records")
        if not os.access(place, os.W_OK | os.X_OK):
            raise EnvironmentFault(f"{str(place)!r} cannot be written; expected a folder that can")

    def prepare(self) -> None:
        """Make the folders and prove that they can be written, before hours of work are spent.

        Raises:
            EnvironmentFault: They cannot, or one of them is a link that leads out of the store.
        """
        for folder in (self.records, self.predicted, self.damaged, self.unfinished):
            self._refuse_outside(folder)
        with writing(self.root):
            for folder in (self.records, self.predicted):
                make(folder)
                tempfile.TemporaryFile(dir=folder).close()

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other sweeps out, which would run the same cells; the system ends it with us.

        Raises:
            EnvironmentFault: Another one is at work here.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(self.root / ".lock", timeout=0)
        with writing(self.root):
            try:
                lock.acquire()
            except Timeout as error:
                raise EnvironmentFault(
                    f"another fmbench is running cells in {str(self.root)!r}; expected to be alone",
                    "wait for it, or name another folder with --out",
                ) from error
        try:
            yield
        finally:
            lock.release()

    def append(
        self, record: Record, logits: bytes | None = None, valid: bytes | None = None
    ) -> None:
        """Write a record; when this returns, it is on the disk.

        Failed records of the same case and seed that it outranks go once it is there: this is their
        second try. Of two that fail at the same time, both leave the same one.

        Raises:
            StoreError: The record cannot be stored, or the logits are not those that it names.
            EnvironmentFault: The disk is full or the folder cannot be written.
        """
        id, file = encode(record)
        path = self.records / f"{record.spec.cell}-{id[:12]}.json"
        with writing(self.root):
            if logits is not None:
                write(self.predictions_path(_hash(logits, record)), pack(logits))
                if valid is not None:
                    write(self.predicted / valid_name(record, valid), pack(valid))
            write(path, file)
            for failed in self._outdone(Stored(path, id, record)):
                failed.unlink(missing_ok=True)
                sync(self.records)

    def read(self) -> Contents:
        """Return the records in the order of their file names, one of each case and seed.

        What is damaged is left out and named beside them.

        Raises:
            UsageError: There is no store.
            StoreError: A record is newer than this program.
        """
        stored, damages = self.scan()
        chosen = {item.path for item in best(stored)}
        return Contents([item.record for item in stored if item.path in chosen], damages)

    def scan(self) -> tuple[list[Stored], list[Damage]]:
        """Return every whole record, and the files that should be one and are not.

        Raises:
            UsageError: There is no store.
            StoreError: A record is newer than this program.
        """
        paths = self.files(self.records)
        if not paths and not self.records.is_dir():
            raise UsageError(
                f"{str(self.root)!r} holds no records; expected a folder that `fmbench run` wrote"
            )
        stored, damages = [], []
        for path in paths:
            if path.name.startswith(".") or path.suffix != ".json":
                continue
            try:
                stored.append(Stored(path, *decode(read(path, within=self.root), path.name)))
            except Newer:
                raise
            except StoreError as error:
                damages.append(Damage(path, str(error)))
            except FileNotFoundError:
                continue  # a failed record that a second try has just replaced
            except OSError as error:
                reason = error.strerror or error
                damages.append(Damage(path, f"record {path.name!r} cannot be read: {reason}"))
        return stored, damages

    def files(self, folder: Path) -> list[Path]:
        """Return what is in one of the store's folders, in order; nothing if it is not there.

        Raises:
            EnvironmentFault: The folder cannot be read, or is a link that leads out of the store.
        """
        self._refuse_outside(folder)
        try:
            return sorted(folder.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            reason = error.strerror or error
            raise EnvironmentFault(f"{str(folder)!r} cannot be read: {reason}") from error

    def set_aside(self, damages: Iterable[Damage]) -> None:
        """Move damaged files out of the way, where nothing of them is lost.

        Raises:
            EnvironmentFault: They cannot be moved.
        """
        for damage in damages:
            target = self.move_aside(damage.path)
            log.warning("%s; it is now %s", damage.why, target.relative_to(self.root))

    def move_aside(self, path: Path) -> Path:
        """Move a file to `root/damaged`, where its bytes are kept; return where it is now.

        Raises:
            EnvironmentFault: It cannot be moved.
        """
        self._refuse_outside(self.damaged)
        with writing(self.root):
            return move(path, self.damaged)

    def predictions(self, record: Record) -> NDArray[np.float32]:
        """Return the test logits of a record, `(rows,)`, in the order of its split.

        Raises:
            Missing: They are not there.
            StoreError: They cannot be read, or are not those that the record names.
        """
        return read_logits(
            self.predictions_path(record.predictions or ""), record, "test", self.root
        )

    def valid_predictions(self, record: Record) -> NDArray[np.float32]:
        """Return the validation logits of a record, `(rows,)`, in the order of its split.

        Raises:
            Missing: They are not there, as with records from before they were kept.
            StoreError: They cannot be read, or are not those that the file's name says.
        """
        path = next(iter(self.valid_paths(record)), self.predicted / valid_name(record))
        return read_logits(path, record, "valid", self.root)

    def valid_paths(self, record: Record) -> list[Path]:
        """Return the files of a record's validation logits: one, or none."""
        self._refuse_outside(self.predicted)
        return sorted(self.predicted.glob(valid_name(record)))

    def predictions_path(self, hash: str) -> Path:
        """Return where logits of this SHA-256 are kept."""
        return self.predicted / f"{hash[:16]}.f32z"

    def _refuse_outside(self, folder: Path) -> None:
        """Refuse a folder through which files of somebody else would be read or removed."""
        if not is_inside(folder, self.root):
            raise EnvironmentFault(
                f"{str(folder)!r} is a link that leads out of {str(self.root)!r}; "
                "expected a folder in it",
                "the store as a whole may be a link",
            )

    def _outdone(self, new: Stored) -> list[Path]:
        """Return the files of failed records of the same spec that a new record outranks."""
        outdone = []
        for path in self.records.glob(f"{new.record.spec.cell}-*.json"):
            with suppress(StoreError, FileNotFoundError, Unfit):
                old = Stored(path, *decode(read(path, within=self.root), path.name))
                is_failed = old.record.status != "ok" and old.record.spec == new.record.spec
                if is_failed and new.rank < old.rank:
                    outdone.append(path)
        return outdone


def best(stored: Iterable[Stored]) -> list[Stored]:
    """Return one record of each case and seed.

    One that is `ok` before one that failed, then that of the smallest id: the same one on every
    machine, whatever order branches were merged in, and no chance to pick the nicer number.
    """
    chosen: dict[Key, Stored] = {}
    for item in sorted(stored, key=lambda item: item.rank):
        chosen.setdefault(item.key, item)
    return list(chosen.values())


def _hash(logits: bytes, record: Record) -> str:
    """Return the SHA-256 of logits, which their record names."""
    hash = hashlib.sha256(logits).hexdigest()
    if hash != record.predictions:
        raise StoreError(
            f"logits of {record.spec.cell} have SHA-256 {hash}; expected {record.predictions}, "
            "which the record names"
        )
    return hash

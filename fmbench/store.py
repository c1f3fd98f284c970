"""The store: a folder with one file a record, each written whole or not at all."""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

import msgspec

from fmbench.errors import EnvironmentFault, StoreError, UsageError
from fmbench.record import SCHEMA, Record

_REMEDY = "move the file away and run again: what it held, and no more, is measured anew"

Key = tuple[str, int]
"""Case and seed: what a store holds at most one record of."""


class Store:
    """Records under `root/records`; what they predicted, for paired tests, beside them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.records = root / "records"
        self.predictions = root / "predictions"

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
            EnvironmentFault: They cannot.
        """
        try:
            for folder in (self.records, self.predictions):
                folder.mkdir(parents=True, exist_ok=True)
                tempfile.TemporaryFile(dir=folder).close()
        except OSError as error:
            raise _cannot_write(self.root, error) from error

    def append(self, record: Record, logits: bytes | None = None) -> None:
        """Write a record; when this returns, it is on the disk.

        A record of the same case and seed is replaced: it was one that failed.

        Raises:
            EnvironmentFault: The disk is full or the folder cannot be written.
        """
        name = f"{record.spec.model}-{record.spec.case}-s{record.spec.seed}"
        try:
            if logits is not None:
                _write(self.predictions / f"{name}.f32", logits)
            _write(self.records / f"{name}.json", encode(record))
        except OSError as error:
            raise _cannot_write(self.root, error) from error

    def read(self) -> list[Record]:
        """Return all records, in the order of their file names.

        Raises:
            UsageError: There is no store.
            StoreError: A record is damaged or newer than this program.
        """
        if not self.records.is_dir():
            raise UsageError(
                f"{str(self.root)!r} holds no records; expected a folder that `fmbench run` wrote"
            )
        return [
            decode(path.read_bytes(), path.name) for path in sorted(self.records.glob("*.json"))
        ]

    def finished(self) -> dict[Key, Record]:
        """Return the records that need no second try."""
        records = self.read() if self.records.is_dir() else []
        return {(r.spec.case, r.spec.seed): r for r in records if r.status == "ok"}


def encode(record: Record) -> bytes:
    """Return the file of a record: its content, readable, and the content's checksum."""
    content = msgspec.to_builtins(record)
    whole = msgspec.json.encode({"sha256": _checksum(content), "record": content})
    return msgspec.json.format(whole, indent=1) + b"\n"


def decode(file: bytes, name: str) -> Record:
    """Return the record that a file holds.

    Raises:
        StoreError: The file is damaged or newer than this program.
    """
    try:
        whole = msgspec.json.decode(file)
        content, checksum = whole["record"], whole["sha256"]
        schema = content["schema"]
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise _refused(name, "is damaged: it is not a record's JSON") from error
    if _checksum(content) != checksum:
        raise _refused(name, "is damaged: its checksum does not match its content")
    if schema != SCHEMA:
        newer = isinstance(schema, int) and schema > SCHEMA
        found = f"has schema {schema!r}; this fmbench reads {SCHEMA}"
        raise _refused(name, found, "install a newer fmbench" if newer else _REMEDY)
    try:
        return msgspec.convert(content, Record)
    except msgspec.ValidationError as error:
        raise _refused(name, f"is not of schema {SCHEMA}: {error}") from error


def _refused(name: str, why: str, hint: str = _REMEDY) -> StoreError:
    return StoreError(f"record {name!r} {why}", hint)


def _checksum(content: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all, whatever happens meanwhile."""
    draft = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        with draft.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name, too, has to reach the disk
    finally:
        os.close(folder)


def _cannot_write(root: Path, error: OSError) -> EnvironmentFault:
    return EnvironmentFault(f"{str(root)!r} cannot be written: {error.strerror or error}")

"""A record's file: readable JSON that knows the hash of its own content."""

import hashlib
from typing import Any

import msgspec

from fmbench.errors import StoreError
from fmbench.record import SCHEMA, Record


class Newer(StoreError):
    """A record of a schema that this program does not know: whole, and to be left alone."""


def encode(record: Record) -> tuple[str, bytes]:
    """Return a record's id, the SHA-256 of its content, and its file."""
    content = msgspec.to_builtins(record)
    id = _hash(content)
    whole = msgspec.json.encode({"sha256": id, "record": content})
    return id, msgspec.json.format(whole, indent=1) + b"\n"


def decode(file: bytes, name: str) -> tuple[str, Record]:
    """Return the id and the record that a file holds.

    Raises:
        Newer: Its schema is newer than this program's.
        StoreError: It is damaged.
    """
    try:
        whole = msgspec.json.decode(file)
        content, id = whole["record"], whole["sha256"]
        schema = content["schema"]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError) as error:
        raise _damaged(name, "it is not a record's JSON") from error
    if _hash(content) != id:
        raise _damaged(name, "its checksum does not match its content")
    if isinstance(schema, int) and schema > SCHEMA:
        raise Newer(
            f"record {name!r} has schema {schema}; this fmbench reads up to {SCHEMA}",
            "install a newer fmbench",
        )
    try:
        return id, msgspec.convert(content, Record)
    except msgspec.ValidationError as error:
        raise _damaged(name, f"it is not of schema {SCHEMA}: {error}") from error


def _hash(content: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def _damaged(name: str, why: str) -> StoreError:
    return StoreError(f"record {name!r} is damaged: {why}", "fmbench doctor DIR --repair")

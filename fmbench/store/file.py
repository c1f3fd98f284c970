"""A record's file: readable JSON that knows the hash of its own content.

The envelope is frozen, so that every release can tell a newer record from a damaged one:
`{"sha256": …, "record": {"schema": …}}`, where the hash is that of the record as JSON without
spaces and with its keys sorted. A new schema changes what else stands in the record. Should the
envelope itself ever have to change, `schema` stands beside `sha256`.
"""

import hashlib
import math
from collections.abc import Iterator
from typing import Any

import msgspec

from fmbench.errors import StoreError
from fmbench.record import SCHEMA, Record


class Newer(StoreError):
    """A record of a schema that this program does not know: whole, and to be left alone."""


def encode(record: Record) -> tuple[str, bytes]:
    """Return a record's id, the SHA-256 of its content, and its file.

    Raises:
        StoreError: It holds a number that is not finite, for which JSON has no word.
    """
    content = msgspec.to_builtins(record)
    if odd := next(_not_finite(content, ""), None):
        place, value = odd
        raise StoreError(f"a record cannot be stored: {place} is {value}; expected a finite number")
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
        _refuse_newer(whole.get("schema"), name)
        content, id = whole["record"], whole["sha256"]
        schema = content["schema"]
    except (
        msgspec.DecodeError, UnicodeDecodeError, RecursionError, AttributeError, KeyError, TypeError
    ) as error:  # fmt: skip
        raise _damaged(name, "it is not a record's JSON") from error
    # Before its schema is believed: one flipped bit makes a 9 of a 1, and the store unreadable.
    if _hash(content) != id:
        raise _damaged(name, "its checksum does not match its content")
    _refuse_newer(schema, name)
    try:
        record = msgspec.convert(_upgraded(content), Record)
        record.check()
    except ValueError as error:  # msgspec's errors are ValueErrors
        raise _damaged(name, f"it is not of schema {SCHEMA}: {error}") from error
    return id, record


def _upgraded(content: Any) -> Any:
    """Write into a record of schema 1 what later became options, as it was fixed then.

    What schema 3 has besides, `TrainSpec` and `Record` read as absent.
    """
    if content["schema"] == 1 and isinstance(spec := content.get("spec"), dict):
        if isinstance(train := spec.get("train"), dict):
            train.setdefault("lr_decay", 1.0)
        args = spec.get("model_args")
        if spec.get("model") in ("dnn", "wide_deep", "deepfm") and isinstance(args, dict):
            args.setdefault("batch_norm", True)
    return content


def _refuse_newer(schema: Any, name: str) -> None:
    if isinstance(schema, int) and schema > SCHEMA:
        raise Newer(
            f"record {name!r} has schema {schema}; this fmbench reads up to {SCHEMA}",
            "install a newer fmbench",
        )


def _not_finite(content: Any, place: str) -> Iterator[tuple[str, float]]:
    """Return where in builtins a number is not finite, and the number."""
    if isinstance(content, float) and not math.isfinite(content):
        yield place, content
    elif isinstance(content, dict | list | tuple):
        pairs = content.items() if isinstance(content, dict) else enumerate(content)
        for key, value in pairs:
            yield from _not_finite(value, f"{place}.{key}".lstrip("."))


def _hash(content: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(content, order="sorted")).hexdigest()


def _damaged(name: str, why: str) -> StoreError:
    return StoreError(f"record {name!r} is damaged: {why}", "fmbench doctor DIR --repair")

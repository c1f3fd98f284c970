"""The cache of encoded datasets: one folder an entry, whole and checked, or not there."""

import hashlib
import logging
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from fmbench import files
from fmbench.data.columns import Array
from fmbench.data.encoding.encode import Stream
from fmbench.data.encoding.maps import digest, map_array
from fmbench.data.sources.hashes import Hashes, stamp_of
from fmbench.errors import shown
from fmbench.fields import Field
from fmbench.files import lock_file

log = logging.getLogger("fmbench")

_MANIFEST = "manifest.json"

_SAID: set[tuple[str, object]] = set()
"""What was warned of: a command that asks for its data several times says it once."""


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be; its arrays are made while they are written."""

    fields: list[Field]
    user: str | None
    item: str | None
    audit: dict[str, Any]
    streams: Mapping[str, Stream]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """An encoded dataset in memory or mapped from disk."""

    fields: list[Field]
    user: str | None
    item: str | None
    audit: dict[str, Any]
    arrays: Mapping[str, Array]
    fingerprint: str


class _Manifest(msgspec.Struct, forbid_unknown_fields=True):
    fields: list[Field]
    user: str | None
    item: str | None
    audit: dict[str, Any]
    arrays: dict[str, str]
    """Name to the digest of the array."""


class _Sealed(msgspec.Struct, forbid_unknown_fields=True):
    sha256: str
    manifest: msgspec.Raw


def cached(root: Path, key: str, build: Callable[[], Draft], hashes: Hashes) -> Entry:
    """Return entry `key` of the cache, building it when it is missing or damaged.

    An array is read for its hash only if `hashes` does not know it yet.

    A cache that cannot be written costs time, not the run: a warning says so.
    """
    folder = root / key
    if entry := _open(folder, hashes):
        return entry
    with ExitStack() as stack:
        try:
            root.mkdir(parents=True, exist_ok=True)
            stack.enter_context(lock_file(root / f"{key}.lock"))
        except OSError as error:
            return _in_memory(build(), root, error)
        _sweep(root)
        if entry := _open(folder, hashes):  # another process was faster
            return entry
        draft = build()
        try:
            return _write(folder, draft, hashes)
        except OSError as error:
            return _in_memory(draft, root, error)


def _sweep(root: Path) -> None:
    """Remove what killed writers left; one that lives holds its lock."""
    for path in (*root.glob("*.lock"), *root.glob("*.partial")):
        with suppress(OSError), lock_file(path.with_suffix(".lock"), wait=False):
            partial = path.with_suffix(".partial")
            if partial.is_dir():
                shutil.rmtree(partial)


def _in_memory(draft: Draft, root: Path, error: OSError) -> Entry:
    line = "the cache %s cannot be written (%s); going on without it"
    said = shown(root), error.strerror or error
    if said not in _SAID:
        _SAID.add(said)
        log.warning(line, *said)
    arrays = {name: stream.collect() for name, stream in draft.streams.items()}
    digests = {name: digest(array) for name, array in arrays.items()}
    fingerprint = _fingerprint(draft.fields, digests)
    return Entry(draft.fields, draft.user, draft.item, draft.audit, arrays, fingerprint)


def _write(folder: Path, draft: Draft, hashes: Hashes) -> Entry:
    """Write an entry beside its place and move it there; the caller holds the lock."""
    partial = folder.with_name(f"{folder.name}.partial")
    for leftover in (partial, folder):
        if leftover.exists():
            shutil.rmtree(leftover)
    partial.mkdir()
    try:
        for name, stream in draft.streams.items():
            _save(stream, partial / f"{name}.npy")
        digests = {name: digest(map_array(partial / f"{name}.npy")) for name in draft.streams}
        manifest = msgspec.json.encode(
            _Manifest(draft.fields, draft.user, draft.item, draft.audit, digests)
        )
        seal = _Sealed(hashlib.sha256(manifest).hexdigest(), msgspec.Raw(manifest))
        (partial / _MANIFEST).write_bytes(msgspec.json.encode(seal))
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    if (entry := _open(folder, hashes)) is None:
        raise OSError(f"{folder.name} does not read back")
    return entry


def _save(stream: Stream, path: Path) -> None:
    """Write a .npy file with `write`: on a full disk, a store to a memory map dies of SIGBUS."""
    order = {"descr": stream.dtype.str, "fortran_order": False, "shape": stream.shape}
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, order)
        for chunk in stream.chunks():
            file.write(np.ascontiguousarray(chunk).data)


def _open(folder: Path, hashes: Hashes) -> Entry | None:
    """Return the entry if it is there and every byte of it is as it was written."""
    try:
        seal = msgspec.json.decode(files.read(folder / _MANIFEST), type=_Sealed)
        if hashlib.sha256(seal.manifest).hexdigest() != seal.sha256:
            return None
        manifest = msgspec.json.decode(seal.manifest, type=_Manifest)
        arrays = {name: map_array(folder / f"{name}.npy") for name in manifest.arrays}
        if {n: _digest(folder, n, array, hashes) for n, array in arrays.items()} != manifest.arrays:
            return None
    except Exception:  # damage makes readers fail in any way, and has one remedy
        return None
    fingerprint = _fingerprint(manifest.fields, manifest.arrays)
    return Entry(manifest.fields, manifest.user, manifest.item, manifest.audit, arrays, fingerprint)


def _digest(folder: Path, name: str, array: Array, hashes: Hashes) -> str:
    """Return the digest of an array that is mapped from its file."""
    path = folder / f"{name}.npy"
    return hashes.of(path, stamp_of(path.stat()), lambda: digest(array))


def _fingerprint(fields: list[Field], digests: Mapping[str, str]) -> str:
    """Hash what training and the metrics of a table see, which is all but the times."""
    seen = {name: each for name, each in digests.items() if not name.endswith(".times")}
    told = [_told(field) for field in fields]
    return hashlib.sha256(msgspec.json.encode((told, seen))).hexdigest()[:16]


def _told(field: Field) -> dict[str, Any]:
    """Return what a field says; a category says no more than it did before there were others."""
    told = {"name": field.name, "cardinality": field.cardinality, "width": field.width}
    if field.kind == "categorical":
        return told
    values = {"values": field.values} if field.values else {}
    return {**told, "kind": field.kind, "first_bin": field.first_bin, **values}

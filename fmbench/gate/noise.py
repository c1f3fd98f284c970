"""The ledger of noise: how much equal code differs from process to process, cell by cell.

`results/noise/MACHINE.jsonl` gets a line a cell and metric from every session whose two sides are
the same code. It is only ever added to.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import msgspec

from fmbench import files
from fmbench.errors import EnvironmentFault, StoreError
from fmbench.gate.speed import Key, Noise, Pairs, estimate
from fmbench.record import Record

SCHEMA = 1

FOLDER = Path("results") / "noise"

MOST = 100.0
"""Degrees of freedom that the ledger may weigh: what a machine did long ago says less of today."""

_MACHINE = ("cpu", "cores", "system", "device", "threads")


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """The scatter of one cell in one session."""

    schema: int = SCHEMA
    at: str
    cell: str
    metric: str
    variance: float
    freedom: float


def machine(record: Record) -> str:
    """Return what the machine of a record is called here: those of one kind share a ledger."""
    facts = json.dumps([record.environment.get(fact) for fact in _MACHINE])
    return hashlib.sha256(facts.encode()).hexdigest()[:12]


def read(path: Path) -> dict[Key, Noise]:
    """Return what is known of each cell; nothing where nothing was ever measured.

    Raises:
        EnvironmentFault: The ledger cannot be read.
        StoreError: It is damaged or newer than this program.
    """
    try:
        lines = files.read(path).splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = error.strerror or error
        raise EnvironmentFault(f"{str(path)!r} cannot be read: {reason}") from error
    entries: dict[Key, list[Entry]] = {}
    for number, line in enumerate(lines, 1):
        try:
            entry = msgspec.json.decode(line, type=Entry)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StoreError(f"{str(path)!r} is damaged in line {number}: {error}") from error
        if entry.schema > SCHEMA:
            raise StoreError(
                f"{str(path)!r} has schema {entry.schema}; this fmbench reads up to {SCHEMA}",
                "install a newer fmbench",
            )
        entries.setdefault((entry.cell, entry.metric), []).append(entry)
    return {key: _pooled(found) for key, found in entries.items()}


def add(path: Path, pairs: Pairs, at: str) -> None:
    """Add what a session of equal code saw.

    Raises:
        EnvironmentFault: It cannot be written.
    """
    found = {key: estimate(each) for key, each in pairs.items()}
    lines = b"".join(
        msgspec.json.encode(
            Entry(at=at, cell=cell, metric=metric, variance=p.variance, freedom=p.freedom)
        )
        + b"\n"
        for (cell, metric), p in found.items()
    )
    with files.writing(path):
        files.append(path, lines)


def _pooled(entries: Sequence[Entry]) -> Noise:
    freedom = sum(entry.freedom for entry in entries)
    variance = sum(entry.freedom * entry.variance for entry in entries) / freedom
    return Noise(variance, min(freedom, MOST))

"""The history: what each night's check measured against a frozen anchor, and where it changed.

`results/history.jsonl` gets a line a night and is only ever added to. What it holds are ratios of
new to an anchor that was measured in the same session, so that a machine which drifts, or is
another one, is divided out. A new anchor begins anew.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from fmbench import files
from fmbench.errors import EnvironmentFault, StoreError, UsageError
from fmbench.gate.changes import Change, changes
from fmbench.gate.gates import GATES
from fmbench.gate.verdict import Check

SCHEMA = 1

PATH = Path("results") / "history.jsonl"

SPEED = 0.03
"""The smallest change of speed that is worth a line, as a share; of other metrics it is what the
gate calls a loss that matters."""


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One metric of one cell in one night."""

    cell: str
    metric: str
    base: float
    new: float
    low: float | None = None
    """The 95 % interval of new."""
    high: float | None = None


class Night(msgspec.Struct, frozen=True, kw_only=True):
    """One check against the anchor."""

    schema: int = SCHEMA
    at: str
    """UTC, ISO 8601."""
    anchor: str
    new: str
    """Name of what was compared, as in the check: with the commit, where it was one."""
    points: list[Point]


@dataclass(frozen=True, slots=True)
class Series:
    """One metric of one cell over the nights of the last anchor."""

    cell: str
    metric: str
    nights: Sequence[Night]
    points: Sequence[Point]
    changes: Sequence[Change]

    @property
    def ratios(self) -> list[float]:
        """New as a share of the anchor."""
        return [point.new / point.base for point in self.points]


def night(check: Check, at: str) -> Night:
    """Return what a check measured.

    Raises:
        UsageError: It measured nothing on both sides.
    """
    points = [
        Point(
            cell=cell.name,
            metric=cell.metric,
            base=cell.base,
            new=cell.new,
            low=None if cell.low is None else cell.base + cell.low,
            high=None if cell.high is None else cell.base + cell.high,
        )
        for cell in check.cells
        if cell.base and cell.new and cell.base > 0 < cell.new
    ]
    if not points:
        raise UsageError("the check has no cell that both sides measured; expected one or more")
    return Night(at=at, anchor=check.base, new=check.new, points=points)


def add(path: Path, new: Night) -> None:
    """Add a night.

    Raises:
        EnvironmentFault: It cannot be written.
    """
    with files.writing(path):
        files.append(path, msgspec.json.encode(new) + b"\n")


def read(path: Path) -> list[Night]:
    """Return all nights, the oldest first.

    Raises:
        UsageError: There is no history.
        EnvironmentFault: It cannot be read.
        StoreError: The history is damaged or newer than this program.
    """
    try:
        lines = files.read(path).splitlines()
    except FileNotFoundError as error:
        raise UsageError(
            f"{str(path)!r} is not there; expected nights", "fmbench history add CHECK.json"
        ) from error
    except OSError as error:
        reason = error.strerror or error
        raise EnvironmentFault(f"{str(path)!r} cannot be read: {reason}") from error
    nights = []
    for number, line in enumerate(lines, 1):
        try:
            found = msgspec.json.decode(line, type=Night)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise StoreError(f"{str(path)!r} is damaged in line {number}: {error}") from error
        if found.schema > SCHEMA:
            raise StoreError(
                f"{str(path)!r} has schema {found.schema} in line {number}; "
                f"this fmbench reads up to {SCHEMA}",
                "install a newer fmbench",
            )
        nights.append(found)
    return sorted(nights, key=lambda night: night.at)


def series(nights: Sequence[Night]) -> list[Series]:
    """Return each metric of each cell since the last anchor was taken, with its changes."""
    nights = [night for night in nights if night.anchor == nights[-1].anchor]
    by_key: dict[tuple[str, str], list[tuple[Night, Point]]] = {}
    for each in nights:
        for point in each.points:
            by_key.setdefault((point.cell, point.metric), []).append((each, point))
    return list(_series(by_key))


def _series(
    by_key: Mapping[tuple[str, str], Sequence[tuple[Night, Point]]],
) -> Iterator[Series]:
    for (cell, metric), found in sorted(by_key.items()):
        nights, points = zip(*found, strict=True)
        logs = [math.log(point.new / point.base) for point in points]
        least = _least(metric, points[-1].base)
        yield Series(cell, metric, nights, points, changes(logs, least, len(by_key)))


def _least(metric: str, base: float) -> float:
    """Return the smallest change of a log ratio that is worth a line."""
    if metric not in GATES:
        return math.log1p(SPEED)
    gate = GATES[metric]
    return math.log1p(gate.drop if gate.is_relative else gate.drop / base)

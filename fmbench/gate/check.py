"""A whole check: two sets of records, the gates, and what was accepted of old."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec

from fmbench.errors import UsageError
from fmbench.gate import noise, rates, seed_noise
from fmbench.gate.gates import GATES, Gate
from fmbench.gate.judge import compare
from fmbench.gate.log import Acceptance
from fmbench.gate.rows import Logits, Rows
from fmbench.gate.seeds import LEVEL
from fmbench.gate.verdict import Cell, Check, conclude
from fmbench.metrics import Labels
from fmbench.record import Record


@dataclass(frozen=True, slots=True)
class Side:
    """Records, and what their source is called."""

    name: str
    records: Sequence[Record]
    logits: Logits
    """Function from a record to the test logits of its model."""
    acceptances: Sequence[Acceptance] = ()
    """Regressions that a reference puts up with."""


def check(
    base: Side,
    new: Side,
    *,
    today: date,
    gates: Mapping[str, Gate] = GATES,
    strict: bool = False,
    labels: Callable[[Record], Labels | None] = lambda record: None,
    folder: Path = noise.FOLDER,
) -> Check:
    """Hold new records against those of a base.

    `labels` gives the labels of a record's test rows where its data is at hand; `folder` has what
    is known of noise and of the gate's own errors.

    Raises:
        UsageError: The base is empty: against nothing, everything would pass.
    """
    if not base.records:
        raise UsageError(f"{base.name!r} holds no records; expected some to compare with")
    rows = Rows(labels, base.logits, new.logits)
    cells = compare(base.records, new.records, gates, rows, seed_noise.known(folder))
    notes = [
        *method(gates),
        "Speed is not judged: two runs at different times differ by more than what matters",
        *environments(base.records, new.records),
        *_accepted(base.acceptances, today),
        *rates.footer({"quality": rates.SEEDS}, folder),
    ]
    cells = accept(cells, base.acceptances, today)
    return conclude(cells, base=base.name, new=new.name, strict=strict, notes=notes)


def accept(cells: Iterable[Cell], acceptances: Iterable[Acceptance], today: date) -> list[Cell]:
    """Mark the regressions that are put up with; one whose day has passed blocks again."""
    by_key = {(each.cell, each.metric): each for each in acceptances}
    return [
        _marked(cell, found, today)
        if cell.verdict == "REGRESSED" and (found := by_key.get((cell.name, cell.metric)))
        else cell
        for cell in cells
    ]


def _marked(cell: Cell, acceptance: Acceptance, today: date) -> Cell:
    if today > acceptance.until:
        why = f"{cell.why}; was accepted until {acceptance.until}: {acceptance.reason}"
        return msgspec.structs.replace(cell, why=why)
    text = f"until {acceptance.until}: {acceptance.reason}"
    return msgspec.structs.replace(cell, accepted=text)


def method(gates: Mapping[str, Gate]) -> Iterator[str]:
    """Say how quality and memory are judged."""
    yield (
        "Judged by differences of paired seeds on the same rows (trimmed means from ten seeds on, "
        "Student's t, variances moderated by the known spread of seeds), Holm over the whole check "
        f"at {100 * LEVEL:g} %; the same predictions are equal without statistics"
    )
    yield f"A loss matters from: {', '.join(gate.in_words() for gate in gates.values())}"


def environments(base: Iterable[Record], new: Iterable[Record]) -> Iterator[str]:
    """Say what else changed beside what is under test."""
    before, after = _facts(base), _facts(new)
    for fact in sorted(before.keys() | after.keys()):
        old, now = before.get(fact, set()), after.get(fact, set())
        if old != now:
            yield f"Environment: {fact} {_either(old)} → {_either(now)}"


def _facts(records: Iterable[Record]) -> dict[str, set[str]]:
    facts: dict[str, set[str]] = {}
    for record in records:
        environment: dict[str, Any] = record.environment
        packages = environment.get("packages", {})
        for name, value in (*environment.items(), *packages.items()):
            if name not in ("packages", "jobs"):
                facts.setdefault(name, set()).add(str(value))
    return facts


def _either(values: Iterable[str]) -> str:
    return ", ".join(sorted(values)) or "none"


def _accepted(acceptances: Iterable[Acceptance], today: date) -> Iterator[str]:
    for each in acceptances:
        is_over = today > each.until
        yield (
            f"Accepted: {each.metric} of {each.cell} {'was ' * is_over}until {each.until}: "
            f"{each.reason}{' (expired)' * is_over}"
        )

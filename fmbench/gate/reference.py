"""References: promoted on purpose, from enough seeds that all came to a result."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from fmbench.errors import Refusal, StoreError, UnknownName, UsageError
from fmbench.gate.check import Side, accept
from fmbench.gate.judge import HELD, compare
from fmbench.gate.log import ID_DIGITS, Acceptance, Log, Promotion, home
from fmbench.gate.match import match
from fmbench.record import Record
from fmbench.store import Store, best

MIN_SEEDS = 5


def find(source: str, folder: Path | None = None) -> Side:
    """Return the records of a store, by its folder, or those that a reference stands for.

    Trials of tuning are left out: they have nothing to say of the test rows.

    Raises:
        UsageError: It is neither, or both.
        StoreError: The records are damaged; a gate fails closed.
    """
    is_folder = Path(source).exists()
    is_reference = (
        re.fullmatch(r"[\w.-]+", source) and ((folder or home()) / f"{source}.jsonl").exists()
    )
    if is_folder and is_reference:
        raise UsageError(
            f"{source!r} is a folder and a reference; expected one of them",
            f"./{source} is the folder, `fmbench check --reference {source}` asks the reference",
        )
    if is_reference:
        return find_reference(source, folder)
    store = Store(Path(source))
    records, damages = store.read()
    if damages:
        raise StoreError(damages[0].why, f"fmbench doctor {source} --repair")
    tested = [record for record in records if record.spec.tests]
    return Side(source, tested, store.predictions)


def find_reference(name: str, folder: Path | None = None) -> Side:
    """Return the records that a reference stands for, with what was accepted."""
    log = Log(name, folder)
    return Side(f"reference {name}", log.records(), log.store().predictions, log.acceptances())


def promote(log: Log, root: Path, *, reason: str, now: datetime, min_seeds: int) -> Promotion:
    """Let a reference stand for the records of a store from now on.

    Raises:
        UsageError: There is no store, or no reason.
        StoreError: The store, the log or the records of the reference so far are damaged.
        Refusal: A cell failed, has too few seeds, was measured with uncommitted changes, or is
            worse than the reference so far and not accepted.
    """
    reason = _reason(reason)
    stored, damages = Store(root).scan()
    if damages:
        raise StoreError(damages[0].why, f"fmbench doctor {root} --repair")
    chosen = best(item for item in stored if item.record.spec.tests)
    records = [item.record for item in chosen]
    _refuse_unfit(records, root, min_seeds)
    if log.path.exists():
        _refuse_worse(log, records, now.date())
    promotion = Promotion(
        at=_stamp(now),
        store=Path(os.path.relpath(root, log.path.parent)).as_posix(),
        records=sorted(item.id[:ID_DIGITS] for item in chosen),
        commits=sorted({commit for r in records if (commit := r.environment.get("commit"))}),
        reason=reason,
    )
    log.append(promotion)
    return promotion


def put_up_with(
    log: Log, cell: str, metric: str, *, until: date, reason: str, now: datetime
) -> Acceptance:
    """Accept a regression of one metric of one cell until a day.

    Raises:
        UsageError: The day has passed, or there is no such cell or metric, or no reason.
    """
    records = log.records()
    known = [each.name for each in match(records, records)]
    if cell not in known:
        raise UnknownName("cell", cell, known)
    if metric not in HELD:
        raise UnknownName("metric", metric, HELD)
    if until < now.date():
        raise UsageError(f"--until is {until}, which has passed; expected today or a later day")
    acceptance = Acceptance(
        at=_stamp(now), cell=cell, metric=metric, until=until, reason=_reason(reason)
    )
    log.append(acceptance)
    return acceptance


def _refuse_unfit(records: Sequence[Record], root: Path, min_seeds: int) -> None:
    """Refuse what no later run could fairly be held to."""
    if not records:
        raise UsageError(f"{str(root)!r} holds no records; expected some to promote")
    if failed := [r for r in records if r.status != "ok"]:
        raise Refusal(
            f"{len(failed)} of {len(records)} records failed, the first is {failed[0].spec.cell}: "
            f"{failed[0].status}; expected none"
        )
    seeds = Counter(record.spec.case for record in records)
    fewest = min(records, key=lambda record: seeds[record.spec.case])
    if (n := seeds[fewest.spec.case]) < min_seeds:
        raise Refusal(
            f"{fewest.spec.name} ({fewest.spec.case}) has {n} seeds; expected {min_seeds} or more"
        )
    if dirty := [r for r in records if r.environment.get("dirty")]:
        raise Refusal(
            f"{dirty[0].spec.cell} was measured with uncommitted changes; expected a commit that "
            "others can return to",
            "commit, and run again",
        )


def _refuse_worse(log: Log, records: Sequence[Record], today: date) -> None:
    """Refuse to lower the standard unnoticed: ten losses too small to see would be a large one."""
    cells = accept(compare(log.records(), records), log.acceptances(), today)
    worse = [cell for cell in cells if cell.verdict == "REGRESSED" and cell.is_open]
    if worse:
        first = worse[0]
        raise Refusal(
            f"{first.metric} of {first.name} is worse than in reference {log.name!r}: {first.why} "
            f"({len(worse)} such in all)",
            f"fmbench reference accept {log.name} {first.name}:{first.metric} --until DATE "
            "--reason WHY",
        )


def _reason(text: str) -> str:
    if not text.strip():
        raise UsageError("--reason is empty; expected why")
    return text.strip()


def _stamp(now: datetime) -> str:
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"

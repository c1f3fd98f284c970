"""The doctor: is a store whole, is this machine fit to measure, what would a first run need."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from fmbench import data, machine_code
from fmbench import store as stores
from fmbench.environment import describe
from fmbench.errors import StoreError

BUSY = 0.25
"""Processes that want a core, for each core, beside which timings scatter."""

LOW = 1 << 30
"""Bytes of free disk below which it is worth a word."""

Row = tuple[str, str, str, str]
"""A subject, a fact about it, its state, and why that is worth a word."""


def store(root: Path, *, repair: bool) -> tuple[int, list[Row]]:
    """Return the exit code and a row for each finding; `repair` sets aside what is damaged.

    Raises:
        UsageError: There is no store.
        EnvironmentFault: It cannot be read, or not be repaired.
    """
    examined = stores.Store(root)
    findings = left = stores.examine(
        examined
    )  # first of all: where there is no store, none is made
    moved: dict[Path, Path] = {}
    if repair:
        examined.prepare()
        with examined.lock():
            findings = stores.examine(examined)
            moved = stores.repair(examined, findings)
        left = stores.examine(examined)
    damages = sum(finding.is_damage for finding in left)
    rows = [("store", str(root), f"{damages} damaged" if damages else "whole", "")]
    for finding in findings:
        target = moved.get(finding.path)
        state = finding.kind if target is None else f"{finding.kind}, moved"
        rows.append(("store", str(finding.path.relative_to(root)), state, finding.why))
    free = shutil.disk_usage(root).free
    why = "little room; a full disk ends a sweep" if free < LOW else ""
    rows.append(("store", "disk", f"{free / 2**30:.1f} GiB free", why))
    return StoreError.exit_code if damages else 0, rows


def machine() -> list[Row]:
    """Return what bears on timings, and what a first run would have to fetch or make."""
    return [("machine", *row) for row in (*_machine(), *_at_hand())]


def _machine() -> Iterator[tuple[str, str, str]]:
    """Return what bears on timings: a fact, whether it is well, and why not."""
    facts = describe()
    cores = facts["cores"] or 1
    yield "processor", f"{facts['cpu']}, {cores} cores", ""
    load = os.getloadavg()[0]
    busy = load > BUSY * cores
    why = "other work runs beside the measuring; speeds will scatter" if busy else ""
    yield "load", f"{load:.2f}{', busy' * busy}", why
    governor = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
    if governor.is_file():
        mode = governor.read_text(encoding="ascii", errors="replace").strip()
        fixed = mode == "performance"
        yield "clock", mode, "" if fixed else "the clock follows the load; speeds will drift"
    for name, version in facts["packages"].items():
        yield name, version or "missing", "" if version else "not installed"


def _at_hand() -> Iterator[tuple[str, str, str]]:
    """Return what a first run would have to fetch or make; fetches and makes nothing."""
    found = data.find("kmrd-small", data.Where()) is not None
    why = "the first run fetches it; FMBENCH_DATA can name a folder that holds it"
    yield "kmrd-small", "at hand" if found else "not here", "" if found else why
    yield "kernels", *_kernels()


def _kernels() -> tuple[str, str]:
    """Return where the engine's machine code is or will be, and what that means for a first run."""
    if (place := machine_code.found()) is not None:
        return f"compiled, in {place}", ""
    if (place := machine_code.writable()) is not None:
        return "not compiled", f"the first run that needs them compiles them into {place}"
    tried = " and ".join(map(str, machine_code.places()))
    why = f"{tried} cannot be written; FMBENCH_CACHE can name a folder that can"
    return "compiled at each start", why

"""fmbench doctor: is the store whole, is this machine fit to measure."""

import argparse
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from fmbench.cli import _common
from fmbench.errors import StoreError, UsageError

SUMMARY = "examine a store and this machine"
DESCRIPTION = """Say whether all that a store should hold is there, whether this machine is fit to
measure speed, and what a first run would have to fetch or compile. Changes nothing, unless --repair
is given: then what is damaged, superseded or left over is moved to DIR/damaged, where its bytes are
kept. Predictions that a clone is without are named and no damage."""

BUSY = 0.25
"""Processes that want a core, for each core, beside which timings scatter."""

LOW = 1 << 30
"""Bytes of free disk below which it is worth a word."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench doctor`."""
    parser.add_argument("dir", nargs="?", type=Path, metavar="DIR", help="the store, if any")
    parser.add_argument("--repair", action="store_true", help="set aside what is damaged")
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Examine a store and the machine."""
    from fmbench.pages import table

    if args.repair and args.dir is None:
        raise UsageError("--repair is given without DIR; expected the store to repair")
    code, rows = _store(args.dir, repair=args.repair) if args.dir else (0, [])
    rows += [("machine", *row) for row in (*_machine(), *_at_hand())]
    _common.put(table(("of", "what", "state", "why"), rows, args.format))
    return code


def _store(root: Path, *, repair: bool) -> tuple[int, list[tuple[str, str, str, str]]]:
    """Return the exit code and a row for each finding."""
    from fmbench import store as stores

    store = stores.Store(root)
    findings = left = stores.examine(store)  # first of all: where there is no store, none is made
    moved: dict[Path, Path] = {}
    if repair:
        store.prepare()
        with store.lock():
            findings = stores.examine(store)
            moved = stores.repair(store, findings)
        left = stores.examine(store)
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


def _machine() -> Iterator[tuple[str, str, str]]:
    """Return what bears on timings: a fact, whether it is well, and why not."""
    from fmbench.environment import describe

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
    import fmbench
    from fmbench import data

    found = data.find("kmrd-small", data.Where()) is not None
    why = "the first run fetches it; FMBENCH_DATA can name a folder that holds it"
    yield "kmrd-small", "at hand" if found else "not here", "" if found else why
    compiled = _has_kernels(Path(fmbench.__file__).parent / "engine" / "kernels")
    why = "the first run may have to compile them"
    yield "kernels", "compiled" if compiled else "not found", "" if compiled else why


def _has_kernels(kernels: Path) -> bool:
    """Tell whether machine code was made since their files were; to ask it loads torch."""
    written = max((path.stat().st_mtime for path in kernels.glob("*.py")), default=0)
    made = (path.stat().st_mtime for path in kernels.glob("__pycache__/kernels-*/*/*.nbc"))
    return any(time >= written for time in made)

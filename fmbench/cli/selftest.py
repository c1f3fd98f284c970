"""fmbench selftest: how often fmbench itself is wrong."""

import argparse
import random
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from fmbench.cli import _common
from fmbench.errors import StoreError, UsageError

if TYPE_CHECKING:
    from fmbench.gate.speed_selftest import Measured
    from fmbench.record import Record

SUMMARY = "measure how often the gate is wrong, and how much it sees"
DESCRIPTION = """Count how often the gate calls a regression where there is none, and how
often it finds one that is there. What is kept in results/noise stands at the foot of every check.

Verdicts on quality are counted on the noise of real seeds: that in results/noise/seeds.json, or
that of BASE and TWIN, two stores of the same cells and seeds that differ in something that does not
matter, as the same code on another processor does. Verdicts on speed are counted on pairs of fresh
processes that are measured here, with a model that is a tenth slower: half an hour.

Exit code 1: it calls too much a regression. 6: this machine is too noisy to judge speed."""

PARTS = ("quality", "speed")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench selftest`."""
    of = _common.one_of("self-test", ("gate",))
    part = _common.one_of("part", PARTS)
    parser.add_argument("of", type=of, metavar="gate", help="what is tested")
    parser.add_argument("base", nargs="?", type=Path, metavar="BASE", help="a store")
    parser.add_argument("twin", nargs="?", type=Path, metavar="TWIN", help="the same, run again")
    parser.add_argument("--only", type=part, metavar="|".join(PARTS), help="one of the two")
    parser.add_argument(
        "--quick", action="store_true", help="few pairs and checks, in minutes; nothing is kept"
    )
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Test the gate and show the counts."""
    from fmbench import environment
    from fmbench.gate import selftest

    if (args.base is None) != (args.twin is None):
        raise UsageError("BASE is given without TWIN; expected both, or neither")
    if args.base is not None:
        selftest.learn_seeds(_records(args.base), _records(args.twin))
    at, facts = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", environment.describe()
    found = []
    if args.only != "speed":
        found.append(selftest.quality(is_quick=args.quick, at=at, facts=facts))
    if args.only != "quality":
        pairs = _pairs(is_quick=args.quick)
        found.append(selftest.speed(pairs, is_quick=args.quick, at=at, facts=facts))
    _common.put(selftest.show_rates(found, args.format))
    return 1 if selftest.broken(found) else 0


def _pairs(*, is_quick: bool) -> "Measured":
    """Measure the self-test's models side by side."""
    from fmbench import gate
    from fmbench.cli._progress import progress
    from fmbench.gate import speed_selftest

    with tempfile.TemporaryDirectory() as folder, progress("pairs") as watch:

        def session(work: gate.Work, base: gate.Arm, new: gate.Arm) -> gate.Session:
            models = [speed_selftest.EQUAL, speed_selftest.SLOWER]
            return gate.Session(work, base, new, models, gate.GATES, random.Random(0), watch)

        size = speed_selftest.QUICK if is_quick else speed_selftest.FULL
        return speed_selftest.measure(Path(sys.executable), Path(folder), session, size)


def _records(root: Path) -> "list[Record]":
    """Return the records of a store that is whole."""
    from fmbench.store import Store

    records, damages = Store(root).read()
    if damages:
        raise StoreError(damages[0].why, f"fmbench doctor {root} --repair")
    return records

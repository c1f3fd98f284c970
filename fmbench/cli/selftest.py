"""fmbench selftest: how often fmbench itself is wrong."""

import argparse
from pathlib import Path

from fmbench.cli import _common
from fmbench.errors import UsageError

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
    from fmbench.api import selftest
    from fmbench.cli._progress import progress

    if (args.base is None) != (args.twin is None):
        raise UsageError("BASE is given without TWIN; expected both, or neither")
    if args.base is not None:
        selftest.learn_seeds(args.base, args.twin)
    parts = [args.only] if args.only else PARTS
    with progress("pairs") as watch:
        found = selftest.test_gate(parts, watch, is_quick=args.quick)
    _common.put(selftest.show_rates(found, args.format))
    return 1 if selftest.broken(found) else 0

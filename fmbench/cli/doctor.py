"""fmbench doctor: is the store whole, is this machine fit to measure."""

import argparse
from pathlib import Path

from fmbench.cli import _common
from fmbench.errors import UsageError

SUMMARY = "examine a store and this machine"
DESCRIPTION = """Say whether all that a store should hold is there, whether this machine is fit to
measure speed, and what a first run would have to fetch or compile. Changes nothing, unless --repair
is given: then what is damaged, superseded or left over is moved to DIR/damaged, where its bytes are
kept. Predictions that a clone is without are named and no damage."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench doctor`."""
    parser.add_argument("dir", nargs="?", type=Path, metavar="DIR", help="the store, if any")
    parser.add_argument("--repair", action="store_true", help="set aside what is damaged")
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Examine a store and the machine."""
    from fmbench.api import doctor
    from fmbench.pages import table

    if args.repair and args.dir is None:
        raise UsageError("--repair is given without DIR; expected the store to repair")
    code, rows = doctor.store(args.dir, repair=args.repair) if args.dir else (0, [])
    rows += doctor.machine()
    _common.put(table(("of", "what", "state", "why"), rows, args.format))
    return code

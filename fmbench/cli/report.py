"""fmbench report: the table of stored records."""

import argparse
from pathlib import Path

from fmbench.cli import _common

SUMMARY = "show the table of stored records"
DESCRIPTION = "Show the table of the records that a run left in DIR; trains nothing."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench report`."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="the store: what `run --out` named")
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Show a store's records."""
    from fmbench.report import show
    from fmbench.store import Store

    records, damages = Store(args.dir).read()
    _common.put(show(records, args.format))
    return _common.damage(args.dir, damages)

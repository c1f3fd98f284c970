"""fmbench check: are new records as good as the reference."""

import argparse

from fmbench.cli import _common, _gate

SUMMARY = "judge new records against a reference"
DESCRIPTION = """Say of every cell and metric whether NEW, a store, is worse than the reference.
Accepted regressions stay in sight and do not count until they expire.

What is missing, broken or not comparable never passes: exit code 1, as for a regression."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench check`."""
    parser.add_argument("new", metavar="NEW", help="the store")
    parser.add_argument(
        "--reference", default="main", metavar="NAME", help="which reference (default: main)"
    )
    _common.add_former(parser, "--baseline", "--reference")
    _common.add_data_dir(parser)
    _gate.add_arguments(parser)


def call(args: argparse.Namespace) -> int:
    """Check a store."""
    from fmbench.api import gate

    return _gate.put(gate.check(args.new, args.reference, **_gate.told(args)), args.format)

"""fmbench compare: what changed between two sets of records."""

import argparse

from fmbench.cli import _common, _gate

SUMMARY = "judge new records against those of a base"
DESCRIPTION = """Say of every cell and metric whether NEW is worse than BASE, better, equal, or not
comparable. Each is a store, by its folder, or the name of a reference.

What is missing, broken or not comparable never passes: exit code 1, as for a regression."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench compare`."""
    parser.add_argument("base", metavar="BASE", help="a store or a reference")
    parser.add_argument("new", metavar="NEW", help="a store or a reference")
    _common.add_data_dir(parser)
    _gate.add_arguments(parser)


def call(args: argparse.Namespace) -> int:
    """Compare two sets of records."""
    from fmbench.api import gate

    return _gate.put(gate.compare(args.base, args.new, **_gate.told(args)), args.format)

"""fmbench ab: two versions side by side, quality and speed."""

import argparse

from fmbench.cli import _common, _gate, _suite

SUMMARY = "measure two versions side by side, judge quality and speed"
DESCRIPTION = """Run the cells of two versions of fmbench in pairs of fresh processes, seconds apart
and in shuffled order; judge AUC, logloss, parameters, memory and speed. What looks slower or faster
is measured again before it is called so.

BASE and NEW are commits of the repository one stands in, folders, or Pythons (./venv/bin/python):
the fmbench in them runs, where there is one, and their own --plugin files. The same code twice
measures this machine's noise, which is kept in results/noise."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench ab`."""
    parser.add_argument("base", metavar="BASE", help="a commit, folder or Python")
    parser.add_argument("new", metavar="NEW", help="another one, or the same")
    _suite.add_arguments(parser, seeds=False)
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    _gate.add_arguments(parser)


def call(args: argparse.Namespace) -> int:
    """Measure two versions and show the check."""
    from fmbench.api import gate
    from fmbench.cli._progress import progress

    held_to = gate.gates(args.drop, args.margin)
    content = _suite.content(args)
    _common.load_plugins(args.plugin)
    with progress("pairs") as watch:
        check = gate.side_by_side(
            args.base,
            args.new,
            content,
            args.data_dir,
            args.plugin,
            held_to,
            watch,
            strict=args.strict,
        )
    return _gate.put(check, args.format)

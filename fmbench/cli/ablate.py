"""fmbench ablate: run a plan's variants, report each against its base."""

import argparse
from pathlib import Path

from fmbench.cli import _cells, _common

SUMMARY = "run variants of a base by plan, report which parts are needed"
DESCRIPTION = """Run the variants of each PLAN.toml over its seeds, as far as the store does not
hold them yet, and report each against its base: needed, not needed, harmful, or open.

A plan is fixed before it runs: the store keeps it, and refuses another one of its name. `fmbench
report DIR --ablations` shows the reports again from the store alone."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench ablate`."""
    parser.add_argument("plans", nargs="+", type=Path, metavar="PLAN.toml", help="what to vary")
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    _cells.add_arguments(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="DIR", help="the store (default: runs)"
    )
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Run plans and show what came of them."""
    cells = _cells.read(args)

    from fmbench.api.studies import read_plan

    plans = [read_plan(path) for path in args.plans]
    _common.load_plugins(args.plugin)

    from fmbench.api import ablate, runs
    from fmbench.cli._progress import progress

    with progress("cells") as watch:
        where = runs.Where(args.data_dir, told=watch.reading)
        studies, records = ablate.ablate(
            plans, where, cells, args.out, plugins=args.plugin, watch=watch
        )
    _common.put(ablate.show(studies, records, args.out, args.format))
    return runs.code(records)

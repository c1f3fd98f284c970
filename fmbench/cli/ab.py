"""fmbench ab: two versions side by side, quality and speed."""

import argparse
import random
import secrets
import tempfile
from datetime import UTC, datetime
from pathlib import Path

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
    from fmbench import gate
    from fmbench.cli._progress import progress
    from fmbench.harness import select
    from fmbench.spec import build_suite

    gates = _gate.gates(args)
    content = _suite.content(args)
    _common.load_plugins(args.plugin)
    models = select(build_suite(content).models)
    dataset = str(content.get("dataset", ""))
    if dataset.lower().endswith(".csv"):
        content["dataset"] = str(Path(dataset).absolute())
    flags = ["--data-dir", str(args.data_dir.absolute())] if args.data_dir else []
    with (
        tempfile.TemporaryDirectory() as folder,
        gate.arms(args.base, args.new, folder=Path(folder)) as (base, new),
        progress("pairs") as watch,
    ):
        session = gate.Session(
            gate.Work(content, flags, args.plugin, Path(folder)),
            base,
            new,
            models,
            gates,
            random.Random(secrets.randbits(64)),
            watch,
        )
        check = session.check(datetime.now(UTC), strict=args.strict)
    _common.put(gate.show(check, args.format))
    return check.exit

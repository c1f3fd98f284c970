"""fmbench tune: find each model's settings by trials that read no test row."""

import argparse
import math
from pathlib import Path

from fmbench.cli import _cells, _common, _suite
from fmbench.errors import UsageError

SUMMARY = "find the settings of models by trials on validation rows"
DESCRIPTION = """Draw settings at random, train each, choose by the logloss of the validation rows.

Writes DIR/tuned.toml, which `run --tuned` reads; entries for other data and other models that
it holds stay. What DIR holds already is not run again. What --set says is not searched."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench tune`."""
    parser.add_argument("models", metavar="all|core|NAME,…", help="which models and baselines")
    _suite.add_dataset(parser)
    _suite.add_options(parser, "what all trials share: train.KEY, data.KEY or model.NAME.KEY")
    parser.add_argument(
        "--trials", type=int, default=40, metavar="N", help="trials a model, at most (default: 40)"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        metavar="S",
        help="seconds of fitting a model, after which no trial begins (default: no limit)",
    )
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    _cells.add_arguments(parser)
    parser.add_argument(
        "--out", type=Path, default=Path("tuned"), metavar="DIR", help="the store (default: tuned)"
    )
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Run the trials of some models, show what they found, keep what was chosen."""
    if not 1 <= args.trials <= 10_000:
        raise UsageError(f"--trials is {args.trials}; expected 1 to 10000")
    seconds = _cells.above_zero("--seconds", args.seconds) or math.inf
    cells = _cells.read(args)
    content: _suite.Content = {"models": _suite.models("MODEL", args.models), "seeds": 1}
    if args.dataset is not None:
        content["dataset"] = args.dataset
    _suite.overlay(content, args)
    _common.load_plugins(args.plugin)

    from fmbench.api import suites, tune
    from fmbench.cli._progress import progress

    with progress("trials") as watch:
        before = tune.kept(args.out)
        asked = suites.ask(content, tune.Where(args.data_dir, told=watch.reading))
        plan = tune.plan(asked, args.trials)
        searches = tune.search(
            plan, cells, args.out, seconds=seconds, plugins=args.plugin, watch=watch
        )
        if (settings := tune.chosen(searches, before)) != before:
            tune.keep(settings, args.out)
    _common.put(tune.show_searches(searches, args.format))
    return 4 if any(search.failures for search in searches) else 0

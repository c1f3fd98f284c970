"""fmbench run: run what the store does not hold yet, show the table."""

import argparse
from pathlib import Path

from fmbench.cli import _cells, _common, _suite

SUMMARY = "train and test models, show the table"
DESCRIPTION = (
    "Run the cells (model × seed) that the store does not hold yet; show the table of all."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench run`."""
    _suite.add_arguments(parser)
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    _cells.add_arguments(parser)
    parser.add_argument(
        "--tuned",
        metavar="FILE.toml|none",
        help="tuned settings, for the data they are of (default: those for KMRD-small)",
    )
    _common.add_former(parser, "--protocol", "--tuned")
    parser.add_argument(
        "--trials",
        type=int,
        metavar="N",
        help="trials on validation rows that choose the settings of each model that has none for "
        "the data; 0: its defaults (default: 8, fewer of many models or many rows)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="DIR", help="the store (default: runs)"
    )
    parser.add_argument(
        "--page",
        type=Path,
        metavar="FILE.html",
        help="also write the table as a page, with figures",
    )
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Run a suite's cells and show their records."""
    cells = _cells.read(args)
    content = _suite.content(args)
    if args.trials is not None:
        content["trials"] = args.trials
    _common.load_plugins(args.plugin)

    from fmbench.api import runs
    from fmbench.cli._progress import progress

    tuned = runs.tuned(args.tuned)
    with progress("trials") as watch:
        asked = runs.ask(content, runs.Where(args.data_dir, told=watch.reading), args.out)
        tuned = runs.choose(asked, tuned, cells, args.out, plugins=args.plugin, watch=watch)
    with progress("cells") as watch:
        setting = runs.Setting(asked.where, **cells)
        specs = asked.specs(tuned)
        records = runs.run(specs, setting, args.out, plugins=args.plugin, watch=watch)
    _common.put(runs.show(records, args.format, args.out, asked.where))
    if args.page is not None:
        _common.write(args.page, runs.show(records, "html", args.out, asked.where))
    return runs.code(records)

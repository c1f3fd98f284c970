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
        "--protocol",
        metavar="FILE.toml|none",
        help="tuned settings, for the data they are of (default: those for KMRD-small)",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="DIR", help="the store (default: runs)"
    )
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Run a suite's cells and show their records."""
    cells = _cells.read(args)
    content = _suite.content(args)
    _common.load_plugins(args.plugin)

    from fmbench.cli._progress import progress
    from fmbench.data import Where
    from fmbench.executors import sweep
    from fmbench.harness import Setting
    from fmbench.report import show
    from fmbench.store import Store
    from fmbench.tuned import SHIPPED, read_protocol

    protocol = None if args.protocol == "none" else read_protocol(Path(args.protocol or SHIPPED))
    where, specs = _suite.specs(content, Where(args.data_dir), protocol)
    setting = Setting(where, **cells)
    with progress("cells") as watch:
        records = sweep(specs, setting, Store(args.out), plugins=args.plugin, watch=watch)
    _common.put(show(records, args.format))
    return 0 if all(record.status == "ok" for record in records) else 4

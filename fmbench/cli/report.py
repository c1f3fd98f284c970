"""fmbench report: the table of stored records."""

import argparse
import logging
from pathlib import Path

from fmbench.cli import _common
from fmbench.errors import NOTE, UsageError

log = logging.getLogger("fmbench")

SUMMARY = "show the table of stored records"
DESCRIPTION = """Show the table of the records that a run left in DIR; trains nothing.

With --pairs, show instead every two models on the same rows and seeds: the difference, whether
other seeds, users or rows would say the same, and how many seeds would settle it.
With --slices, show how good each model is for users and items that training knows well, little or
not at all, and over time. With --pareto, show which models' AUC is worth its cost in time.

From three seeds on, averages of predictions stand beside the table: those of each model's seeds,
and those of the models that validation rows choose. With --averages, two seeds are enough.

With --ablations, show what `fmbench ablate` showed of each plan.

With --to, write all of it into a folder: Markdown, one HTML page, LaTeX, CSV, JSON, and the figures
as SVG and PNG. With --verify, recompute what the records say from predictions, data and models, as
far as these are at hand, then what the files in the folder of --to say from the records, and show
what differs and what could not be verified."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench report`."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="the store: what `run --out` named")
    view = parser.add_mutually_exclusive_group()
    view.add_argument("--pairs", action="store_true", help="compare every two models")
    view.add_argument("--slices", action="store_true", help="test rows by user, item and time")
    view.add_argument("--pareto", action="store_true", help="AUC against speed and time to best")
    view.add_argument("--ablations", action="store_true", help="the plans that were run")
    parser.add_argument(
        "--averages", action="store_true", help="average predictions from two seeds on, not three"
    )
    parser.add_argument("--verify", action="store_true", help="recompute what is said")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="all formats, as files")
    parser.add_argument(
        "--keep", action="store_true", help="keep in DIR what predictions say, for its page"
    )
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Show a store's records."""
    if (args.to or args.verify) and (args.pairs or args.slices or args.pareto):
        raise UsageError("--to and --verify are about the table or the ablations; found a view")
    _common.load_plugins(args.plugin)

    from fmbench.api import reports
    from fmbench.pages import table

    if args.verify:
        found = reports.verify(
            args.dir, args.data_dir, args.to, args.format, of_ablations=args.ablations
        )
        _common.put(found.text)
        return _common.damage(args.dir, found.damages) or found.code
    store = reports.Opened.of(args.dir, args.data_dir, averages=args.averages)
    if store.trials:
        log.log(NOTE, "%d trials of tuning are left out; `fmbench tune` shows them", store.trials)
    if args.keep:
        store.keep_answers(of_ablations=args.ablations)
    if args.to:
        written = store.write(args.to, of_ablations=args.ablations)
        _common.put(table(("file", "bytes"), written, args.format))
    else:
        views = (view for view in reports.VIEWS if getattr(args, view, False))
        _common.put(store.show(next(views, "table"), args.format))
    return _common.damage(args.dir, store.damages)

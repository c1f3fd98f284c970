"""fmbench report: the table of stored records."""

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from fmbench.cli import _common
from fmbench.errors import NOTE, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fmbench.pages import Report
    from fmbench.record import Record
    from fmbench.store import Store

log = logging.getLogger("fmbench")

SUMMARY = "show the table of stored records"
DESCRIPTION = """Show the table of the records that a run left in DIR; trains nothing.

With --pairs, show instead every two models on the same rows and seeds: the difference, whether
other seeds, users or rows would say the same, and how many seeds would settle it.
With --slices, show how good each model is for users and items that training knows well, little or
not at all, and over time. With --pareto, show which models' AUC is worth its cost in time.

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
    if args.verify:
        return _verify(args)

    from fmbench.store import Store

    store = Store(args.dir)
    records, damages = store.read()
    if trials := sum(not record.spec.tests for record in records):
        log.log(NOTE, "%d trials of tuning are left out; `fmbench tune` shows them", trials)
    _common.put(_shown(records, store, args))
    return _common.damage(args.dir, damages)


def _shown(records: "Sequence[Record]", store: "Store", args: argparse.Namespace) -> str:
    from fmbench import ablation, pages, report
    from fmbench.api import answers, studies
    from fmbench.cli import _folder
    from fmbench.data import Where

    where = Where(args.data_dir)
    _common.load_plugins(args.plugin)
    if args.keep and args.ablations:
        studies.ask(ablation.kept(store.root), records, store, where)
    elif args.keep:
        answers.keep(records, store, where)
    if args.to:
        written = _folder.write(_report(records, store, args), args.to)
        return pages.table(("file", "bytes"), written, args.format)
    if args.ablations:
        analyses = studies.analyses(ablation.kept(store.root), records, store)
        return ablation.show(analyses, records, args.format)
    if args.pairs:
        return report.show_pairs(
            records,
            args.format,
            lambda table: answers.score(answers.load(table, where), records, store),
        )
    if args.slices:
        return report.show_slices(
            records, args.format, lambda table: answers.cut(table, records, store, where)
        )
    if args.pareto:
        return report.show_pareto(records, args.format)
    return report.show(records, args.format, answers.answers(records, store, where))


def _report(records: "Sequence[Record]", store: "Store", args: argparse.Namespace) -> "Report":
    from fmbench import ablation, report
    from fmbench.api import answers, studies
    from fmbench.data import Where

    if not args.ablations:
        asked = answers.answers(records, store, Where(args.data_dir))
        return report.report_of(records, asked)
    plans = ablation.kept(store.root)
    if not plans:
        raise UsageError(f"{str(store.root)!r} holds no plan; expected what `fmbench ablate` left")
    return ablation.report_of(studies.analyses(plans, records, store), records)


def _verify(args: argparse.Namespace) -> int:
    """Show what differs from what is recomputed, and how much is verified and how much not."""
    from fmbench.api import answers, studies
    from fmbench.api.verify import AtHand
    from fmbench.cli import _folder
    from fmbench.data import Where
    from fmbench.pages import table
    from fmbench.report import VERIFICATION, verify
    from fmbench.store import Store

    _common.load_plugins(args.plugin)
    store, where = Store(args.dir), Where(args.data_dir)
    stored, damages = store.scan()
    found = verify(stored, AtHand(store, where))
    records = store.read().records
    answers.verify(records, store, where, found)
    studies.verify(records, store, where, found)
    if args.to:
        _folder.hold(_report(records, store, args), args.to, found)
    _common.put(table(VERIFICATION, found.listing(), args.format))
    return _common.damage(args.dir, damages) or found.exit_code

"""fmbench report: the table of stored records."""

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from fmbench.cli import _common
from fmbench.errors import NOTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fmbench.data import Dataset
    from fmbench.record import Record
    from fmbench.report import Scored, Table, Traits
    from fmbench.store import Store

log = logging.getLogger("fmbench")

SUMMARY = "show the table of stored records"
DESCRIPTION = """Show the table of the records that a run left in DIR; trains nothing.

With --pairs, show instead every two models on the same rows and seeds: the difference, whether
other seeds, users or rows would say the same, and how many seeds would settle it.
With --slices, show how good each model is for users and items that training knows well, little or
not at all, and over time. With --pareto, show which models' AUC is worth its cost in time.

With --verify, recompute what the records say from predictions, data and models, as far as these are
at hand, and show what differs and what could not be verified. With --ablations, show what
`fmbench ablate` showed of each plan."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench report`."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="the store: what `run --out` named")
    view = parser.add_mutually_exclusive_group()
    view.add_argument("--pairs", action="store_true", help="compare every two models")
    view.add_argument("--slices", action="store_true", help="test rows by user, item and time")
    view.add_argument("--pareto", action="store_true", help="AUC against speed and time to best")
    view.add_argument("--verify", action="store_true", help="recompute what the records say")
    view.add_argument("--ablations", action="store_true", help="the plans that were run")
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Show a store's records."""
    from fmbench.report import show, show_pairs, show_pareto, show_slices
    from fmbench.store import Store

    store = Store(args.dir)
    if args.verify:
        return _verify(store, args)
    records, damages = store.read()
    if trials := sum(not record.spec.tests for record in records):
        log.log(NOTE, "%d trials of tuning are left out; `fmbench tune` shows them", trials)
    if args.pairs or args.slices or args.ablations:
        _common.load_plugins(args.plugin)
    if args.pairs:
        shown = show_pairs(
            records, args.format, lambda table: _score(_load(table, args), records, store)
        )
    elif args.slices:
        shown = show_slices(
            records, args.format, lambda table: _cut(_load(table, args), records, store)
        )
    elif args.ablations:
        shown = _ablations(records, store, args)
    elif args.pareto:
        shown = show_pareto(records, args.format)
    else:
        shown = show(records, args.format)
    _common.put(shown)
    return _common.damage(args.dir, damages)


def _ablations(records: "Sequence[Record]", store: "Store", args: argparse.Namespace) -> str:
    from fmbench.ablation import kept
    from fmbench.cli import _ablations
    from fmbench.data import Where

    where = Where(args.data_dir)
    return _ablations.show(kept(store.root), records, store, where, args.format)


def _cut(
    dataset: "Dataset | None", records: "Sequence[Record]", store: "Store"
) -> "tuple[Scored, Traits] | None":
    """Return what `_score` does, and what the rows are sliced by."""
    from fmbench.report import Traits

    scored = _score(dataset, records, store)
    if dataset is None or scored is None:
        log.warning("a table is not sliced: its data or its predictions are out of reach")
        return None
    return scored, Traits(*dataset.ratings_in_training(), dataset.test.times)


def _verify(store: "Store", args: argparse.Namespace) -> int:
    """Show what differs from what is recomputed, and how much is verified and how much not."""
    from fmbench.cli._verify import AtHand
    from fmbench.data import Where
    from fmbench.report import VERIFICATION, table, verify

    _common.load_plugins(args.plugin)
    stored, damages = store.scan()
    found = verify(stored, AtHand(store, Where(args.data_dir)))
    _common.put(table(VERIFICATION, found.listing(), args.format))
    return _common.damage(args.dir, damages) or found.exit_code


def _score(
    dataset: "Dataset | None", records: "Sequence[Record]", store: "Store"
) -> "Scored | None":
    """Return a table's test rows and what was said of them; None where they are not at hand."""
    from fmbench.errors import StoreError
    from fmbench.report import Scored

    if dataset is None:
        return None
    try:
        logits = {
            (record.spec.case, record.spec.seed): store.predictions(record)
            for record in records
            if record.predictions and record.fingerprint == dataset.fingerprint
        }
    except StoreError as error:
        log.warning("%s", error)
        return None
    return Scored(dataset.test.labels > 0, dataset.test.users, logits)


def _load(table: "Table", args: argparse.Namespace) -> "Dataset | None":
    """Return the dataset of a table; None where it is not within reach, or has other rows."""
    from fmbench import data
    from fmbench.errors import DataError

    try:
        dataset = data.load(table.dataset, table.dataset_args, data.Where(args.data_dir))
    except DataError:
        return None
    return dataset if dataset.fingerprint == table.fingerprint else None

"""fmbench report: the table of stored records."""

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from fmbench.cli import _common

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fmbench.record import Record
    from fmbench.report import Scored, Table
    from fmbench.store import Store

log = logging.getLogger("fmbench")

SUMMARY = "show the table of stored records"
DESCRIPTION = """Show the table of the records that a run left in DIR; trains nothing.

With --pairs, show instead every two models on the same rows and seeds: the difference, whether
other seeds, users or rows would say the same, and how many seeds would settle it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench report`."""
    parser.add_argument("dir", type=Path, metavar="DIR", help="the store: what `run --out` named")
    parser.add_argument("--pairs", action="store_true", help="compare every two models")
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Show a store's records."""
    from fmbench.report import show, show_pairs
    from fmbench.store import Store

    store = Store(args.dir)
    records, damages = store.read()
    if args.pairs:
        _common.load_plugins(args.plugin)
        _common.put(
            show_pairs(records, args.format, lambda table: _score(table, records, store, args))
        )
    else:
        _common.put(show(records, args.format))
    return _common.damage(args.dir, damages)


def _score(
    table: "Table", records: "Sequence[Record]", store: "Store", args: argparse.Namespace
) -> "Scored | None":
    """Return a table's test rows and what was said of them; None where the data is not at hand."""
    from fmbench import data
    from fmbench.errors import DataError, StoreError
    from fmbench.report import Scored

    try:
        dataset = data.load(table.dataset, table.dataset_args, data.Where(args.data_dir))
    except DataError:
        return None
    if dataset.fingerprint != table.fingerprint:
        return None
    try:
        logits = {
            (record.spec.case, record.spec.seed): store.predictions(record)
            for record in records
            if record.status == "ok" and record.fingerprint == table.fingerprint
        }
    except StoreError as error:
        log.warning("%s", error)
        return None
    return Scored(dataset.test.labels > 0, dataset.test.users, logits)

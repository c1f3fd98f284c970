"""The test rows of tables, where data and predictions are at hand, and what is kept of them."""

import logging
from collections.abc import Callable, Sequence

import msgspec

from fmbench import data, report
from fmbench.data import Dataset, Where
from fmbench.errors import DataError, StoreError, UnknownName
from fmbench.record import Record
from fmbench.report import Answers, Scored, Table, Traits, Verification, ask, kept, split_tables
from fmbench.store import Store

log = logging.getLogger("fmbench")


def answers(
    records: Sequence[Record], store: Store, where: Where
) -> Callable[[Table], Answers | None]:
    """Return what gives a table's answers: those that are kept, else what predictions say."""
    return lambda table: kept(table, records, store.root) or asked(table, records, store, where)


def keep(records: Sequence[Record], store: Store, where: Where) -> None:
    """Keep in the store what predictions say of its tables, as far as they are at hand."""
    for table in report.split_tables(records):
        found = asked(table, records, store, where)
        if found is not None:
            report.keep(table, found, store.root)


def asked(table: Table, records: Sequence[Record], store: Store, where: Where) -> Answers | None:
    """Return what predictions say of a table; None where they, or its data, are not at hand."""
    own = [r for r in records if r.predictions and r.fingerprint == table.fingerprint]
    if not all(store.predictions_path(r.predictions or "").is_file() for r in own) or not own:
        return None  # without looking for data
    try:
        dataset = load(table, where)
    except UnknownName:  # of a plugin that is not loaded here
        return None
    known = score(dataset, records, store)
    if dataset is None or known is None:
        return None
    return ask(table, records, known, _traits(dataset))


def verify(records: Sequence[Record], store: Store, where: Where, found: Verification) -> None:
    """Ask again what predictions say of a store's tables, and hold it against what is kept."""
    for table in split_tables(records):
        before = kept(table, records, store.root)
        if before is None:
            continue
        again = asked(table, records, store, where)
        if again is None:
            found.miss("slices, calibration", "predictions or data are out of reach")
        else:
            stored, made = (msgspec.to_builtins(each) for each in (before, again))
            found.hold(table.dataset, "slices, calibration", stored, made)


def cut(
    table: Table, records: Sequence[Record], store: Store, where: Where
) -> tuple[Scored, Traits] | None:
    """Return what `score` does, and what the rows are sliced by."""
    dataset = load(table, where)
    scored = score(dataset, records, store)
    if dataset is None or scored is None:
        log.warning("a table is not sliced: its data or its predictions are out of reach")
        return None
    return scored, _traits(dataset)


def score(dataset: Dataset | None, records: Sequence[Record], store: Store) -> Scored | None:
    """Return a table's test rows and what was said of them; None where they are not at hand."""
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
    users = dataset.test.users if dataset.user else None
    return Scored(dataset.test.is_positive, users, logits)


def load(table: Table, where: Where) -> Dataset | None:
    """Return the dataset of a table; None where it is not within reach, or has other rows."""
    try:
        dataset = data.load(table.dataset, table.dataset_args, where)
    except DataError:
        return None
    return dataset if dataset.fingerprint == table.fingerprint else None


def _traits(dataset: Dataset) -> Traits:
    return Traits(len(dataset.test), *dataset.ratings_in_training(), dataset.test.times)

"""Averages of a store's predictions, where they and the data are at hand."""

import logging
from collections.abc import Callable, Sequence

from fmbench.api.answers import load, score
from fmbench.data import Dataset, Where
from fmbench.errors import StoreError, UnknownName
from fmbench.record import Record
from fmbench.report import FEWEST, Averages, Table, Validation, build_averages
from fmbench.store import Store

log = logging.getLogger("fmbench")

PAIR = 2
"""Seeds that are averaged where averages are asked for."""


def averages(
    records: Sequence[Record], store: Store, where: Where, *, is_asked: bool = False
) -> Callable[[Table], Averages | None]:
    """Return what gives a table's averages; data is looked for only where there is a use for it.

    From three seeds on it does so unasked, and from two where it `is_asked`, and then says why
    there are none.
    """
    least = PAIR if is_asked else FEWEST

    def averaged(table: Table) -> Averages | None:
        found = _averages(table, records, store, where, least)
        if found is None and is_asked:
            log.warning(
                "nothing is averaged: no model has two seeds whose predictions and data are at "
                "hand; --data-dir says where data is"
            )
        return found

    return averaged


def _averages(
    table: Table, records: Sequence[Record], store: Store, where: Where, least: int
) -> Averages | None:
    own = [r for r in records if r.predictions and r.fingerprint == table.fingerprint]
    if not any(sum(r.spec.case == row.case for r in own) >= least for row in table.rows):
        return None
    if not all(store.predictions_path(record.predictions or "").is_file() for record in own):
        return None  # without looking for data
    try:
        dataset = load(table, where)
    except UnknownName:  # of a plugin that is not loaded here
        return None
    scored = score(dataset, own, store)
    if dataset is None or scored is None:
        return None
    return build_averages(table, scored, _validation(dataset, own, store), least)


def _validation(dataset: Dataset, own: Sequence[Record], store: Store) -> Validation | None:
    """Return what models said of the validation rows; None where it is not kept of all of them."""
    try:
        logits = {(r.spec.case, r.spec.seed): store.valid_predictions(r) for r in own}
    except StoreError:
        return None
    return Validation(dataset.valid.is_positive, logits)

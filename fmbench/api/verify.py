"""What a store's records are recomputed from, as far as it is at hand."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fmbench import data
from fmbench.data import Dataset, Where
from fmbench.errors import FmbenchError
from fmbench.record import Record
from fmbench.report import Rows
from fmbench.store import Store

T = TypeVar("T")


@dataclass(slots=True)
class AtHand:
    """The store itself, the data that is found, the models that are registered."""

    store: Store
    where: Where
    _datasets: dict[str, Dataset | FmbenchError] = field(default_factory=dict)
    _parameters: dict[str, int | FmbenchError] = field(default_factory=dict)

    def rows(self, record: Record) -> Rows:
        """Return the split that the record's spec asks for."""
        dataset = self._dataset(record)
        test = dataset.test
        return Rows(
            fingerprint=dataset.fingerprint,
            audit=dataset.audit,
            n_train=len(dataset.train),
            labels=test.is_positive,
            users=test.users if dataset.user else None,
        )

    def predictions(self, record: Record) -> NDArray[np.float32]:
        """Return the test logits that the record names."""
        return self.store.predictions(record)

    def parameters(self, record: Record) -> int:
        """Return how many numbers the record's model learns."""
        from fmbench.harness import count_weights

        fields = self._dataset(record).fields
        return _once(self._parameters, record.spec.case, lambda: count_weights(record.spec, fields))

    def _dataset(self, record: Record) -> Dataset:

        name, args = record.spec.dataset, record.spec.dataset_args
        key = json.dumps([name, args], sort_keys=True)
        return _once(self._datasets, key, lambda: data.load(name, args, self.where))


def _once(known: dict[str, T | FmbenchError], key: str, make: Callable[[], T]) -> T:
    """Make a thing at the first call; what failed fails again, and is not tried again."""
    if key not in known:
        try:
            known[key] = make()
        except FmbenchError as error:
            known[key] = error
    found = known[key]
    if isinstance(found, FmbenchError):
        raise found.with_traceback(None)
    return found

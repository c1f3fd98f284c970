"""Dataset: encoded rows in three parts, and what is known about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data.encoding.maps import release
from fmbench.fields import Field, columns

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The rows of one part, in the order of the file; the arrays may be private memory maps."""

    ids: npt.NDArray[np.int32]
    """`[n, C]`, the columns of all fields side by side, each counted within its own field."""
    labels: npt.NDArray[np.uint8]
    """`[n]`, 0 or 1."""
    users: npt.NDArray[np.int64]
    """`[n]`, one number a user, also of users that training has not seen; for AUC per user. Where
    the data has no user, one number a row."""
    times: npt.NDArray[np.int64] | None
    """`[n]`, UNIX seconds; for slices; no model sees them. None where the data has no times."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def is_positive(self) -> npt.NDArray[np.bool_]:
        """`[n]`, the labels as metrics take them."""
        return np.asarray(self.labels, dtype=np.bool_)

    def release(self) -> None:
        """Give back the memory of what was read of mapped arrays; what was written is lost."""
        times = () if self.times is None else (self.times,)
        release((self.ids, self.labels, self.users, *times))


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """What a model is trained, stopped and tested on."""

    name: str
    args: Mapping[str, Any]
    """The resolved options."""
    fields: tuple[Field, ...]
    train: Split
    valid: Split
    test: Split
    audit: dict[str, Any]
    """Plain JSON values, in the order in which they are shown."""
    fingerprint: str
    """Hash of fields, ids, labels and users: two records with one fingerprint saw the same rows."""
    user: str | None
    """The field whose row it is, such as the reader; None where the data has no user."""
    item: str | None
    """The field that is rated, such as the movie; None where the data has no item."""

    def ratings_in_training(self) -> tuple[Counts | None, Counts | None]:
        """Return each test row's ratings in training of its user, and of its item: `[n]` each.

        None stands for a role that the data has not, and for an item that is not a field, as with
        `data.without=["movie"]`.
        """
        users = _occurrences(self.train.users, self.test.users) if self.user else None
        names = [field.name for field in self.fields]
        if self.item is None or self.item not in names:
            return users, None
        column = columns(self.fields)[names.index(self.item)].start
        # items that training has not seen share an id that it does not have
        return users, _occurrences(self.train.ids[:, column], self.test.ids[:, column])


def _occurrences(of_train: npt.NDArray[Any], of_test: npt.NDArray[Any]) -> Counts:
    """Return how often each value of the second stands in the first."""
    found: Counts = np.bincount(of_train, minlength=int(of_test.max()) + 1)[of_test]
    return found

"""Dataset: encoded rows in three parts, and what is known about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data._maps import release
from fmbench.fields import Field

PARTS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """The rows of one part, in the order of the file; the arrays may be private memory maps."""

    ids: npt.NDArray[np.int32]
    """`[n, C]`, the columns of all fields side by side, each counted within its own field."""
    labels: npt.NDArray[np.uint8]
    """`[n]`, 0 or 1."""
    users: npt.NDArray[np.int64]
    """`[n]`, one number a user, also for users that training has not seen; for AUC per user."""

    def __len__(self) -> int:
        return len(self.labels)

    def release(self) -> None:
        """Give back the memory of what was read of mapped arrays; what was written is lost."""
        release((self.ids, self.labels, self.users))


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
    """Hash of fields and splits: two records with one fingerprint saw the same rows."""

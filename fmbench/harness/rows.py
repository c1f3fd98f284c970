"""Rows of a split as tensors on the device they are trained on."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from fmbench.data import Split


@dataclass(frozen=True, slots=True)
class Rows:
    """Encoded rows, resident in memory so that a batch is one gather."""

    ids: Tensor
    """`(rows, columns)`, int64."""
    labels: Tensor
    """`(rows,)`, float32, 0 or 1."""

    @staticmethod
    def of(split: Split, device: torch.device) -> "Rows":
        """Copy a split to the device."""
        ids = torch.from_numpy(np.array(split.ids, dtype=np.int64))
        labels = torch.from_numpy(np.array(split.labels, dtype=np.float32))
        return Rows(ids.to(device), labels.to(device))

    def __len__(self) -> int:
        return len(self.labels)

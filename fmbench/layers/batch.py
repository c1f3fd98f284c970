"""Batch: what a model is handed and hands on to its tables, which alone open it."""

from typing import TypeAlias

from torch import Tensor

Batch: TypeAlias = Tensor
"""Ids, int64 `(batch, columns)`. A model that treats it as one thing takes whatever else a batch
may come to hold."""

"""Stages: a model whose training begins with the training of another."""

from typing import Any, Protocol, runtime_checkable

from torch import nn


@runtime_checkable
class Staged(Protocol):
    """A model that starts from another, trained before it on the same rows by the same protocol.

    The time that the first one takes is part of what this one costs.
    """

    def first_stage(self) -> tuple[str, dict[str, Any]] | None:
        """Return the name and the arguments of the model that is trained first, if any is."""

    def start_from(self, first: nn.Module) -> None:
        """Take over what the first model has learnt; it is not used again."""

"""The course of a training: what was learnt so far, and which state of the model was the best."""

import copy
import logging
from collections.abc import Iterable, Mapping
from itertools import accumulate, pairwise
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from fmbench.record import Epoch
from fmbench.training.alike import check_alike
from fmbench.training.batches import Window
from fmbench.training.checkpoint import Checkpoint
from fmbench.training.state import held_by, in_python, put_back

log = logging.getLogger("fmbench.checkpoint")


class Trainer(Protocol):
    """What takes the steps; after each pass, the model holds the weights."""

    path: str

    def one_pass(self, windows: Iterable[Window], lr: float) -> Tensor:
        """Take a step of size `lr` on every batch of each window; return the mean loss of each."""

    def state(self) -> dict[str, Tensor]:
        """Return all that the next steps depend on."""

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Go on from what `state` returned."""


class Course:
    """Epochs so far, and the model's state after the best one, or at the start before the first."""

    def __init__(
        self, model: nn.Module, trainer: Trainer, why: str, order: torch.Generator
    ) -> None:
        self.model, self.trainer, self.order = model, trainer, order
        self.why = why
        """Why the plain loop takes the steps and no faster path, where one was tried."""
        self.curve: list[Epoch] = []
        self.best_epoch, self.time_to_best_s = 0, 0.0
        self.elapsed_s = 0.0
        """Seconds before this process took over."""
        self.resumed_after: int | None = None
        self.best: Mapping[str, Any] = copy.deepcopy(held_by(model))
        self._python = in_python(model)

    @property
    def setbacks(self) -> int:
        """How many epochs were no better than the best before them."""
        bests = accumulate((epoch.valid_logloss for epoch in self.curve), min)
        return sum(new == old for old, new in pairwise(bests))

    def is_improving(self, patience: int) -> bool:
        """Tell whether the best epoch is recent enough to hope for a better one."""
        return len(self.curve) - self.best_epoch <= patience

    def is_better(self, valid_logloss: float) -> bool:
        """Tell whether this is less than that of the best epoch so far."""
        return not self.curve or valid_logloss < self.curve[self.best_epoch].valid_logloss

    def note(self, epoch: Epoch, elapsed_s: float, *, counts: bool) -> None:
        """Add an epoch; if it `counts`, the state that the model holds is the one to put back."""
        self.curve.append(epoch)
        if counts:
            self.best_epoch, self.time_to_best_s = len(self.curve) - 1, elapsed_s
            self.best = {}  # memory may have room for one only
            self.best = copy.deepcopy(held_by(self.model))

    def put_back(self) -> None:
        """Give the model the state of the best epoch."""
        put_back(self.model, self.best)

    def save(self, checkpoint: Checkpoint, elapsed_s: float) -> None:
        """Keep all that is needed to go on from here."""
        if not all(isinstance(value, Tensor) for value in self.best.values()):
            return  # safetensors cannot hold what is not a tensor
        if in_python(self.model) != self._python:
            return  # a resumed model would lack what this one has put there
        tensors = {f"trainer.{name}": tensor for name, tensor in self.trainer.state().items()}
        tensors |= {f"best.{name}": tensor for name, tensor in self.best.items()}
        try:
            checkpoint.save(
                {**tensors, "order": self.order.get_state()},
                path=self.trainer.path,
                curve=self.curve,
                best_epoch=self.best_epoch,
                time_to_best_s=self.time_to_best_s,
                elapsed_s=elapsed_s,
            )
        except OSError as error:  # what is lost is a convenience; the training is not
            log.warning("a checkpoint cannot be written: %s", error.strerror)

    def resume(self, checkpoint: Checkpoint, max_epochs: int) -> bool:
        """Go on from a checkpoint, if there is one; tell whether the trainer can be used.

        A checkpoint is read into the memory of the trainer, which has no room for both. After one
        that does not fit, the model holds anything, and its trainer has to be made anew.
        """
        if not checkpoint.is_there:
            return True
        into = {f"trainer.{name}": tensor for name, tensor in self.trainer.state().items()}
        found = checkpoint.load(path=self.trainer.path, into=into)
        if found is None:
            return False
        state, tensors = found
        parts: dict[str, dict[str, Tensor]] = {"trainer": {}, "best": {}}
        try:
            order = tensors.pop("order")
            for name, tensor in tensors.items():
                part, _, rest = name.partition(".")
                parts[part][rest] = tensor
            if not 0 <= state.best_epoch < len(state.curve) <= max_epochs:
                raise ValueError("there are no such epochs")
            check_alike(self.best, parts["best"])
            torch.Generator().set_state(order)
            self.trainer.restore(parts["trainer"])
        except (KeyError, RuntimeError, TypeError, ValueError):
            checkpoint.unused("it is of another model")
            return False
        self.order.set_state(order)
        self.best, self.curve = parts["best"], list(state.curve)
        self.best_epoch, self.time_to_best_s = state.best_epoch, state.time_to_best_s
        self.elapsed_s, self.resumed_after = state.elapsed_s, len(state.curve)
        return True

"""Training: passes over the rows until validation no longer gets better."""

import copy
import hashlib
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from fmbench.errors import FmbenchError, UsageError
from fmbench.harness import engine
from fmbench.harness.device import now
from fmbench.harness.plain import Plain
from fmbench.harness.rows import Source, Window
from fmbench.harness.score import labels_and_logits
from fmbench.metrics import auc, logloss
from fmbench.record import Epoch
from fmbench.spec import TrainSpec

TAIL = 100
"""Steps at the end of an epoch whose mean loss is kept apart."""


class Diverged(FmbenchError):
    """The loss is no longer a number."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How training went; the model holds the weights of the best epoch."""

    curve: list[Epoch]
    best_epoch: int
    time_to_best_s: float
    path: str
    """What computed it: "plain", or a path of the engine."""


def stream(seed: int, purpose: str) -> int:
    """Return a seed for one use of randomness, so that no two uses of a run share numbers."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:7], "big")


def check_batch(spec: TrainSpec, rows: int) -> None:
    """Refuse a batch size that no batch can have."""
    if spec.batch_size > rows:
        raise UsageError(
            f"batch_size is {spec.batch_size}; expected at most {rows}, the number of training rows"
        )


class Trainer(Protocol):
    """What takes the steps; after each pass, the model holds the weights."""

    path: str

    def one_pass(self, windows: Iterable[Window]) -> Tensor:
        """Take a step on every batch of each window in turn; return the mean loss of each."""


def fit(model: nn.Module, train: Source, valid: Source, spec: TrainSpec, seed: int) -> Fit:
    """Train `model` until the validation logloss no longer improves; put the best weights back.

    The engine takes the steps if it can and if there are enough of them, else the plain loop.

    Raises:
        UsageError: A batch is larger than the training rows.
        Diverged: The training or validation loss is not finite.
    """
    check_batch(spec, len(train))
    device = train.device
    order = torch.Generator().manual_seed(stream(seed, "order"))
    torch.manual_seed(stream(seed, "dropout"))
    quick = None
    if engine.is_worth_it(spec, len(train), device.type):
        quick = engine.trainer(model, train, spec, stream(seed, "dropout"))
    trainer: Trainer = quick or Plain(model, train, spec)
    begin = now(device)
    curve: list[Epoch] = []
    best, best_epoch, time_to_best, weights = math.inf, 0, 0.0, model.state_dict()
    while len(curve) < spec.max_epochs and len(curve) - best_epoch <= spec.patience:
        start = now(device)
        losses = trainer.one_pass(train.shuffled(spec.batch_size, order))
        end = now(device)
        epoch = _epoch(losses, model, valid, end - start)
        curve.append(epoch)
        if epoch.valid_logloss < best:
            best, best_epoch, time_to_best = epoch.valid_logloss, len(curve) - 1, end - begin
            weights = copy.deepcopy(model.state_dict())
    model.load_state_dict(weights)
    return Fit(curve, best_epoch, time_to_best, trainer.path)


def _epoch(losses: Tensor, model: nn.Module, valid: Source, seconds: float) -> Epoch:
    """Look at the validation rows; refuse losses that are not numbers."""
    labels, logits = labels_and_logits(model, valid)
    valid_loss = logloss(labels, logits)
    if not torch.isfinite(losses).all() or valid_loss is None or not math.isfinite(valid_loss):
        bad = (~torch.isfinite(losses)).nonzero()
        place = f"training loss at step {bad[0].item()}" if len(bad) else "validation loss"
        raise Diverged(f"{place} of the epoch is not finite")
    return Epoch(
        train_loss=losses.mean().item(),
        tail_loss=losses[-TAIL:].mean().item(),
        valid_logloss=valid_loss,
        valid_auc=auc(labels, logits),
        seconds=seconds,
    )

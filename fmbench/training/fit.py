"""Training: passes over the rows until validation no longer gets better."""

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor, nn

from fmbench.errors import FmbenchError, UsageError
from fmbench.metrics import auc, logloss
from fmbench.record import Epoch
from fmbench.spec import TrainSpec
from fmbench.training import checkpoint
from fmbench.training.batches import Source, Window
from fmbench.training.checkpoint import Checkpoint
from fmbench.training.device import now
from fmbench.training.plain import Plain
from fmbench.training.predict import labels_and_logits
from fmbench.training.priors import begin_at_the_prior
from fmbench.training.progress import Course, Restorable

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
    resumed_after: int | None
    """Epochs that an earlier process had finished; None where there was none."""


def stream(seed: int, purpose: str) -> int:
    """Return a seed for one use of randomness, so that no two uses of a run share numbers."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:7], "big")


def check_batch(spec: TrainSpec, rows: int) -> None:
    """Refuse a batch size that no batch can have."""
    if spec.batch_size > rows:
        raise UsageError(
            f"batch_size is {spec.batch_size}; expected at most {rows}, as there are training rows",
            hint="--set train.batch_size=N",
        )


def check_norm(model: nn.Module, spec: TrainSpec) -> None:
    """Refuse single rows to a model with BatchNorm, which has no statistics of one."""
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
    if spec.batch_size == 1 and any(isinstance(part, kinds) for part in model.modules()):
        raise UsageError(
            "batch_size is 1; the model normalises over the batch, expected at least 2"
        )


class Trainer(Restorable, Protocol):
    """What takes the steps; after each pass, the model holds the weights."""

    def one_pass(self, windows: Iterable[Window], lr: float) -> Tensor:
        """Take a step of size `lr` on every batch of each window; return the mean loss of each."""


TrainerOf = Callable[[nn.Module, Source, TrainSpec, int], Trainer]
"""Returns what trains a model on rows; the number seeds dropout."""


def plain(model: nn.Module, train: Source, spec: TrainSpec, key: int) -> Plain:
    """Return the plain loop, which draws dropout from the generator of the process."""
    return Plain(model, train, spec)


def fit(
    model: nn.Module,
    train: Source,
    valid: Source,
    spec: TrainSpec,
    seed: int,
    keep: Checkpoint | None = None,
    trainer_of: TrainerOf = plain,
) -> Fit:
    """Train `model` until the validation logloss no longer improves; put the best weights back.

    After each epoch without an improvement steps are smaller by the factor `lr_decay`. With
    `keep`, a long training can be stopped at any moment and goes on after its last epoch.
    `trainer_of` chooses what takes the steps.

    Raises:
        UsageError: A batch is larger than the training rows, or too small for the model.
        Diverged: The training or validation loss is not finite.
    """
    check_batch(spec, len(train))
    check_norm(model, spec)
    device = train.device
    order = torch.Generator().manual_seed(stream(seed, "order"))
    torch.manual_seed(stream(seed, "dropout"))
    begin_at_the_prior(model, spec)
    trainer = trainer_of(model, train, spec, stream(seed, "dropout"))
    course = Course(model, trainer, order)
    if keep:
        course.resume(keep, spec.max_epochs)
    saved = now(device)
    begin = saved - course.elapsed_s
    while len(course.curve) < spec.max_epochs and course.is_improving(spec.patience):
        start = now(device)
        lr = spec.lr * spec.lr_decay**course.setbacks
        losses = trainer.one_pass(train.shuffled(spec.batch_size, order), lr)
        end = now(device)
        course.note(_epoch(losses, model, valid, end - start), end - begin)
        if keep and now(device) - saved >= checkpoint.EVERY:
            start = now(device)
            course.save(keep, start - begin)
            saved = now(device)
            begin += saved - start
    model.load_state_dict(course.weights)
    return Fit(
        course.curve, course.best_epoch, course.time_to_best_s, trainer.path, course.resumed_after
    )


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

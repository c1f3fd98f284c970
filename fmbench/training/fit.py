"""Training: passes over the rows until validation no longer gets better."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fmbench.errors import FmbenchError, UsageError
from fmbench.metrics import auc, logloss
from fmbench.record import Epoch
from fmbench.spec import TrainSpec
from fmbench.training import checkpoint
from fmbench.training.batches import Source
from fmbench.training.checkpoint import Checkpoint
from fmbench.training.device import now
from fmbench.training.memory import is_short
from fmbench.training.plain import Plain
from fmbench.training.predict import labels_and_logits
from fmbench.training.priors import begin_at_the_prior
from fmbench.training.progress import Course, Trainer
from fmbench.training.schedule import Schedule, UntilNoBetter

TAIL = 100
"""Steps at the end of an epoch whose mean loss is kept apart."""


UNTIL_NO_BETTER = UntilNoBetter()

SAME = 1e-6
"""Relative difference that is allowed between a logloss and the same computed again, on a device
whose sums have no order."""


class Diverged(FmbenchError):
    """The loss is no longer a number."""


class NotPutBack(FmbenchError):
    """The model does not score as it did after its best epoch, whose state it was given."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How training went; the model holds the state of the best epoch."""

    curve: list[Epoch]
    best_epoch: int
    time_to_best_s: float
    path: str
    """What computed it: a path of the engine, or "plain", and why no faster one did."""
    resumed_after: int | None
    """Epochs that an earlier process had finished; None where there was no such process."""
    procedure: str = ""
    """What was done, where that is not gradient descent."""

    def check_put_back(self, labels: NDArray[np.bool_], logits: NDArray[np.float64]) -> None:
        """Refuse validation rows that are not scored as after the best epoch.

        Raises:
            NotPutBack: They are scored otherwise.
        """
        best, found = self.curve[self.best_epoch].valid_logloss, logloss(labels, logits)
        if found is None or not math.isclose(found, best, rel_tol=SAME):
            raise NotPutBack(
                f"the validation logloss is {found} with the best epoch's state put back; expected "
                f"{best}, as after that epoch: the model keeps what changes in training elsewhere "
                "than in parameters and buffers (see register_buffer), or is random in eval mode"
            )


def seed_for(seed: int, purpose: str) -> int:
    """Return a seed for one use of randomness, so that no two uses of a run share numbers."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:7], "big")


def check_batch(spec: TrainSpec, rows: int) -> None:
    """Refuse a batch size above the number of training rows."""
    if spec.batch_size > rows:
        raise UsageError(
            f"batch_size is {spec.batch_size}; expected at most {rows}, as there are training rows",
            hint="--set train.batch_size=N",
        )


def check_norm(model: nn.Module, spec: TrainSpec) -> None:
    """Refuse batches of one row to a model with BatchNorm: one row has no statistics."""
    kinds = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
    if spec.batch_size == 1 and any(isinstance(part, kinds) for part in model.modules()):
        raise UsageError(
            "batch_size is 1; expected at least 2, as the model normalises over the batch"
        )


TrainerOf = Callable[[nn.Module, Source, TrainSpec, int], tuple[Trainer, str]]
"""Returns what trains a model on rows, and why it is the plain loop where a faster path was tried;
the number seeds dropout."""


def plain(model: nn.Module, train: Source, spec: TrainSpec, key: int) -> tuple[Plain, str]:
    """Return the plain loop, which draws dropout from the generator of the process."""
    return Plain(model, train, spec), ""


def fit(
    model: nn.Module,
    train: Source,
    valid: Source,
    spec: TrainSpec,
    seed: int,
    keep: Checkpoint | None = None,
    trainer_of: TrainerOf = plain,
    schedule: Schedule = UNTIL_NO_BETTER,
) -> Fit:
    """Train `model` for as long as the schedule says; put the state back that counts.

    With `keep`, a long training can be stopped at any moment and goes on after its last epoch.
    `trainer_of` chooses what takes the steps.

    Raises:
        UsageError: A batch is larger than the training rows, or too small for the model.
        Diverged: The training or validation loss is not finite.
    """
    check_batch(spec, len(train))
    check_norm(model, spec)
    device = train.device
    order = torch.Generator().manual_seed(seed_for(seed, "order"))
    torch.manual_seed(seed_for(seed, "dropout"))
    begin_at_the_prior(model, spec)
    key = seed_for(seed, "dropout")
    make = partial(trainer_of, model, train, spec, key)
    course = _begin(model, make, order, keep, spec.max_epochs)
    saved = now(device)
    begin = saved - course.elapsed_s
    while len(course.curve) < spec.max_epochs and not schedule.is_over(spec, course):
        start = now(device)
        losses = _one_pass(course, train, spec, schedule.rate(spec, course), key)
        end = now(device)
        epoch = epoch_of(losses, model, valid, end - start)
        course.note(epoch, end - begin, counts=schedule.counts(course, epoch.valid_logloss))
        if keep and now(device) - saved >= checkpoint.EVERY:
            start = now(device)
            course.save(keep, start - begin)
            saved = now(device)
            begin += saved - start
    course.put_back()
    return Fit(
        course.curve,
        course.best_epoch,
        course.time_to_best_s,
        f"{course.trainer.path} ({course.why})" if course.why else course.trainer.path,
        course.resumed_after,
    )


def _begin(
    model: nn.Module,
    make: Callable[[], tuple[Trainer, str]],
    order: torch.Generator,
    keep: Checkpoint | None,
    max_epochs: int,
) -> Course:
    """Return a training at its beginning, or after its last finished epoch, if that was kept."""
    random = torch.get_rng_state()
    course = Course(model, *make(), order)
    if keep and not course.resume(keep, max_epochs):
        course.put_back()
        torch.set_rng_state(random)
        course = Course(model, *make(), order)
    return course


def _one_pass(course: Course, train: Source, spec: TrainSpec, lr: float, key: int) -> Tensor:
    """Take a pass; where a faster path fails in its first one, let the plain loop begin anew.

    It begins where `fit` began, so that all goes as if the plain loop had been chosen.
    """
    begin = course.order.get_state()
    try:
        return course.trainer.one_pass(train.shuffled(spec.batch_size, course.order), lr)
    except Exception as error:
        if course.curve or course.trainer.path == Plain.path or is_short(error):
            raise
        course.why = why_plain(error)
    course.put_back()
    course.trainer = Plain(course.model, train, spec)
    course.order.set_state(begin)
    torch.manual_seed(key)
    return course.trainer.one_pass(train.shuffled(spec.batch_size, course.order), lr)


def why_plain(error: Exception) -> str:
    """Say in a line why a faster path that failed was left."""
    said = next(iter(str(error).splitlines()), "")
    return f"the faster path failed: {type(error).__name__}: {said}"


def epoch_of(
    losses: Tensor, model: nn.Module, valid: Source, seconds: float, passes: int = 1
) -> Epoch:
    """Score the validation rows, and return what there is to say of some passes.

    Raises:
        Diverged: A loss is not finite.
    """
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
        passes=passes,
    )

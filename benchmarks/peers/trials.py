"""How a peer's process trains one setting of one model for quality.py: fmbench's course of it.

Only the step is the library's, and what it does of its own accord after an epoch. Imported in each
peer's environment; it needs NumPy and nothing else. Test labels never reach a peer.
"""

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from protocol import Handle, Rows, Shape, converse


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One training."""

    model: str
    setting: dict[str, Any]
    """Shape, `lr`, `batch_size` and the library's own penalties."""
    seed: int
    """Of initialisation, row order and dropout."""
    max_epochs: int
    patience: int
    """Epochs without a better validation logloss after which training stops."""
    tests: bool
    """Whether the test rows are scored."""

    @property
    def shape(self) -> Shape:
        """What of the setting says how the model is built."""
        own = {name: self.setting[name] for name in Shape._fields if name in self.setting}
        return Shape(**own)

    @property
    def penalties(self) -> dict[str, float]:
        """What of the setting is left: penalties, by the library's own names."""
        known = ("lr", "batch_size", *Shape._fields)
        return {name: value for name, value in self.setting.items() if name not in known}


class Module(Protocol):
    """What is needed of a `torch.nn.Module`."""

    def state_dict(self) -> dict[str, Any]: ...  # noqa: D102 (torch's)
    def load_state_dict(self, state: dict[str, Any]) -> object: ...  # noqa: D102 (torch's)


@dataclass(frozen=True, slots=True)
class Learner:
    """A library's model and what its steps are."""

    module: Module
    one_pass: Callable[[NDArray[np.int64], NDArray[np.float32]], None]
    """Take a step on every batch of these rows, in their order."""
    chances: Callable[[NDArray[np.int64]], NDArray[np.floating[Any]]]
    """Ids to chances of a one, `(rows,)`, with dropout off."""
    no_better: Callable[[], object] = lambda: None
    """Called after an epoch that was not the best so far."""


Build = Callable[[Trial, Sequence[int]], Learner]
"""From a trial and the cardinality of each field."""


def serve_trials(build: Build, start: Callable[[int], None], packages: Sequence[str]) -> None:
    """Answer with what came of trials; arguments as those of `protocol.serve`."""

    def open_up(hello: dict[str, Any]) -> Handle:
        start(hello["threads"])
        rows = np.load(hello["rows"])
        train, valid = (
            Rows(rows[f"{part}_ids"], rows[f"{part}_labels"]) for part in ("train", "valid")
        )

        def handle(question: dict[str, Any]) -> dict[str, Any]:
            trial = Trial(**question)
            try:
                learner = build(trial, hello["sizes"])
                losses = course(trial, learner, train, valid)
            except (ArithmeticError, RuntimeError) as error:  # it diverged, or torch says so
                return {"failed": " ".join(str(error).split())[:200]}
            chances = learner.chances(rows["test_ids"]).tolist() if trial.tests else None
            return {"valid_logloss": losses, "chances": chances}

        return handle

    converse(open_up, packages)


def course(trial: Trial, learner: Learner, train: Rows, valid: Rows) -> list[float]:
    """Train until validation no longer gets better; put the best weights back.

    Returns:
        The validation logloss after each epoch, nats.

    Raises:
        ArithmeticError: One is not finite.
    """
    order = np.random.default_rng(trial.seed)
    losses: list[float] = []
    best, weights = 0, learner.module.state_dict()
    while len(losses) < trial.max_epochs and len(losses) - best <= trial.patience:
        which = order.permutation(len(train.labels))
        learner.one_pass(train.ids[which], train.labels[which])
        losses.append(logloss(valid.labels, learner.chances(valid.ids)))
        if not math.isfinite(losses[-1]):
            raise ArithmeticError(f"validation logloss is {losses[-1]}")
        if len(losses) == 1 or losses[-1] < losses[best]:
            best, weights = len(losses) - 1, copy.deepcopy(learner.module.state_dict())
        else:
            learner.no_better()
    learner.module.load_state_dict(weights)
    return losses


def logloss(labels: NDArray[np.float32], chances: NDArray[np.floating[Any]]) -> float:
    """Return the mean negative log-likelihood, nats; float32 chances end at 1e-7 from 0 and 1."""
    certain = np.where(labels > 0, chances, 1 - chances).astype(np.float64)
    return float(-np.log(certain.clip(1e-7)).mean())

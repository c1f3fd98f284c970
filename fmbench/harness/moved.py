"""What each part of a trained model does: how far its logits move when the part says nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from fmbench.training.predict import predict


def moved(model: nn.Module, ids: Tensor, logits: NDArray[np.float64]) -> dict[str, float]:
    """Return by part the standard deviation of what it moves, over that of the logits.

    A part is one of the model's own modules. It says nothing when it puts out for every row what it
    puts out on average over a batch. 0: the model would be the same without it. Parts that put out
    anything but one tensor, a row each, are left out; so are all where the logits are one number.

    Args:
        model: Trained.
        ids: `(rows, columns)`.
        logits: What the model gives to these rows, `(rows,)`.
    """
    spread = float(np.std(logits))
    if not spread:
        return {}
    found = {}
    for name, part in model.named_children():
        with _silenced(model, part) as heard:
            changed = predict(model, ids)
        if heard:
            found[name] = float(np.std(changed - logits)) / spread
    return found


@contextmanager
def _silenced(model: nn.Module, part: nn.Module) -> Iterator[list[bool]]:
    """Let a part of a model put out its average; yield a list that fills as it does."""
    heard: list[bool] = []
    rows = 0

    def count(_: nn.Module, args: tuple[Tensor, ...]) -> None:
        nonlocal rows
        rows = len(args[0])

    def silence(_: nn.Module, __: Any, said: Any) -> Any:
        if not isinstance(said, Tensor) or not said.ndim or len(said) != rows:
            return said
        heard.append(True)
        return said.mean(0, keepdim=True).expand_as(said)

    handles = [model.register_forward_pre_hook(count), part.register_forward_hook(silence)]
    try:
        yield heard
    finally:
        for handle in handles:
            handle.remove()

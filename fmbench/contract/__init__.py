"""The contract that every model keeps, as checks on anyone's model.

Cheap enough for every commit: what takes a compiler or a second device is not among them.
"""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fmbench.contract import building, learning, scoring
from fmbench.contract.process import put_back


@dataclass(frozen=True, slots=True)
class Check:
    """One point of the contract and why it is broken, if it is."""

    name: str
    promise: str
    failure: str
    """Empty: the model keeps it."""


CHECKS: tuple[Callable[[str], str | None], ...] = (
    scoring.logits,
    *building.CHECKS,
    *scoring.CHECKS,
    *learning.CHECKS,
)
"""Each from a model's name to what is wrong, if anything; its docstring is the promise."""


def check_model(name: str) -> Iterator[Check]:
    """Try a registered model on a handful of rows, one point of the contract after another.

    Every draw is seeded: the same model fails in the same way again, in the same row. A model that
    gives no logits is tried no further.
    """
    for check in CHECKS:
        with put_back():
            try:
                failure = check(name) or ""
            except Exception as error:  # whatever a stranger's code raises is to be reported
                failure = _said(error)
        yield Check(check.__name__, (check.__doc__ or "").strip(), failure)
        if failure and check is scoring.logits:
            return


def _said(error: Exception) -> str:
    """Return an error in one line, with the place it comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}"
    return f"{type(error).__name__} at {place}: {error}".partition("\n")[0]

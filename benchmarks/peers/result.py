"""What was measured, as data, and whether a pair of losses allows a comparison of speeds."""

import math
from typing import Any

import msgspec
import numpy as np
from scipy import stats

MODELS = ("lr", "fm", "dnn", "wide_deep", "deepfm")
MODES = {"as_used": "as their users run them", "bare": "their bare steps, fed from memory"}
SIGNIFICANCE = 0.001
"""Of a two-sided test; there are fifteen models and batch sizes to be wrong about."""
NEGLIGIBLE = 0.02
"""A difference below this share of what training gained is none."""
POWERLESS = 0.25
"""Where the noise hides more than this share of what training gained, nothing has been checked."""


class Pairs(msgspec.Struct, kw_only=True):
    """A peer and fmbench on one kind of job, directly after one another, once a round."""

    peer: str
    mode: str
    model: str
    batch_size: int
    rows_per_s: list[float] = []
    fmbench_rows_per_s: list[float] = []
    loss: list[float] = []
    """Nats, after the same steps on the same rows from the same weights; a round is a seed."""
    fmbench_loss: list[float] = []

    @property
    def ratio(self) -> float:
        """How many times the peer's speed is fmbench's: the median over the pairs."""
        return float(np.median(np.divide(self.fmbench_rows_per_s, self.rows_per_s)))

    @property
    def gap(self) -> float:
        """How far the peer's mean loss is above fmbench's."""
        return float(np.mean(self.loss) - np.mean(self.fmbench_loss))


class Result(msgspec.Struct, kw_only=True):
    """A run of compare.py."""

    schema: int = 1
    environment: dict[str, Any]
    packages: dict[str, dict[str, str]]
    """Versions in each peer's environment."""
    data: dict[str, Any]
    setting: dict[str, Any]
    """Shape of the models, optimizer, steps by batch size."""
    load: list[float] = []
    """Of the machine over a minute, after each round; the measuring itself is about one."""
    pairs: list[Pairs] = []

    def of(self, **wanted: Any) -> list[Pairs]:
        """Return the pairs with these values."""
        return [
            pairs
            for pairs in self.pairs
            if all(getattr(pairs, name) == value for name, value in wanted.items())
        ]


def noise(result: Result, model: str, batch_size: int) -> float:
    """Return how far apart mean losses of the same computation may come to lie, in nats.

    The losses of one seed differ by dropout and row order. The variance of that difference is
    averaged over the peers and modes; it has no more degrees of freedom than one of them, since
    all share fmbench's losses and most share their row orders.
    """
    alike = result.of(model=model, batch_size=batch_size)
    differences = np.array([np.subtract(pairs.loss, pairs.fmbench_loss) for pairs in alike])
    rounds = differences.shape[1]
    error = math.sqrt(differences.var(axis=1, ddof=1).mean() / rounds)
    return error * float(stats.t.ppf(1 - SIGNIFICANCE / 2, rounds - 1))


def objection(result: Result, pairs: Pairs) -> str | None:
    """Return why the speeds must not be compared; None: the losses are the same."""
    reach = noise(result, pairs.model, pairs.batch_size)
    gained = math.log(2) - float(np.mean(pairs.fmbench_loss))  # all start from even chances
    if abs(pairs.gap) > max(reach, NEGLIGIBLE * gained):
        return f"its loss is {pairs.gap:+.4f} off; seed noise explains {reach:.4f}"
    if reach > POWERLESS * gained:
        return f"seed noise of {reach:.4f} hides the {gained:.4f} that training gained"
    return None

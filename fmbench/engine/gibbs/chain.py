"""A chain: weights that a sweep draws anew, each given the others and the labels."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fmbench.engine.gibbs.layout import Rows, Values, by_value, lay_out
from fmbench.engine.kernels.gibbs.field import MEAN, PRECISION, draw_values
from fmbench.engine.kernels.gibbs.prior import draw_prior
from fmbench.engine.kernels.gibbs.random import number, stream
from fmbench.engine.kernels.gibbs.rows import add_field, draw_errors, mean_loss, move_all, score
from fmbench.fields import UNSEEN, Field

Floats = NDArray[np.float32]
Bits = NDArray[np.uint8]

START = 0.3
"""Deviation of the vectors' elements at the start. From smaller ones the precisions of the prior
rise at once, and come down over hundreds of sweeps."""

BIAS_PRECISION = 0.01
"""Prior precision of the bias."""


def key_of(key: np.uint64, part: int) -> np.uint64:
    """Return the key of a part of what has a key."""
    return np.uint64(stream(key, part))


class Training:
    """Rows to train on, and the memory that a sweep needs."""

    def __init__(
        self, fields: Sequence[Field], ids: NDArray[np.int32], labels: Bits, factors: int
    ) -> None:
        """Sort rows of ids `(rows, columns)` and labels `(rows,)` by the values of each field."""
        self.fields, self.labels = tuple(fields), labels
        self.rows = lay_out(fields, ids)
        self.values = by_value(fields, self.rows)
        self.size = sum(field.rows for field in fields)
        self.factors = (0.0,) * factors
        self.sums = np.empty((len(ids), factors), np.float32)
        self.errors = np.empty(len(ids), np.float32)

    def __len__(self) -> int:
        return len(self.labels)


class Chain:
    """A state of all that is drawn; the same seed and number go the same way."""

    def __init__(self, training: Training, seed: int, place: int) -> None:
        """Begin with vectors drawn at random and no linear weights.

        Args:
            training: What is learnt from.
            seed: The seed of all chains.
            place: Which of the chains it is.
        """
        self.training, self.key, self.sweeps = training, key_of(np.uint64(seed), place), 0
        k = len(training.factors)
        self.bias = np.float32(0)
        self.linear = np.zeros(training.size, np.float32)
        random = np.random.default_rng((seed, place))
        self.vectors = random.normal(0, START, (training.size, k)).astype(np.float32)
        for values in training.values:
            self.vectors[values.low : values.low + len(values)][~values.has_rows] = 0
        self.priors = [np.ones((2, 1 + k)) for _ in training.values]

    def sweep(self) -> None:
        """Draw latent numbers and bias, then the prior and the weights of each field."""
        training, key = self.training, key_of(self.key, self.sweeps)
        self.sweeps += 1
        self.score(training.rows, training.errors, training.sums)
        total = draw_errors(training.errors, training.labels, key_of(key, 0))
        precision = len(training) + BIAS_PRECISION
        mean = (total + len(training) * float(self.bias)) / precision
        bias = np.float32(mean + number(key_of(key, 1)) / precision**0.5)
        move_all(training.errors, bias - self.bias)
        self.bias = bias
        for place, (values, prior) in enumerate(zip(training.values, self.priors, strict=True)):
            self._draw(values, prior, key_of(key, 2 + place))

    def _draw(self, values: Values, prior: NDArray[np.float64], key: np.uint64) -> None:
        """Draw the prior and the weights of a field.

        The weights of a value without rows are the prior's means, as unseen values will have them;
        of padding they stay zero.
        """
        training, is_pooled = self.training, values.shares is not None
        rows, table = training.rows, (self.linear, self.vectors)
        own = (rows.ids, rows.shares, values.own.start, values.own.stop, self.vectors)
        if not values.has_rows.any():
            return
        draw_prior(prior, values.starts, values.low, *table, key_of(key, 0))
        if is_pooled:
            add_field(training.sums, *own, -1.0, training.factors)
        draw_values(
            *(values.order, values.starts, values.shares, values.low, *table),
            *(training.sums, training.errors, prior, key_of(key, 1), training.factors),
        )
        if is_pooled:
            add_field(training.sums, *own, 1.0, training.factors)
        if not values.has_rows[UNSEEN]:
            self.linear[values.low + UNSEEN] = prior[MEAN, 0]
            self.vectors[values.low + UNSEEN] = prior[MEAN, 1:]

    def guess_unseen(self, deviations: Floats) -> None:
        """Give values that training never saw weights from their prior, until the next sweep.

        Args:
            deviations: From the prior's means, in standard deviations, `(fields, 1 + factors)`.
        """
        for values, prior, by in zip(self.training.values, self.priors, deviations, strict=True):
            if not values.has_rows[UNSEEN]:
                drawn = prior[MEAN] + by / np.sqrt(prior[PRECISION])
                self.linear[values.low + UNSEEN] = drawn[0]
                self.vectors[values.low + UNSEEN] = drawn[1:]

    def score(self, rows: Rows, out: Floats, sums: Floats) -> None:
        """Write the scores of rows, `(rows,)`, and their fields' sums, `(rows, factors)`."""
        where = (rows.ids, rows.shares, rows.ends)
        weights = (self.bias, self.linear, self.vectors)
        score(out, *where, *weights, sums, self.training.factors)

    def loss(self) -> float:
        """Return the mean of -log of the probability that each training row has its label."""
        training = self.training
        self.score(training.rows, training.errors, training.sums)
        return mean_loss(training.errors, training.labels)

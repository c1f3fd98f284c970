"""Intervals: a mean over seeds, and how far the mean over all seeds may lie from it."""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its confidence bounds; None where the samples define none."""

    mean: float | None
    low: float | None
    high: float | None
    n: int
    """Samples that the mean is taken over."""

    @property
    def half_width(self) -> float | None:
        """The distance from the mean to either bound: what stands behind ±."""
        if self.low is None or self.high is None:
            return None
        return (self.high - self.low) / 2

    @property
    def error(self) -> float | None:
        """The standard error of the mean, as `t_interval` has it."""
        half = self.half_width
        return None if half is None else half / student(self.n - 1, CONFIDENCE)


def t_interval(samples: Iterable[float | None], confidence: float = CONFIDENCE) -> Interval:
    """Return the mean of the samples with its interval by Student (1908).

    A None is a run that defines no value: it is left out, and `n` says how many remain. One sample
    has a mean and no bounds; no sample has neither.

    Raises:
        ValueError: The confidence is not between 0 and 1.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}; expected a number between 0 and 1")
    values = [value for value in samples if value is not None]
    n = len(values)
    if n == 0:
        return Interval(None, None, None, 0)
    mean = statistics.fmean(values)
    if n == 1:
        return Interval(mean, None, None, 1)
    half = student(n - 1, confidence) * statistics.stdev(values) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half, n)


def around(mean: float, error: float, freedom: float, n: int) -> Interval:
    """Return the 95 % interval of a mean by Student (1908), from its standard error."""
    half = student(freedom, CONFIDENCE) * error
    return Interval(mean, mean - half, mean + half, n)


def tail(distance: float, error: float, freedom: float) -> float:
    """Return the chance that Student's t lies beyond a distance in units of the error."""
    from scipy.special import stdtr

    if error == 0:
        return 0.0 if distance > 0 else 0.5 if distance == 0 else 1.0
    return float(stdtr(freedom, -distance / error))


def student(freedom: float, confidence: float) -> float:
    """Return how many standard errors reach from the mean to a bound."""
    # Imported here, and not from scipy.stats: a listing starts 0.25 s sooner, a report 0.6 s.
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + confidence) / 2))

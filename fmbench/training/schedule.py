"""Schedules: how large the steps of each pass are, how many there are, and which one counts."""

from typing import Protocol

from fmbench.spec import TrainSpec
from fmbench.training.progress import Course

FIRST, LAST = 0.2, 0.0006
"""Step sizes of the first and the last pass of a descent to the end. Adam moves a weight by about a
step at each sight, so the first have to be as large as a weight that is rarely seen; the last are
below what batches scatter by. Thirty passes bring `lr` within .0003 AUC of the optimum that
scikit-learn finds on KMRD-small, ml-100k and adult (`python benchmarks/optimum.py`)."""


class Schedule(Protocol):
    """What decides the course of a training, from the spec and the epochs so far."""

    def rate(self, spec: TrainSpec, course: Course) -> float:
        """Return the step size of the next pass."""

    def is_over(self, spec: TrainSpec, course: Course) -> bool:
        """Tell whether there is no next pass."""

    def counts(self, course: Course, valid_logloss: float) -> bool:
        """Tell whether the state after a pass is to be kept, in place of that kept before."""


class UntilNoBetter:
    """Validation rows decide: smaller steps after a setback, and the best epoch counts."""

    def rate(self, spec: TrainSpec, course: Course) -> float:
        """Return the first step size, smaller by `lr_decay` for each setback."""
        return spec.lr * spec.lr_decay**course.setbacks

    def is_over(self, spec: TrainSpec, course: Course) -> bool:
        """Tell whether the best epoch is too long ago."""
        return not course.is_improving(spec.patience)

    def counts(self, course: Course, valid_logloss: float) -> bool:
        """Tell whether the pass is better than all before it."""
        return course.is_better(valid_logloss)


class ToTheEnd:
    """All passes are taken, with steps that end as small as the optimum asks, and the last counts.

    For a loss with one minimum, which the prior alone has to keep from fitting too well.
    """

    def rate(self, spec: TrainSpec, course: Course) -> float:
        """Return the step size that is due, between the first and the last on a log scale."""
        share = len(course.curve) / max(spec.max_epochs - 1, 1)
        return float(FIRST * (LAST / FIRST) ** share)

    def is_over(self, spec: TrainSpec, course: Course) -> bool:
        """Tell that only `max_epochs` ends it."""
        return False

    def counts(self, course: Course, valid_logloss: float) -> bool:
        """Tell that the last pass does."""
        return True

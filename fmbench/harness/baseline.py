"""A baseline measured as a model is: on the same rows, by the same clock."""

import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import threadpoolctl
from numpy.typing import NDArray

from fmbench.baselines import BASELINES, Baseline, load_library
from fmbench.data import Dataset, Split
from fmbench.harness.entrants import refuse_without_roles
from fmbench.harness.timing import PASSES, ROWS_A_PASS, SINGLES, WARM_UP
from fmbench.spec import RunSpec
from fmbench.training.batches import PART
from fmbench.training.fit import seed_for
from fmbench.training.predict import BATCH

LARGEST_SEED = 2**31
"""Bound of the seeds that the libraries take, which are below."""

LONG = 5.0
"""Seconds after which a slow baseline's timing is repeated no more often than it must be."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A baseline that has learnt, and how long it took."""

    baseline: Baseline
    seconds: float
    """Seconds from ids and labels to the last step, with the encoding that its library needs."""

    @property
    def parameters(self) -> int | None:
        """How many numbers it has learnt; None where it cannot be compared to a model's."""
        count: int | None = getattr(self.baseline, "parameters", None)
        return count


def fit(spec: RunSpec, dataset: Dataset, threads: int) -> Fitted:
    """Fit the baseline of a spec.

    Raises:
        UsageError: It needs a user or an item that the fields do not tell of.
    """
    refuse_without_roles(spec.model, dataset.fields)
    baseline: Baseline = BASELINES[spec.model].build(**spec.model_args)
    seed = seed_for(spec.seed, "baseline") % LARGEST_SEED
    with quiet(threads):
        load_library(spec.model)
    with quiet(threads):  # anew, so that it holds for the libraries just loaded
        start = time.perf_counter()
        baseline.fit(dataset.fields, dataset.train, dataset.valid, seed=seed, threads=threads)
        return Fitted(baseline, time.perf_counter() - start)


def logits(baseline: Baseline, split: Split, threads: int) -> NDArray[np.float64]:
    """Return the logits of all rows, `(rows,)`; rows that are stored are read part by part."""
    with quiet(threads):
        starts = range(0, len(split), PART)
        return np.concatenate([baseline.logits(split.ids[at : at + PART]) for at in starts])


def timings(baseline: Baseline, split: Split, threads: int) -> dict[str, list[float]]:
    """Return the samples of the measured words that a baseline has; fewer where it is slow.

    Training rows per second are not among them: a library's passes cannot be counted.
    """
    ids = np.array(split.ids[:ROWS_A_PASS])
    batches = [ids[at : at + BATCH] for at in range(0, len(ids), BATCH)]
    singles = [ids[i % len(ids)][None] for i in range(WARM_UP + SINGLES)]
    with quiet(threads):
        baseline.logits(batches[0])
        passes = list(_seconds(baseline, [batches] * PASSES, least=3))
        rows = list(_seconds(baseline, [[row] for row in singles], least=2 * WARM_UP))[WARM_UP:]
    return {
        "predict_samples_per_s": [len(ids) / seconds for seconds in passes],
        "predict_latency_ms": [round(1000 * seconds, 4) for seconds in rows],
    }


def _seconds(
    baseline: Baseline, repeats: list[list[NDArray[np.int32]]], least: int
) -> Iterator[float]:
    """Time each repeat, until all are done, or the `least` and it has been long enough."""
    begin = time.perf_counter()
    for number, batches in enumerate(repeats):
        start = time.perf_counter()
        if number >= least and start - begin > LONG:
            return
        for batch in batches:
            baseline.logits(batch)
        yield time.perf_counter() - start


@contextmanager
def quiet(threads: int) -> Iterator[None]:
    """Hold a library to this many threads, and silence its warnings."""
    with (
        threadpoolctl.threadpool_limits(threads),
        warnings.catch_warnings(action="ignore"),
    ):
        yield

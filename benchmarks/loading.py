"""Print how soon training begins, and how long ten million rows take to be judged.

    taskset -c 1 python benchmarks/loading.py

One thread, KMRD-small ($FMBENCH_DATA), DeepFM, batch 256; medians over rounds, in seconds, imports
and the engine's compilation left out. `csv` begins with the CSV files and an empty cache, `cache`
with a cache that holds the encoded rows; both end after the first step on a batch. The files are
in the operating system's memory. `cpu` is what the processor spends on it, which counts where
something else runs beside it.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterable
from functools import partial
from tempfile import TemporaryDirectory

import numpy as np
import torch

from fmbench import data, engine
from fmbench.metrics import auc, logloss
from fmbench.models import create_model
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Window
from fmbench.training.device import prepare
from fmbench.training.plain import Plain

ROUNDS = 7
SPEC = TrainSpec(lr=1e-3, batch_size=256)
DEVICE = torch.device("cpu")


Times = tuple[float, ...]


def seconds(work: Callable[..., object], *args: object) -> Times:
    """Return how long a call takes, and how much of it the processor works on it."""
    begin, begin_cpu = time.perf_counter(), time.process_time()
    work(*args)
    return time.perf_counter() - begin, time.process_time() - begin_cpu


def medians(samples: Iterable[Times]) -> str:
    """Return the medians of the columns, in seconds."""
    columns = zip(*samples, strict=True)
    return "".join(f"{statistics.median(column):8.3f}" for column in columns)


def first_step(fields: str, path: str) -> None:
    """Do all that comes before the first step, and that step."""
    dataset = data.load("kmrd-small", {"fields": fields}, data.Where())
    model = create_model("deepfm", dataset.fields)
    rows, _ = Rows.of(dataset.train, DEVICE), Rows.of(dataset.valid, DEVICE)
    make = Plain if path == "plain" else partial(engine.trainer, key=0)
    make(model, rows, SPEC).one_pass([Window(rows, torch.arange(SPEC.batch_size))], SPEC.lr)


def from_csv_and_cache(fields: str, path: str) -> Times:
    """Return the seconds to the first step with an empty cache, and with a filled one."""
    with TemporaryDirectory() as cache:
        os.environ["FMBENCH_CACHE"] = cache
        return seconds(first_step, fields, path) + seconds(first_step, fields, path)


def main() -> None:
    """Print both tables."""
    prepare("cpu", 1)
    engine.compile_kernels()
    print(f"{'first step':<24}{'csv':>8}{'cpu':>8}{'cache':>8}{'cpu':>8}")
    for fields in ("ids", "full"):
        for path in ("plain", "engine"):
            from_csv_and_cache(fields, path)
            samples = [from_csv_and_cache(fields, path) for _ in range(ROUNDS)]
            print(f"{fields + ', ' + path:<24}{medians(samples)}")
    random = np.random.default_rng(0)
    logits = random.standard_normal(10_000_000)
    labels = random.random(10_000_000) < 1 / (1 + np.exp(-logits))
    print(f"{'metric of 10 M rows':<24}{'all':>8}{'cpu':>8}")
    for metric in (auc, logloss):
        samples = [seconds(metric, labels, logits) for _ in range(ROUNDS)]
        print(f"{metric.__name__:<24}{medians(samples)}")


if __name__ == "__main__":
    main()

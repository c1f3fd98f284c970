"""Print what a step of fm takes with a table of 10 million rows, beside one of 50,000.

    taskset -c 1 python benchmarks/big_table.py

One thread, k = 16. Both tables are hit alike: the same 50,000 users and movies in the same batches,
in the large one spread over all its rows. Both take turns; medians over rounds, in µs a step.
Catching up all rows at the end of an epoch is no part of a step.
"""

import statistics
import time

import numpy as np
import threadpoolctl
import torch

from fmbench.engine.engine import Engine
from fmbench.engine.kernels.steps import train
from fmbench.fields import FIRST_VALUE, Field
from fmbench.models import create_model
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows
from fmbench.training.device import prepare

ROWS, ROUNDS, USERS, MOVIES = 1 << 17, 7, 49_400, 600
SIZES = {"50,000": USERS, "10,000,000": 9_999_400}


def engine_of(users: int, batch: int, draws: np.ndarray, movies: np.ndarray) -> Engine:
    """Return an engine whose rows name `USERS` of its users, spread evenly."""
    spread = draws * (users // USERS)
    ids = torch.from_numpy(np.stack([spread, movies], 1) + FIRST_VALUE)
    labels = torch.from_numpy((draws % 3 > 0).astype(np.float32))
    fields = [Field("user", users + FIRST_VALUE), Field("movie", MOVIES + FIRST_VALUE)]
    return Engine(
        create_model("fm", fields, embed_dim=16), Rows(ids, labels), TrainSpec(batch_size=batch), 0
    )


def step_us(engine: Engine, order: np.ndarray) -> float:
    """Take the steps of an epoch; return the mean time of one."""
    size = engine.spec.batch_size
    losses = np.empty(len(order) // size, engine.dtype)
    begin = time.perf_counter()
    train(
        engine.programs[size], engine.memory, engine.scratch, engine.table, engine.data,
        engine.batch, order, engine.steps, engine.adam, engine.key, losses,
    )  # fmt: skip
    engine.steps += len(losses)
    return (time.perf_counter() - begin) / len(losses) * 1e6


def main() -> None:
    """Print a row for each batch size."""
    prepare("cpu", 1)
    threadpoolctl.threadpool_limits(1, user_api="blas")
    random = np.random.default_rng(0)
    # A few users rate much and most rate once, as on KMRD.
    draws = (USERS * random.random(ROWS) ** 2).astype(np.int64)
    movies = (MOVIES * random.random(ROWS) ** 3).astype(np.int64)
    print(f"{'batch':>6}{''.join(f'{name:>14}' for name in SIZES)}{'ratio':>8}")
    for batch in (256, 2048):
        engines = [engine_of(users, batch, draws, movies) for users in SIZES.values()]
        order = random.permutation(ROWS)
        rounds = [[step_us(engine, order) for engine in engines] for _ in range(ROUNDS + 1)][1:]
        small, large = (statistics.median(column) for column in zip(*rounds, strict=True))
        ratio = statistics.median(b / a for a, b in rounds)
        print(f"{batch:>6}{small:14.1f}{large:14.1f}{ratio:8.2f}", flush=True)


if __name__ == "__main__":
    main()

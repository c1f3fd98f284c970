"""Print where the microseconds of one engine step go.

    taskset -c 1 python benchmarks/profile_engine.py [--fields ids|full] [MODEL...]

One thread, KMRD-small ($FMBENCH_DATA), the models of `benchmarks/engine.py`; deepfm if none is
named. The method: real training steps over the epoch's rows in a fixed order, with the clock read
after every part of the step and after every instruction of the program, in compiled code, so that
caches and branches are as training has them. What reading the clock costs is measured and taken
off. Rows are caught up just before they are gathered instead of meanwhile, so that the two can be
told apart. The whole is the same steps without a clock; rounds of both take turns, and each gives
its quickest. `sum / whole` says how far the parts can be trusted: within 15 % of 1.
"""

import argparse
import ctypes
import time
from collections import Counter

import numba
import numpy as np
import threadpoolctl
import torch

from fmbench import data
from fmbench.engine.engine import Engine
from fmbench.engine.kernels.machine import run
from fmbench.engine.kernels.rowwise import catch_up, update_row
from fmbench.engine.kernels.steps import train
from fmbench.engine.kernels.tables import collect, gather, update
from fmbench.engine.ops import Op
from fmbench.models import MODELS, create_model
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Window
from fmbench.training.device import prepare

ROUNDS = 5
BATCHES = (16, 256, 2048)
STEPS = 500  # taken before measuring, so that rows have been left alone as long as they will be
PARTS = (
    "catch-up of the batch's rows",
    "lookup: labels, slots, rows into memory",
    "gradients by row",
    "Adam on touched rows",
    "Adam on dense parameters",
)
CATCH_UP, GATHER, COLLECT, UPDATE, DENSE = range(len(PARTS))
KINDS = {
    Op.MATMUL: "matmul",
    Op.NORM: "BatchNorm",
    Op.NORM_GRAD: "BatchNorm",
    Op.KEEP: "dropout masks",
    Op.SUM: "reductions",
    Op.AMAX: "reductions",
    Op.COPY: "copies",
    Op.LOSS: "loss",
}
CLOCK_MONOTONIC = time.CLOCK_MONOTONIC

read_clock = ctypes.CDLL(None).clock_gettime
read_clock.argtypes, read_clock.restype = [ctypes.c_int, ctypes.c_void_p], ctypes.c_int


@numba.njit
def mark(clock, spent, place):
    """Add the time since the last mark to a place."""
    before = clock[0] * 1_000_000_000 + clock[1]
    read_clock(CLOCK_MONOTONIC, clock.ctypes)
    spent[place] += clock[0] * 1_000_000_000 + clock[1] - before


@numba.njit
def catch_up_batch(table, data, picks, step, adam):
    """Bring the batch's rows to the state before `step`, as `gather` would."""
    for b in range(len(picks)):
        for c in range(data.ids.shape[1]):
            row = data.ids[picks[b], c]
            since = table.last[row]
            if since < step - 1:
                catch_up(table.state, row, step - 1 - since, since, adam)
                table.last[row] = step - 1


@numba.njit(nogil=True)
def profiled(program, memory, scratch, table, data, batch, picks, step, adam, key, spent):
    """Do what `steps.train` does, and note nanoseconds: of each part, then each instruction."""
    clock, size = np.zeros(2, np.int64), program.size
    n, parts = program.parameters, len(PARTS)
    for i in range(len(picks) // size):
        step += 1
        chosen = picks[i * size : (i + 1) * size]
        mark(clock, spent, len(spent) - 1)
        catch_up_batch(table, data, chosen, step, adam)
        mark(clock, spent, CATCH_UP)
        for b in range(size):
            memory[program.labels + b] = data.labels[chosen[b]]
        used = gather(table, data, batch, chosen, memory, program.looked_up, step, adam)
        mark(clock, spent, GATHER)
        for j in range(len(program.code)):
            line, constants = program.code[j : j + 1], program.constants[j : j + 1]
            run(line, constants, memory, scratch, key, step)
            mark(clock, spent, parts + j)
        collect(table, data, batch, size, used, memory, program.gradients)
        mark(clock, spent, COLLECT)
        update(table, batch, size, used, step, adam)
        mark(clock, spent, UPDATE)
        update_row(memory[: 3 * n].reshape(3, n), memory[3 * n : 4 * n], step, adam)
        mark(clock, spent, DENSE)


@numba.njit
def marks(clock, spent, times):
    """Read the clock a number of times."""
    for _ in range(times):
        mark(clock, spent, 0)


def cost_of_a_mark() -> float:
    """Return the nanoseconds that reading the clock takes: the least of some trials."""
    spent, trials = np.zeros(1, np.int64), []
    for _ in range(20):
        clock = np.zeros(2, np.int64)
        marks(clock, spent, 1)
        spent[0] = 0
        marks(clock, spent, 10_000)
        trials.append(spent[0] / 10_000)
    return min(trials)


def measure(engine: Engine, order: np.ndarray) -> tuple[np.ndarray, float]:
    """Return nanoseconds a step: of each part and instruction, and of the whole."""
    size = engine.spec.batch_size
    program, steps = engine.programs[size], len(order) // size
    shared = (program, engine.memory, engine.scratch, engine.table, engine.data, engine.batch)
    losses, overhead = np.empty(steps, engine.dtype), cost_of_a_mark()
    rounds, wholes = [], []
    for _ in range(ROUNDS + 1):
        begin = time.perf_counter_ns()
        train(*shared, order, engine.steps, engine.adam, engine.key, losses)
        wholes.append((time.perf_counter_ns() - begin) / steps)
        engine.steps += steps
        spent = np.zeros(len(PARTS) + len(program.code) + 1, np.int64)
        profiled(*shared, order, engine.steps, engine.adam, engine.key, spent)
        rounds.append(spent[:-1] / steps - overhead)
        engine.steps += steps
    return min(rounds[1:], key=np.sum), min(wholes[1:])  # the first round compiles


def prepared(name: str, dataset: data.Dataset, rows: Rows, batch: int) -> tuple[Engine, np.ndarray]:
    """Return an engine some hundred steps into training, and an order of whole batches."""
    wanted = {"embed_dim": 16, "mlp_dims": (16, 16), "dropout": 0.2, "batch_norm": True}
    args = {key: wanted[key] for key in MODELS.resolve(name, {}) if key in wanted}
    spec = TrainSpec(lr=1e-3, batch_size=batch)
    model = create_model(name, dataset.fields, **args)
    engine = Engine(model, rows, spec, key=0)
    order = torch.randperm(len(rows))[: len(rows) // batch * batch]
    while engine.steps < STEPS:
        engine.one_pass([Window(rows, order)], spec.lr)
    return engine, order.numpy()


def show(name: str, engine: Engine, spent: np.ndarray, whole: float) -> None:
    """Print a step's parts, the largest first."""
    size = engine.spec.batch_size
    operations = [Op(op) for op in engine.programs[size].code[:, 0]]
    labels = [*PARTS, *(KINDS.get(op, "elementwise") for op in operations)]
    total: Counter[str] = Counter()
    for label, ns in zip(labels, spent, strict=True):
        total[label] += ns
    print(f"\n{name}, batch {size}{'µs':>36}{'share':>8}{'instructions':>14}")
    for label, ns in total.most_common():
        count = labels.count(label) if label not in PARTS else ""
        print(f"{label:<40}{ns / 1e3:12.2f}{ns / spent.sum():8.1%}{count:>14}")
    print(f"{'sum':<40}{spent.sum() / 1e3:12.2f}")
    print(f"{'whole':<40}{whole / 1e3:12.2f}  sum / whole {spent.sum() / whole:.2f}")


def main() -> None:
    """Profile each model at each batch size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="*", metavar="MODEL")
    parser.add_argument("--fields", choices=["ids", "full"], default="ids")
    args = parser.parse_args()
    device, where = prepare("cpu", 1), data.Where()
    threadpoolctl.threadpool_limits(1, user_api="blas")
    options = data.resolve("kmrd-small", {"fields": args.fields}, where)
    dataset = data.load("kmrd-small", options, where)
    rows = Rows.of(dataset.train, device)
    for name in args.models or ["deepfm"]:
        for batch in BATCHES:
            engine, order = prepared(name, dataset, rows, batch)
            show(name, engine, *measure(engine, order))


if __name__ == "__main__":
    main()

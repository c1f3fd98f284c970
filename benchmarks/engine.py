"""Print how fast the engine trains, beside the plain loop, model by model.

    taskset -c 1 python benchmarks/engine.py [MODEL...]

One thread, KMRD-small's users and movies ($FMBENCH_DATA), k = 16, MLP (16, 16) with BatchNorm and
dropout 0.2, Adam 1e-3. Plain and engine take turns on the same rows; the numbers are medians over
rounds, in training rows a second. `five` is five seeds trained by turns, all seeds' rows counted.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import threadpoolctl
import torch

from fmbench import data
from fmbench.engine.engine import Engine
from fmbench.models import CORE, MODELS, create_model
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Window
from fmbench.training.device import prepare
from fmbench.training.plain import Plain

ROUNDS = 5
PLAIN_STEPS = {16: 300, 256: 100, 2048: 20}


def rate(train: Callable[[list[Window]], object], window: Window) -> float:
    """Return rows a second of one pass over a window."""
    begin = time.perf_counter()
    train([window])
    return len(window.order) / (time.perf_counter() - begin)


def arguments(name: str) -> dict[str, Any]:
    """Return the arguments that all models of a table share, as far as this one takes them."""
    wanted = {"embed_dim": 16, "mlp_dims": (16, 16), "dropout": 0.2, "batch_norm": True}
    return {key: wanted[key] for key in MODELS.resolve(name, {}) if key in wanted}


def measure(name: str, dataset: data.Dataset, rows: Rows, batch: int) -> tuple[float, float, float]:
    """Return rows a second: plain, engine, engine with five seeds."""
    args = arguments(name)
    spec = TrainSpec(lr=1e-3, batch_size=batch)
    plain = Plain(create_model(name, dataset.fields, **args), rows, spec)
    engines = [
        Engine(create_model(name, dataset.fields, **args), rows, spec, key=seed)
        for seed in range(5)
    ]
    order = torch.randperm(len(rows))[: len(rows) // batch * batch]
    whole, part = Window(rows, order), Window(rows, order[: PLAIN_STEPS[batch] * batch])
    engines[0].one_pass([whole], spec.lr), plain.one_pass([part], spec.lr)
    samples = [
        (
            rate(lambda windows: plain.one_pass(windows, spec.lr), part),
            rate(lambda windows: engines[0].one_pass(windows, spec.lr), whole),
            5 * rate(lambda windows: [e.one_pass(windows, spec.lr) for e in engines], whole),
        )
        for _ in range(ROUNDS)
    ]
    slow, fast, five = (statistics.median(column) for column in zip(*samples, strict=True))
    return slow, fast, five


def main() -> None:
    """Print a table for each batch size."""
    device, where = prepare("cpu", 1), data.Where()
    threadpoolctl.threadpool_limits(1, user_api="blas")
    options = data.resolve("kmrd-small", {"fields": "ids"}, where)
    dataset = data.load("kmrd-small", options, where)
    rows = Rows.of(dataset.train, device)
    for batch in PLAIN_STEPS:
        print(f"batch {batch:<12}{'plain':>12}{'engine':>12}{'ratio':>8}{'five':>12}")
        table = {name: measure(name, dataset, rows, batch) for name in sys.argv[1:] or CORE}
        means = tuple(statistics.geometric_mean(c) for c in zip(*table.values(), strict=True))
        for name, (slow, fast, five) in [*table.items(), ("geometric mean", means)]:
            print(f"{name:<18}{slow:12,.0f}{fast:12,.0f}{fast / slow:8.1f}{five:12,.0f}")


if __name__ == "__main__":
    main()

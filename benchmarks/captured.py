"""Print how fast a GPU trains with the captured step, beside the plain loop, model by model.

    python benchmarks/captured.py [MODEL...]

As `benchmarks/engine.py`, on the device `cuda`: the same rows, models and settings, medians over
rounds of turns, in training rows a second; the clock is read when the GPU is done.
"""

import statistics
import sys
from functools import partial

import torch
from engine import ROUNDS, arguments

from fmbench import data
from fmbench.engine import captured
from fmbench.models import CORE, create_model
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Window
from fmbench.training.device import now, prepare
from fmbench.training.plain import Plain

STEPS = {"plain": 50, "captured": 800}
BATCHES = (16, 256, 2048, 16384)


def rate(trainer: Plain, window: Window) -> float:
    """Return rows a second of some steps."""
    begin = now(trainer.device)
    trainer.one_pass([window], 1e-3)
    return len(window.order) / (now(trainer.device) - begin)


def measure(name: str, dataset: data.Dataset, rows: Rows, batch: int) -> tuple[float, float]:
    """Return rows a second: plain, captured."""
    spec = TrainSpec(lr=1e-3, batch_size=batch)
    build = partial(create_model, name, dataset.fields, **arguments(name))
    plain = Plain(build().cuda(), rows, spec)
    quick = captured.trainer(build().cuda(), rows, spec)
    if quick is None:
        raise SystemExit(f"{name}: its step cannot be captured")
    turns = [
        (trainer, Window(rows, torch.randint(len(rows), (STEPS[trainer.path] * batch,))))
        for trainer in (plain, quick)
    ]
    samples = [[rate(*turn) for turn in turns] for _ in range(1 + ROUNDS)][1:]
    slow, fast = (statistics.median(column) for column in zip(*samples, strict=True))
    return slow, fast


def main() -> None:
    """Print a table for each batch size."""
    device, where = prepare("cuda", 1), data.Where()
    options = data.resolve("kmrd-small", {"fields": "ids"}, where)
    rows = Rows.of((dataset := data.load("kmrd-small", options, where)).train, device)
    print(f"{torch.cuda.get_device_name(device)}, torch {torch.__version__}")
    for batch in BATCHES:
        print(f"batch {batch:<12}{'plain':>12}{'captured':>14}{'ratio':>8}")
        table = {name: measure(name, dataset, rows, batch) for name in sys.argv[1:] or CORE}
        means = tuple(statistics.geometric_mean(c) for c in zip(*table.values(), strict=True))
        for name, (slow, fast) in [*table.items(), ("geometric mean", means)]:
            print(f"{name:<18}{slow:12,.0f}{fast:14,.0f}{fast / slow:8.1f}")


if __name__ == "__main__":
    main()

"""fmbench as a peer among peers: its own loop on its own models."""

import time
from collections.abc import Sequence

import numpy as np
import torch
from alike import start_alike
from numpy.typing import NDArray
from protocol import DROPOUT, EMBED_DIM, LEARNING_RATE, MLP_DIMS, Job, Rows, Trainee, serve
from torch import nn

from fmbench import engine
from fmbench.fields import Field
from fmbench.layers import FieldTable
from fmbench.models import create_model
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows as HarnessRows
from fmbench.training.batches import Window
from fmbench.training.device import prepare
from fmbench.training.plain import Plain
from fmbench.training.predict import predict

ARGS = {"embed_dim": EMBED_DIM, "mlp_dims": MLP_DIMS, "dropout": DROPOUT, "batch_norm": True}


def one_pass(model: nn.Module, rows: HarnessRows, spec: TrainSpec, seed: int) -> float:
    """Train `model` for one epoch and return the seconds of its steps.

    The seam between this comparison and fmbench's harness, and the only one. The engine takes the
    steps as it would in any run of some length; that it traces the model first is not in the
    seconds, as making a peer's model and optimizer is not in theirs.
    """
    try:
        trainer = engine.trainer(model, rows, spec, seed)
    except engine.Untraceable:
        trainer = Plain(model, rows, spec)
    order = torch.randperm(len(rows), generator=torch.Generator().manual_seed(seed))
    begin = time.perf_counter()
    trainer.one_pass([Window(rows, order)], spec.lr)
    return time.perf_counter() - begin


def build(job: Job, rows: Rows, sizes: Sequence[int]) -> Trainee:
    """Build the registered model of that name."""
    fields = [Field(f"field{index}", size) for index, size in enumerate(sizes)]
    depth = {"lr": (), "fm": ("embed_dim",)}.get(job.model, tuple(ARGS))
    model = create_model(job.model, fields, **{name: ARGS[name] for name in depth})
    start_alike(model, job, FieldTable)
    spec = TrainSpec(
        lr=LEARNING_RATE,
        l2_linear=0,
        l2_embedding=0,
        batch_size=job.batch_size,
        max_epochs=1,
        patience=0,
    )
    resident = HarnessRows(torch.from_numpy(rows.ids), torch.from_numpy(rows.labels))

    def chances(ids: NDArray[np.int64]) -> NDArray[np.float64]:
        return 1 / (1 + np.exp(-predict(model, torch.from_numpy(ids))))

    return Trainee(lambda: one_pass(model, resident, spec, job.seed), chances)


if __name__ == "__main__":
    serve(build, lambda threads: prepare("cpu", threads), ["fmbench", "torch", "numpy"])

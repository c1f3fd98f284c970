"""torchfm: its models; the loop of its example, since the package has none.

As used: a DataLoader over a map-style dataset of NumPy rows and the `train` function of the
project's `examples/main.py`, with no worker processes (the example starts eight; one thread is one
thread) and no progress bar. Its five models are the package's; the MLP over embeddings alone is
what it calls FNN. Bare: the example's step, fed with slices of tensors.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import torch
from alike import chances, start, start_alike, timed
from protocol import LEARNING_RATE, Job, Rows, Shape, Trainee, serve
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchfm.model.dfm import DeepFactorizationMachineModel
from torchfm.model.fm import FactorizationMachineModel
from torchfm.model.fnn import FactorizationSupportedNeuralNetworkModel
from torchfm.model.lr import LogisticRegressionModel
from torchfm.model.wd import WideAndDeepModel

MODELS = {
    "lr": lambda sizes, shape: LogisticRegressionModel(sizes),
    "fm": lambda sizes, shape: FactorizationMachineModel(sizes, shape.embed_dim),
    "dnn": lambda sizes, shape: FactorizationSupportedNeuralNetworkModel(sizes, *shape[:3]),
    "wide_deep": lambda sizes, shape: WideAndDeepModel(sizes, *shape[:3]),
    "deepfm": lambda sizes, shape: DeepFactorizationMachineModel(sizes, *shape[:3]),
}
"""By name, from the cardinalities and a `Shape`; its MLP always has BatchNorm."""


class RowDataset(Dataset):
    """As the package's own datasets: a row is a NumPy row and a NumPy number."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows.labels)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.float32]:
        return self.rows.ids[index], self.rows.labels[index]


def steps(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    batches: Iterable[tuple[Tensor, Tensor]],
    *,
    watch: bool = False,
) -> None:
    """Train as the example does; `watch`: add up the loss for its progress bar."""
    criterion = nn.BCELoss()
    total_loss = 0.0
    model.train()
    for fields, target in batches:
        y = model(fields)
        loss = criterion(y, target.float())
        model.zero_grad()
        loss.backward()
        optimizer.step()
        if watch:
            total_loss += loss.item()


def build(job: Job, rows: Rows, sizes: Sequence[int]) -> Trainee:
    """Build the package's model and feed it in one of the two ways."""
    model = MODELS[job.model](sizes, Shape())
    start_alike(model, job)
    optimizer = torch.optim.Adam(params=model.parameters(), lr=LEARNING_RATE)
    as_used = job.mode == "as_used"
    if as_used:
        batches = DataLoader(RowDataset(rows), batch_size=job.batch_size)
    else:
        ids, labels = torch.from_numpy(rows.ids), torch.from_numpy(rows.labels)
        batches = zip(ids.split(job.batch_size), labels.split(job.batch_size), strict=True)
    return Trainee(
        timed(lambda: steps(model, optimizer, batches, watch=as_used)),
        lambda ids: chances(model, torch.from_numpy(ids)),
    )


if __name__ == "__main__":
    serve(build, start, ["torchfm", "torch", "numpy"])

"""deepctr-torch: its models and its `fit`.

As used: `compile("adam", "binary_crossentropy")` and `fit`, silent and without metrics (those of
its examples are computed by scikit-learn after every batch and would slow it further), L2 off. Its
DeepFM and WDL take all five shapes: no embeddings leave a linear model, no hidden units an FM, no
linear columns an MLP. Bare: the body of `fit`'s loop without reading the losses back.

One thing is added: where a linear term and an MLP meet, its MLP ends without a bias. The other
libraries have two biases there, and Adam moves the sum of two twice as fast; it is given the second
(about 1 % of a step), since without it the losses differ by more than seed noise.
"""

from collections.abc import Sequence
from typing import Any

import torch
from alike import chances, start, start_alike, timed
from deepctr_torch.inputs import SparseFeat
from deepctr_torch.models import WDL, DeepFM
from deepctr_torch.models.basemodel import BaseModel
from protocol import Job, Rows, Shape, Trainee, serve
from torch import Tensor, nn

OFF = {"l2_reg_linear": 0.0, "l2_reg_embedding": 0.0, "l2_reg_dnn": 0.0}
FLAT = {"dnn_hidden_units": ()}
MODELS = {
    "lr": lambda columns, **own: WDL(columns, [], **{**own, **FLAT}),
    "fm": lambda columns, **own: DeepFM(columns, columns, **{**own, **FLAT}),
    "dnn": lambda columns, **own: DeepFM([], columns, use_fm=False, **own),
    "wide_deep": lambda columns, **own: WDL(columns, columns, **own),
    "deepfm": lambda columns, **own: DeepFM(columns, columns, **own),
}


def create(name: str, sizes: Sequence[int], shape: Shape, **own: Any) -> BaseModel:
    """Build one of the five; `own` are arguments of the package's models, its L2 among them."""
    columns = [
        SparseFeat(f"field{index}", size, embedding_dim=shape.embed_dim)
        for index, size in enumerate(sizes)
    ]
    return MODELS[name](
        columns,
        dnn_hidden_units=shape.mlp_dims,
        dnn_use_bn=shape.batch_norm,
        dnn_dropout=shape.dropout,
        **own,
    )


def bare(model: BaseModel, x: Tensor, y: Tensor, batch_size: int) -> None:
    """Do what `fit` does to a batch, on slices of tensors."""
    model.train()
    for x_train, y_train in zip(x.split(batch_size), y.split(batch_size), strict=True):
        y_pred = model(x_train).squeeze(-1)
        model.optim.zero_grad()
        loss = model.loss_func(y_pred, y_train, reduction="sum")
        total_loss = loss + model.get_regularization_loss() + model.aux_loss
        total_loss.backward()
        model.optim.step()


def build(job: Job, rows: Rows, sizes: Sequence[int]) -> Trainee:
    """Build the package's model and feed it in one of the two ways."""
    model = create(job.model, sizes, Shape(), **OFF)
    if job.model in ("wide_deep", "deepfm"):
        model.dnn_linear.bias = nn.Parameter(torch.zeros(1))
    start_alike(model, job)
    model.compile("adam", "binary_crossentropy")  # its Adam's step size is 1e-3
    if job.mode == "as_used":
        inputs = {f"field{index}": rows.ids[:, index].copy() for index in range(len(sizes))}
        train = timed(lambda: model.fit(inputs, rows.labels, job.batch_size, verbose=0))
    else:
        x, y = torch.from_numpy(rows.ids).float(), torch.from_numpy(rows.labels)
        train = timed(lambda: bare(model, x, y, job.batch_size))
    return Trainee(train, lambda ids: chances(model, torch.from_numpy(ids).float()))


if __name__ == "__main__":
    serve(build, start, ["deepctr-torch", "torch", "numpy"])

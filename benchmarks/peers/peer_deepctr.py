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

import torch
from alike import chances, start, start_alike, timed
from deepctr_torch.inputs import SparseFeat
from deepctr_torch.models import WDL, DeepFM
from deepctr_torch.models.basemodel import BaseModel
from protocol import DROPOUT, EMBED_DIM, MLP_DIMS, Job, Rows, Trainee, serve
from torch import Tensor, nn

OFF = {"l2_reg_linear": 0.0, "l2_reg_embedding": 0.0, "l2_reg_dnn": 0.0}
DEEP = {"dnn_hidden_units": MLP_DIMS, "dnn_use_bn": True, "dnn_dropout": DROPOUT}
FLAT = {"dnn_hidden_units": ()}
MODELS = {
    "lr": lambda columns: WDL(columns, [], **FLAT, **OFF),
    "fm": lambda columns: DeepFM(columns, columns, **FLAT, **OFF),
    "dnn": lambda columns: DeepFM([], columns, use_fm=False, **DEEP, **OFF),
    "wide_deep": lambda columns: WDL(columns, columns, **DEEP, **OFF),
    "deepfm": lambda columns: DeepFM(columns, columns, **DEEP, **OFF),
}


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
    names = [f"field{index}" for index in range(len(sizes))]
    columns = [
        SparseFeat(name, size, embedding_dim=EMBED_DIM)
        for name, size in zip(names, sizes, strict=True)
    ]
    model = MODELS[job.model](columns)
    if job.model in ("wide_deep", "deepfm"):
        model.dnn_linear.bias = nn.Parameter(torch.zeros(1))
    start_alike(model, job)
    model.compile("adam", "binary_crossentropy")  # its Adam's step size is 1e-3
    if job.mode == "as_used":
        inputs = {name: rows.ids[:, index].copy() for index, name in enumerate(names)}
        train = timed(lambda: model.fit(inputs, rows.labels, job.batch_size, verbose=0))
    else:
        x, y = torch.from_numpy(rows.ids).float(), torch.from_numpy(rows.labels)
        train = timed(lambda: bare(model, x, y, job.batch_size))
    return Trainee(train, lambda ids: chances(model, torch.from_numpy(ids).float()))


if __name__ == "__main__":
    serve(build, start, ["deepctr-torch", "torch", "numpy"])

"""FuxiCTR: models put together from its layers, its base model's loop.

The wheel lacks the model zoo, so that the five models are its layers on its BaseModel, in the order
of the zoo's own files. As used: `fit` for an epoch over its NpzDataLoader, which keeps the rows in
memory; its other loader reads Parquet through Ray, whose processes cannot be held to one thread.
Scoring and saving at the epoch's end are left out, as they are of all peers. Bare: `train_step` on
slices of tensors. Both clip gradients at norm 10, which `train_step` always does.
"""

import tempfile
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from alike import start, start_alike, timed
from fuxictr.features import FeatureMap
from fuxictr.pytorch.dataloaders.npz_dataloader import NpzDataLoader
from fuxictr.pytorch.layers import FactorizationMachine, FeatureEmbedding, LogisticRegression
from fuxictr.pytorch.layers import MLP_Block as MlpBlock
from fuxictr.pytorch.models import BaseModel
from numpy.typing import NDArray
from protocol import LEARNING_RATE, Job, Rows, Shape, Trainee, serve
from torch import Tensor

LABEL = "label"
MAX_GRADIENT_NORM = 10.0
"""The default of its `fit`."""


class Ladder(BaseModel):
    """Any of the five: a linear term or an FM (which holds one), an MLP, or both."""

    def __init__(
        self, feature_map: FeatureMap, name: str, shape: Shape, lr: float, **own: Any
    ) -> None:
        super().__init__(feature_map, model_id=name, verbose=0, model_root="", metrics=[], **own)
        embeds, is_deep = name != "lr", name in ("dnn", "wide_deep", "deepfm")
        self.embedding_layer = FeatureEmbedding(feature_map, shape.embed_dim) if embeds else None
        self.lr_layer = LogisticRegression(feature_map) if name in ("lr", "wide_deep") else None
        self.fm = FactorizationMachine(feature_map) if name in ("fm", "deepfm") else None
        self.mlp = None
        if is_deep:
            self.mlp = MlpBlock(
                input_dim=feature_map.num_fields * shape.embed_dim,
                output_dim=1,
                hidden_units=list(shape.mlp_dims),
                dropout_rates=shape.dropout,
                batch_norm=shape.batch_norm,
            )
        self.compile("adam", "binary_crossentropy", lr)
        self.reset_parameters()
        self.model_to_device()

    def forward(self, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """Add the terms up, as its own models do."""
        x = self.get_inputs(inputs)
        vectors = self.embedding_layer(x) if self.embedding_layer else None
        terms = []
        if self.lr_layer:
            terms.append(self.lr_layer(x))
        if self.fm:
            terms.append(self.fm(x, vectors))
        if self.mlp:
            terms.append(self.mlp(vectors.flatten(start_dim=1)))
        return {"y_pred": self.output_activation(sum(terms[1:], terms[0]))}

    def eval_step(self) -> None:
        """Leave out the scoring of validation rows."""

    def load_weights(self, checkpoint: str) -> None:
        """Keep the weights; `eval_step` has saved none."""


def describe_fields(sizes: Sequence[int]) -> FeatureMap:
    """Return its description of the fields."""
    feature_map = FeatureMap("peers", data_dir="")
    feature_map.features = OrderedDict(
        (f"field{index}", {"type": "categorical", "vocab_size": size, "source": ""})
        for index, size in enumerate(sizes)
    )
    feature_map.labels = [LABEL]
    feature_map.num_fields = len(sizes)
    feature_map.set_column_index()
    return feature_map


def load(feature_map: FeatureMap, columns: dict[str, NDArray], batch_size: int) -> NpzDataLoader:
    """Return its own loader over these columns; it reads them from a file into memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npz"
        np.savez(path, **columns)
        return NpzDataLoader(feature_map, str(path), batch_size, shuffle=True, num_workers=0)


def bare(model: Ladder, columns: dict[str, Tensor], batch_size: int) -> None:
    """Call its training step on slices of tensors."""
    model._max_gradient_norm = MAX_GRADIENT_NORM
    model.train()
    parts = [column.split(batch_size) for column in columns.values()]
    for values in zip(*parts, strict=True):
        model.train_step(dict(zip(columns, values, strict=True)))


@torch.no_grad()
def chances(model: Ladder, ids: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return what a model says, `(rows,)`."""
    model.eval()
    return model(by_name(ids))["y_pred"].flatten().numpy()


def by_name(ids: NDArray[np.int64]) -> dict[str, Tensor]:
    """Return the columns as a model takes them."""
    return {f"field{index}": torch.from_numpy(column) for index, column in enumerate(ids.T.copy())}


def build(job: Job, rows: Rows, sizes: Sequence[int]) -> Trainee:
    """Put the model together and feed it in one of the two ways."""
    feature_map = describe_fields(sizes)
    model = Ladder(feature_map, job.model, Shape(), LEARNING_RATE)
    start_alike(model, job)
    if job.mode == "as_used":
        columns = {f"field{index}": column for index, column in enumerate(rows.ids.T.copy())}
        labelled = {**columns, LABEL: rows.labels.astype(np.int64)}
        loader = load(feature_map, labelled, job.batch_size)
        train = timed(lambda: model.fit(loader, max_gradient_norm=MAX_GRADIENT_NORM))
    else:
        tensors = {**by_name(rows.ids), LABEL: torch.from_numpy(rows.labels)}
        train = timed(lambda: bare(model, tensors, job.batch_size))
    return Trainee(train, lambda ids: chances(model, ids))


if __name__ == "__main__":
    serve(build, start, ["fuxictr", "torch", "numpy"])

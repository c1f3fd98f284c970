"""Models that only an ablation asks for: a part of DeepFM exchanged for another.

`fmbench ablate --plugin benchmarks/ablations/parts.py` knows them; the models have no switches.
"""

from functools import wraps
from typing import Any

from torch import Tensor, nn

from fmbench.layers import FieldEmbedding
from fmbench.models import MODELS, register_model

PAPER = "https://arxiv.org/abs/1703.04247"
DeepFM, DNN = MODELS["deepfm"].build, MODELS["dnn"].build


def use_tanh(hidden: nn.Sequential) -> None:
    """Exchange the activations, and start as Glorot and Bengio (2010) have it for tanh."""
    for i, layer in enumerate(hidden):
        if isinstance(layer, nn.ReLU):
            hidden[i] = nn.Tanh()
        elif isinstance(layer, nn.Linear):
            nn.init.xavier_normal_(layer.weight)


@register_model("deepfm_tanh", paper=PAPER, year=2017)
class DeepFMTanh(DeepFM):
    """DeepFM with tanh for ReLU."""

    @wraps(DeepFM.__init__)
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        use_tanh(self.mlp.hidden)


@register_model("dnn_tanh", paper=PAPER, year=2017)
class DNNTanh(DNN):
    """DNN with tanh for ReLU."""

    @wraps(DNN.__init__)
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        use_tanh(self.mlp.hidden)


@register_model("fm_and_dnn", paper=PAPER, year=2017)
class FMAndDNN(DeepFM):
    """Guo et al.'s "FM & DNN": DeepFM whose deep part has embeddings of its own."""

    @wraps(DeepFM.__init__)
    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        own = self.embedding
        self.deep_embedding = FieldEmbedding(own.fields, own.weight.shape[1])

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits, `(batch, columns)` to `(batch,)`."""
        deep: Tensor = self.mlp(self.deep_embedding(ids).flatten(1))
        return self.linear(ids) + self.pairwise(self.embedding(ids)) + deep

"""RankMixer: tokens that exchange parts, each with a network of its own."""

from collections.abc import Sequence

from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import Batch, FieldEmbedding, MixerLayer, Tokens
from fmbench.layers.check import check_width
from fmbench.models._registry import register_model
from fmbench.models._space import FACTORS, MIXER, STEP


@register_model(
    "rankmixer",
    paper="https://arxiv.org/abs/2507.15551",
    year=2025,
    family="mixer",
    space=STEP | FACTORS | MIXER,
)
class RankMixer(nn.Module):
    """Zhu et al., 2025: mixing without weights in the place of attention.

    Variant: the dense model, without experts; as many heads as tokens; a linear map of the mean.

    Elsewhere: the paper groups the fields of a token by hand, and has sparse experts.

    Cost: O(L k D² T) a row for T tokens of D elements whose networks have k D hidden units.
    """

    def __init__(
        self,
        fields: Sequence[Field],
        *,
        embed_dim: int = 16,
        tokens: int = 4,
        token_dim: int = 32,
        mixer_layers: int = 2,
        expansion: int = 2,
    ) -> None:
        check_width("mixer_layers", mixer_layers)
        super().__init__()
        self.embedding = FieldEmbedding(fields, embed_dim)
        self.tokens = Tokens(len(fields) * embed_dim, tokens, token_dim)
        self.layers = nn.Sequential(
            *(MixerLayer(tokens, token_dim, expansion) for _ in range(mixer_layers))
        )
        self.output = nn.Linear(token_dim, 1)

    def forward(self, x: Batch) -> Tensor:
        tokens = self.layers(self.tokens(self.embedding(x).flatten(1)))
        logits: Tensor = self.output(tokens.mean(1)).squeeze(1)
        return logits

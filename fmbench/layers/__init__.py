"""The layers that all models share; they know no model and no data."""

from fmbench.layers.embedding import FieldEmbedding as FieldEmbedding
from fmbench.layers.embedding import FieldLinear as FieldLinear
from fmbench.layers.embedding import FieldTable as FieldTable
from fmbench.layers.embedding import IdOutOfRange as IdOutOfRange
from fmbench.layers.interaction import PairwiseInteraction as PairwiseInteraction
from fmbench.layers.mlp import MLP as MLP

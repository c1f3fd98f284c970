"""The layers that all models share; they know no model and no data."""

from fmbench.layers.batch import Batch as Batch
from fmbench.layers.embedding import FieldEmbedding as FieldEmbedding
from fmbench.layers.embedding import FieldLinear as FieldLinear
from fmbench.layers.embedding import FieldTable as FieldTable
from fmbench.layers.embedding import IdOutOfRange as IdOutOfRange
from fmbench.layers.interaction import PairwiseInteraction as PairwiseInteraction
from fmbench.layers.mlp import MLP as MLP
from fmbench.layers.posterior import FieldDeviation as FieldDeviation
from fmbench.layers.posterior import GaussianEmbedding as GaussianEmbedding
from fmbench.layers.posterior import GaussianLinear as GaussianLinear
from fmbench.layers.posterior import GaussianLogit as GaussianLogit
from fmbench.layers.posterior import PairwiseVariance as PairwiseVariance

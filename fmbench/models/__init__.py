"""Models: one file each, found and registered by themselves.

The contract: built from fields and keyword-only arguments that all have defaults,
``forward(ids: int64 (batch, columns)) -> logits (batch,)``, or `Heads` where training asks for
more than the loss of the logits. A model owns no loss, optimizer, device or metric.
"""

from collections.abc import Sequence
from typing import Any

from torch import nn

from fmbench.fields import Field
from fmbench.models._registry import MODELS as MODELS
from fmbench.models._registry import is_by_gradient as is_by_gradient
from fmbench.models._registry import register_model as register_model
from fmbench.models._stage import Staged as Staged
from fmbench.registry import import_modules, load_entry_points

CORE = ("lr", "fm", "dnn", "wide_deep", "deepfm")
"""The ladder from a linear term to DeepFM, each rung adding or exchanging one part."""


def create_model(name: str, fields: Sequence[Field], **args: Any) -> nn.Module:
    """Build a registered model for these fields.

    Raises:
        UnknownName: No model has this name, or the model has no such argument.
        MissingRole: The model needs a field of a role that none of the fields has.
    """
    return MODELS[name].build(fields, **MODELS.resolve(name, args))


import_modules(__name__, __path__)
load_entry_points("fmbench.models")

"""The registry of models, in a module of its own so that model files can import it."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from torch import nn

from fmbench.fields import Role
from fmbench.registry import Registry
from fmbench.space import TRAINING, Space

M = TypeVar("M", bound=type[nn.Module])

MODELS: Registry[type[nn.Module]] = Registry("model", TRAINING)


def register_model(
    name: str,
    *,
    paper: str,
    year: int,
    family: str = "other",
    needs: Sequence[Role] = (),
    space: Space | None = None,
) -> Callable[[M], M]:
    """Register a model class under `name`, with the paper that introduced it.

    `family` is what it is filed under, `needs` the roles without which it cannot be built. `space`
    is what tuning may try of it; None: the training keys that all models share.
    """
    register = MODELS.register(
        name, space, paper=paper, year=year, family=family, needs=" ".join(needs)
    )

    def decorate(model: M) -> M:
        register(model)
        return model

    return decorate

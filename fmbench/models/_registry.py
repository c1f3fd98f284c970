"""The registry of models, in a module of its own so that model files can import it."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar, get_args

from torch import nn

from fmbench.errors import UsageError
from fmbench.fields import Role
from fmbench.registry import Registry
from fmbench.space import TRAINING, Space

M = TypeVar("M", bound=type[nn.Module])

MODELS: Registry[type[nn.Module]] = Registry("model", TRAINING)


Procedure = Literal["gradient descent", "descent to the optimum", "Gibbs sampling"]
"""How a model is fitted; the harness holds what does it. The optimum is that of a loss which has
only one."""


def register_model(
    name: str,
    *,
    paper: str,
    year: int,
    family: str = "other",
    needs: Sequence[Role] = (),
    space: Space | None = None,
    procedure: Procedure = "gradient descent",
) -> Callable[[M], M]:
    """Register a model class under `name`, with the paper that introduced it.

    `family` is what it is filed under, `needs` the roles without which it cannot be built. `space`
    is what tuning may try of it; None: the training keys that all models share.

    Raises:
        UsageError: The name cannot be taken, or there is no such procedure.
    """
    if procedure not in get_args(Procedure):
        known = " or ".join(map(repr, get_args(Procedure)))
        raise UsageError(f"model {name!r} is fitted by {procedure!r}; expected {known}")
    register = MODELS.register(
        name,
        space,
        paper=paper,
        year=year,
        family=family,
        needs=" ".join(needs),
        procedure=procedure,
    )

    def decorate(model: M) -> M:
        register(model)
        return model

    return decorate


def is_by_gradient(name: str) -> bool:
    """Tell whether gradients fit a model, so that settings of training mean something."""
    return name in MODELS and MODELS[name].about.get("procedure") != "Gibbs sampling"

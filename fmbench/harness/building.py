"""Models and baselines that are built and not trained, to refuse arguments and count weights."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from torch import nn

from fmbench.baselines import BASELINES
from fmbench.errors import FmbenchError, UsageError
from fmbench.fields import Field
from fmbench.models import create_model
from fmbench.spec import RunSpec

T = TypeVar("T")


def try_to_build(name: str, args: dict[str, Any]) -> None:
    """Build for a handful of ids: arguments are refused before anything runs.

    Raises:
        UsageError: There is no such model or baseline, or it cannot be built.
    """
    if name in BASELINES:
        _built(name, lambda: BASELINES[name].build(**args))
    else:
        small(name, args)


def small(name: str, args: dict[str, Any]) -> nn.Module:
    """Return a model of a handful of ids.

    Raises:
        UsageError: There is no such model, or it cannot be built.
    """
    few = [Field("user", 3, role="user"), Field("movie", 3, role="item")]
    few += [Field("genres", 3, width=2), Field("age", 3, kind="numeric")]
    return _built(name, lambda: create_model(name, few, **args))


def count_weights(spec: RunSpec, fields: Sequence[Field]) -> int:
    """Return how many numbers the model of a spec learns on data of these fields.

    Raises:
        UsageError: There is no such model, or it cannot be built.
    """
    return count_parameters(
        _built(spec.model, lambda: create_model(spec.model, fields, **spec.model_args))
    )


def count_parameters(model: nn.Module) -> int:
    """Return how many numbers a model learns."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def _built(name: str, make: Callable[[], T]) -> T:
    """Return what is made; what goes wrong in a constructor is in the arguments."""
    try:
        return make()
    except FmbenchError:
        raise
    except Exception as error:
        raise UsageError(f"model {name!r} cannot be built: {error}") from error

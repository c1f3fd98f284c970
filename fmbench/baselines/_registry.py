"""The registry of baselines, and whether the libraries they stand on are there."""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from fmbench.data import Split
from fmbench.errors import UsageError
from fmbench.fields import Field, Role
from fmbench.registry import Registry
from fmbench.space import Space

Ids = NDArray[np.int32]
"""`(rows, columns)`, as in `Split.ids`."""

Logits = NDArray[np.float64]
"""`(rows,)`."""


class Baseline(Protocol):
    """A competitor that is fitted once and then gives logits."""

    def fit(
        self, fields: Sequence[Field], train: Split, valid: Split, *, seed: int, threads: int
    ) -> None:
        """Learn from the training rows; the validation rows are only to stop by.

        `seed` is below 2**31 and decides all that is random.
        """

    def logits(self, ids: Ids) -> Logits:
        """Return the logit of each row; labels are not given."""


B = TypeVar("B", bound=Callable[..., Baseline])

BASELINES: Registry[Callable[..., Baseline]] = Registry("baseline")


def register_baseline(
    name: str,
    *,
    paper: str,
    year: int,
    package: str = "",
    modules: str = "",
    needs: tuple[Role, ...] = (),
    space: Space | None = None,
) -> Callable[[B], B]:
    """Register a baseline under `name`, with the paper that introduced it.

    `package` is what `pip` calls the library it needs, `modules` are what it imports of it,
    separated by blanks; both are empty if it needs nothing beyond what fmbench needs. `needs` are
    the roles of which the fields must tell: without them it does not run. `space` is what tuning
    may try; without one there is nothing to tune.
    """
    register = BASELINES.register(
        name, space, paper=paper, year=year, package=package, modules=modules, needs=" ".join(needs)
    )

    def decorate(baseline: B) -> B:
        register(baseline)
        return baseline

    return decorate


def at_least(argument: str, value: float, low: float) -> Any:
    """Return an argument's value.

    Raises:
        UsageError: It is not a number, or is below `low`.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= low:
        raise UsageError(f"{argument} is {value!r}; expected a number of at least {low:g}")
    return value


def is_installed(name: str) -> bool:
    """Tell whether a baseline's library is there; nothing of it is imported."""
    return all(find_spec(module.partition(".")[0]) for module in _modules(name))


def load_library(name: str) -> None:
    """Import what a baseline needs; seconds that are not to count as its fitting."""
    for module in _modules(name):
        import_module(module)


def how_to_get(*names: str) -> str:
    """Say how to install what baselines need."""
    packages = ", ".join(_about(name, "package") for name in names)
    return f"pip install 'fmbench[baselines]' (for {packages})"


def needs(name: str) -> list[str]:
    """Return the roles of which the fields must tell for a baseline to run."""
    return str(_about(name, "needs")).split()


def software(name: str) -> str:
    """Return the library that does a baseline's work, with its version."""
    package = str(_about(name, "package")) or "numpy"
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package


def _modules(name: str) -> list[str]:
    return str(_about(name, "modules")).split()


def _about(name: str, key: str) -> Any:
    return BASELINES[name].about[key]

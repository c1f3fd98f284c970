"""Entrants: the models and baselines of a table, which share one space of names."""

import logging
from collections.abc import Sequence
from itertools import chain
from typing import Any

from fmbench.baselines import BASELINES, how_to_get, is_installed
from fmbench.errors import UnknownName, UsageError
from fmbench.models import CORE, MODELS
from fmbench.registry import Registry

log = logging.getLogger("fmbench")


def registry_of(name: str) -> Registry[Any]:
    """Return the registry that holds this model or baseline.

    Raises:
        UnknownName: Neither registry holds it.
        UsageError: Both registries hold it.
    """
    found: list[Registry[Any]] = [each for each in (MODELS, BASELINES) if name in each]
    if not found:
        raise UnknownName("model", name, chain(MODELS, BASELINES))
    if len(found) > 1:
        raise UsageError(f"{name!r} is a model and a baseline; expected a name for each")
    return found[0]


def select(models: str | Sequence[str]) -> list[str]:
    """Return the names that `all`, `core` or a list of models and baselines stands for.

    `all` includes the baselines whose library is installed, and says how to get the others.

    Raises:
        UnknownName: No model and no baseline has one of these names.
        UsageError: A name is given twice, or the library of a baseline is not installed.
    """
    if models == "all":
        return [*MODELS, *filter(_is_at_hand, BASELINES)]
    if models == "core":
        return list(CORE)
    names = [models] if isinstance(models, str) else models
    if len(set(names)) < len(names):
        raise UsageError(f"models are {', '.join(names)}; expected each only once")
    for name in names:
        if registry_of(name) is BASELINES and not is_installed(name):
            raise UsageError(f"baseline {name!r} is not installed", hint=how_to_get(name))
    return list(names)


def _is_at_hand(name: str) -> bool:
    found = is_installed(name)
    if not found:
        log.warning("baseline %s is left out: %s", name, how_to_get(name))
    return found

"""Entrants: the models and baselines of a table, which share one space of names."""

import logging
from collections.abc import Callable, Collection, Sequence
from itertools import chain
from typing import Any

from fmbench.baselines import BASELINES, how_to_get, is_installed
from fmbench.errors import UnknownName, UsageError
from fmbench.fields import Field
from fmbench.models import CORE, MODELS
from fmbench.registry import Registry

ARTICLES = {"user": "a", "item": "an"}

FAMILY = "family:"
"""What stands before the name of a family of models."""

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
    """Return the names that `all`, `core` or a list of models, families and baselines stands for.

    `all` includes the baselines whose library is installed, and says in a line how to get the
    others.

    Raises:
        UnknownName: No model, family or baseline has one of these names.
        UsageError: A name is given twice, or the library of a baseline is not installed.
    """
    if models == "all":
        missing = [name for name in BASELINES if not is_installed(name)]
        if missing:
            are = "baselines {} are" if len(missing) > 1 else "baseline {} is"
            log.warning("%s left out: %s", are.format(", ".join(missing)), how_to_get(*missing))
        return [name for name in (*MODELS, *BASELINES) if name not in missing]
    if models == "core":
        return list(CORE)
    given = [models] if isinstance(models, str) else models
    names = list(chain.from_iterable(map(_of_family, given)))
    if len(set(names)) < len(names):
        raise UsageError(f"models are {', '.join(names)}; expected each only once")
    for name in names:
        if registry_of(name) is BASELINES and not is_installed(name):
            raise UsageError(f"baseline {name!r} is not installed", hint=how_to_get(name))
    return list(names)


def fitting(names: Sequence[str], roles: Callable[[], Collection[str]]) -> list[str]:
    """Return the names of those that can run on fields of these roles, and name the others.

    `roles` is asked only where that hangs on it.
    """
    missing = {name: lacking(name, roles()) for name in names if needs(name)}
    for name, what in missing.items():
        if what:
            log.warning("%s %s is left out: %s", registry_of(name).kind, name, what)
    return [name for name in names if not missing.get(name)]


def refuse_without_roles(name: str, fields: Sequence[Field]) -> None:
    """Refuse a model or baseline that needs what none of the fields tells of.

    Raises:
        UsageError: It does.
    """
    if what := lacking(name, {field.role for field in fields if field.role}):
        hint = "leave it out of --models; data.fields, data.only and data.without choose the fields"
        kind = registry_of(name).kind
        raise UsageError(f"{kind} {name!r} cannot run on these fields: {what}", hint)


def lacking(name: str, roles: Collection[str]) -> str:
    """Say which role an entrant needs and the fields have not; empty where there is no such."""
    needed = needs(name)
    missing = [role for role in needed if role not in roles]
    if not missing:
        return ""
    all_of = " and ".join(f"{ARTICLES[role]} {role}" for role in needed)
    return f"it needs {all_of}; the fields tell of no {' and no '.join(missing)}"


def needs(name: str) -> list[str]:
    """Return the roles of which the fields must tell for a model or baseline to run."""
    return str(registry_of(name)[name].about.get("needs", "")).split()


def _of_family(name: str) -> list[str]:
    """Return the models of a family, or the one thing that has this name."""
    if not name.startswith(FAMILY):
        return [name]
    families = {str(entry.about.get("family", "other")) for entry in MODELS.values()}
    family = name.removeprefix(FAMILY)
    if family not in families:
        raise UnknownName("family", family, sorted(families))
    return [n for n, entry in MODELS.items() if entry.about.get("family", "other") == family]

"""A plan: which variants of a base are to be run, as data; it also is the family of the tests."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from fmbench.errors import UsageError, refuse_unknown
from fmbench.spec import Seed, plain, read_toml

Label = Annotated[str, Meta(min_length=1, max_length=60)]
"""The name of a variant in a report."""


class Change(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings that differ from those of the base; all others stay."""

    model: str | None = None
    """Another model over the same layers; arguments of the base that it lacks are dropped."""
    args: dict[str, Any] = {}
    data: dict[str, Any] = {}
    train: dict[str, Any] = {}


class Variant(Change, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part that is removed or replaced."""

    control: bool = True
    """Whether it also runs with the parameters given back that it has fewer than the base."""


class Context(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other rows or labels, on which base and variants all run; none is compared across."""

    dataset: str | None = None
    data: dict[str, Any] = {}


class Base(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings that every variant changes."""

    model: str
    dataset: str = "kmrd-small"
    args: dict[str, Any] = {}
    data: dict[str, Any] = {}
    train: dict[str, Any] = {}


class Fields(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields by name: each of them left out, or alone."""

    without: list[str] = []
    only: list[str] = []


class Plan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Variants of a base under one question."""

    name: Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9_-]{0,63}\Z")]
    question: str
    base: Base
    seeds: Annotated[int, Meta(ge=2, le=1_000)] | list[Seed] = 10
    """Seeds by number, or how many from 0 on."""
    metric: Literal["auc", "logloss"] = "auc"
    """The metric that verdicts are about."""
    margin: Annotated[float, Meta(gt=0, le=1)] = 0.001
    """A difference below this is as good as none."""
    contexts: dict[Label, Context] = {}
    """Contexts by name; without any, the base's own data alone."""
    variants: dict[Label, Variant] = {}
    fields: Fields = Fields()
    sweeps: dict[str, Annotated[list[Any], Meta(min_length=2)]] = {}
    """Levels by key, such as `args.embed_dim`; exploratory, and so not part of the family."""
    factorial: dict[Label, Change] = {}
    """The change that removes each factor; under `A + B`, the one that removes both, where that is
    not simply both changes at once."""

    @property
    def seed_list(self) -> list[int]:
        """The seeds by number."""
        return list(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds

    @property
    def factors(self) -> list[str]:
        """The factors that the factorial takes away."""
        return [name for name in self.factorial if "+" not in name]


LARGEST_FACTORIAL = 5
"""Factors: 32 cells."""


def read_plan(path: Path) -> Plan:
    """Read and check a plan file.

    Raises:
        UsageError: It is missing or not a valid plan.
    """
    return build_plan(read_toml(path, "plan"))


def build_plan(content: Mapping[str, Any]) -> Plan:
    """Check the content of a plan file.

    Raises:
        UsageError: A key is unknown, a value makes no sense, or nothing is to be compared.
    """
    refuse_unknown("plan key", content, Plan.__struct_fields__)
    try:
        if plain(content) != content:
            raise UsageError("the plan holds a value that JSON cannot hold")
        plan = msgspec.convert(content, Plan)
    except (msgspec.ValidationError, TypeError, UnicodeEncodeError) as error:
        raise UsageError(f"the plan is not valid: {error}") from error
    if len(set(plan.seed_list)) < max(2, len(plan.seed_list)):
        raise UsageError(f"seeds is {plan.seeds}; expected at least two, each only once")
    for key in plan.sweeps:
        table, _, name = key.partition(".")
        if table not in ("args", "train", "data") or not name:
            raise UsageError(f"sweep {key!r}; expected args.KEY, train.KEY or data.KEY")
    _check_factorial(plan)
    if not (
        plan.variants or plan.fields.without or plan.fields.only or plan.sweeps or plan.factors
    ):
        raise UsageError(f"plan {plan.name!r} compares nothing with its base; expected a variant")
    return plan


def taken(name: str) -> frozenset[str]:
    """Return the factors that an entry of the factorial takes away."""
    return frozenset(part.strip() for part in name.split("+"))


def _check_factorial(plan: Plan) -> None:
    for name in plan.factorial:
        refuse_unknown("factor", taken(name), plan.factors)
    if len(plan.factors) == 1 or len(plan.factors) > LARGEST_FACTORIAL:
        raise UsageError(
            f"the factorial has {len(plan.factors)} factors; expected 2 to {LARGEST_FACTORIAL}"
        )

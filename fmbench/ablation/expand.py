"""From a plan to cells: what runs, and what each is compared with."""

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import combinations
from typing import Any, Literal

import msgspec

from fmbench.ablation.plan import Change, Context, Plan, taken
from fmbench.errors import UnknownName, UsageError
from fmbench.spec import PROTOCOL, RunSpec, TrainSpec

Kind = Literal["base", "floor", "variant", "control", "without", "only", "sweep", "factorial"]

BASE = "base"
FLOOR = "lr"
"""The model at the foot of the gap that effects are a share of."""

ROWS = (
    *("label", "duplicates", "split", "split_seed", "ratios", "rows", "file", "seed", "sha256"),
    *("parts", "part", "reading", "group", "dates", "negatives", "valid_share"),
)
"""Options that decide which rows are tested, or what is true of them."""


class Cell(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing to run, over all seeds of the plan."""

    context: str
    name: str
    kind: Kind
    spec: RunSpec
    """Spec with the first seed."""
    of: str = ""
    """The variant that a control is of, the key of a sweep."""
    level: int = 0
    """Place of its value in a sweep."""
    taken: list[str] = []
    """Factors that are taken away."""

    def specs(self, plan: Plan) -> list[RunSpec]:
        """Return a spec for each seed."""
        return [msgspec.structs.replace(self.spec, seed=seed) for seed in plan.seed_list]


Arguments = Callable[[str], Collection[str]]
"""The arguments that a model has."""


def expand(plan: Plan, arguments: Arguments) -> list[Cell]:
    """Return every cell of a plan, base first; specs are not resolved yet.

    Raises:
        UsageError: A key or option makes no sense where it stands.
    """
    return [
        Cell(
            context=name,
            name=label,
            kind=kind,
            spec=_spec(plan, name, change, label, arguments),
            **more,
        )
        for name in plan.contexts or ("",)
        for label, kind, change, more in _changes(plan)
    ]


def _changes(plan: Plan) -> Iterator[tuple[str, Kind, Change, dict[str, Any]]]:
    """Yield the name, kind and change of each cell of one context."""
    yield BASE, "base", Change(), {}
    if plan.base.model != FLOOR:
        yield FLOOR, "floor", Change(model=FLOOR), {}
    for name, variant in plan.variants.items():
        yield name, "variant", variant, {}
    for field in plan.fields.without:
        yield f"without {field}", "without", Change(data={"without": [field]}), {"of": field}
    for field in plan.fields.only:
        yield f"{field} alone", "only", Change(data={"only": [field]}), {"of": field}
    for key, values in plan.sweeps.items():
        table, _, name = key.partition(".")
        for level, value in enumerate(values):
            change = msgspec.convert({table: {name: value}}, Change)
            yield f"{name} {written(value)}", "sweep", change, {"of": key, "level": level}
    for size in range(1, len(plan.factors) + 1):
        for away in combinations(plan.factors, size):
            name = "no " + ", no ".join(away)
            yield name, "factorial", _together(plan, frozenset(away)), {"taken": list(away)}


def written(value: Any) -> str:
    """Return a level of a sweep as one reads it."""
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)


def _together(plan: Plan, away: frozenset[str]) -> Change:
    """Return what takes several factors away: what the plan says of them, or their changes."""
    for name, change in plan.factorial.items():
        if taken(name) == away:
            return change
    singles = [plan.factorial[name] for name in plan.factors if name in away]
    models = {change.model for change in singles} - {None}
    if len(models) > 1:
        name = " + ".join(sorted(away))
        raise UsageError(
            f"the factorial names {len(models)} models for {name!r}; expected one entry"
        )
    args, data, train = (
        {k: v for change in singles for k, v in getattr(change, table).items()}
        for table in ("args", "data", "train")
    )
    return Change(model=next(iter(models), None), args=args, data=data, train=train)


def _spec(plan: Plan, context: str, change: Change, name: str, arguments: Arguments) -> RunSpec:
    for key in change.data:
        if key in ROWS:
            raise UsageError(
                f"{name!r} changes data.{key}, and so the test rows; expected it in a context"
            )
    base, around = plan.base, plan.contexts.get(context, Context())
    model = change.model or base.model
    # A model of fewer parts has fewer arguments; those of the base that it lacks went with a part.
    kept = {k: v for k, v in base.args.items() if model == base.model or k in arguments(model)}
    return RunSpec(
        name=f"{name} ({context})" if context else name,
        dataset=around.dataset or base.dataset,
        dataset_args={**base.data, **around.data, **change.data},
        model=model,
        model_args={**kept, **change.args},
        train=_train({**base.train, **change.train}),
        seed=plan.seed_list[0],
    )


def _train(content: Mapping[str, Any]) -> TrainSpec:
    for key in content:
        if key not in TrainSpec.__struct_fields__:
            raise UnknownName("train key", key, TrainSpec.__struct_fields__)
    try:
        return msgspec.convert({**msgspec.structs.asdict(PROTOCOL), **content}, TrainSpec)
    except msgspec.ValidationError as error:
        raise UsageError(f"train: {error}") from error

"""Studies without a run: cells over made-up models, records with made-up numbers."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from fmbench.ablation.plan import Plan, build_plan
from fmbench.ablation.study import Study, design
from fmbench.record import Record
from fmbench.spec import RunSpec

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "lr": {},
    "fm": {"embed_dim": 16},
    "deepfm": {"embed_dim": 16, "mlp_dims": [64, 64], "dropout": 0.2},
    "wide_deep": {"embed_dim": 16, "mlp_dims": [64, 64], "dropout": 0.2},
}


def resolve(spec: RunSpec) -> RunSpec:
    return replace(spec, model_args={**ARGUMENTS[spec.model], **spec.model_args})


def size(spec: RunSpec) -> int:
    """Count 1,000 ids, and a deep part where there is one."""
    args = spec.model_args
    deep = sum(args.get("mlp_dims", [])) * args.get("embed_dim", 0)
    return 1000 * (1 + args.get("embed_dim", 0)) + deep


def study_of(plan: Plan | dict[str, Any]) -> Study:
    made = plan if isinstance(plan, Plan) else build_plan({"name": "p", "question": "?", **plan})
    return design(made, lambda model: ARGUMENTS[model], resolve, size)


def records_of(
    study: Study, value: Callable[[str, int], float | None], context: str = ""
) -> list[Record]:
    """Return a record of each cell and seed whose metric is that of its name and seed."""
    made = {}
    for cell in study.cells:
        for spec in cell.specs(study.plan):
            metrics = {study.plan.metric: value(cell.name, spec.seed)}
            made.setdefault(
                (spec.case, spec.seed),
                Record(
                    spec=spec,
                    status="ok",
                    metrics={"test": metrics, "valid": metrics},
                    parameters=size(spec),
                    samples={"train_samples_per_s": [1.0, 1e6 / size(spec)]},
                ),
            )
    return list(made.values())


@pytest.fixture
def parts() -> Study:
    """Return the study of a plan with a bit of everything."""
    return study_of(PARTS)


PARTS: dict[str, Any] = {
    "seeds": 5,
    "base": {"model": "deepfm", "data": {"fields": "full"}},
    "variants": {"no deep part": {"model": "fm"}, "narrow": {"args": {"embed_dim": 8}}},
    "fields": {"without": ["user", "movie", "hour"], "only": ["movie"]},
    "sweeps": {"args.dropout": [0.0, 0.2, 0.5]},
    "factorial": {
        "pairwise": {"model": "wide_deep"},
        "deep": {"model": "fm"},
        "pairwise+deep": {"model": "lr"},
    },
}

"""Expansion: every cell that a plan stands for, and none that cannot be compared."""

from typing import Any

import pytest

from fmbench.ablation.expand import expand
from fmbench.ablation.plan import build_plan
from fmbench.ablation.study import Study
from fmbench.errors import UnknownName, UsageError

from .conftest import ARGUMENTS, PARTS, study_of


def names(study: Study, kind: str) -> list[str]:
    return [cell.name for cell in study.cells if cell.kind == kind]


def test_every_kind_of_cell(parts: Study) -> None:
    assert names(parts, "base") == ["base"]
    assert names(parts, "floor") == ["lr"]
    assert names(parts, "variant") == ["no deep part", "narrow"]
    assert names(parts, "without") == ["without user", "without movie", "without hour"]
    assert names(parts, "only") == ["movie alone"]
    assert names(parts, "sweep") == ["dropout 0.0", "dropout 0.2", "dropout 0.5"]
    assert names(parts, "factorial") == ["no pairwise", "no deep", "no pairwise, no deep"]


def test_a_change_touches_what_it_names_and_nothing_else(parts: Study) -> None:
    cells = {cell.name: cell.spec for cell in parts.cells}
    base = cells["base"]
    assert cells["without user"].dataset_args == {"fields": "full", "without": ["user"]}
    assert cells["without user"].model_args == base.model_args
    assert cells["dropout 0.5"].model_args == {**base.model_args, "dropout": 0.5}
    assert cells["dropout 0.2"].case == base.case  # the level that the base has is no other cell
    assert cells["no pairwise, no deep"].model == "lr"
    assert cells["no deep part"].case == cells["no deep"].case


def test_arguments_that_a_smaller_model_lacks_go_with_the_part() -> None:
    args = {"embed_dim": 4, "dropout": 0.5}
    study = study_of({**PARTS, "base": {"model": "deepfm", "args": args}})
    cells = {cell.name: cell.spec for cell in study.cells}
    assert cells["no deep part"].model_args == {"embed_dim": 4}
    assert cells["lr"].model_args == {}


def test_each_context_has_all_cells_on_its_own_rows() -> None:
    contexts: dict[str, Any] = {"a": {}, "b": {"data": {"split": "temporal"}}}
    study = study_of({**PARTS, "contexts": contexts})
    by_context = {name: [c for c in study.cells if c.context == name] for name in contexts}
    assert [c.name for c in by_context["a"]] == [c.name for c in by_context["b"]]
    assert {c.spec.dataset_args.get("split") for c in by_context["b"]} == {"temporal"}
    assert len(study.specs()) == len({(s.case, s.seed) for s in study.specs()})


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"variants": {"x": {"data": {"label": "rate>8"}}}}, UsageError, "'x' changes data.label"),
        ({"variants": {"x": {"train": {"lrr": 1}}}}, UnknownName, "unknown train key 'lrr'"),
        ({"variants": {"x": {"train": {"lr": -1}}}}, UsageError, "train: "),
        ({"variants": {"x": {"args": {"dropout": 0.2}}}}, UsageError, "'x' .* is the base itself"),
        (
            {"factorial": {"a": {"model": "fm"}, "b": {"model": "wide_deep"}}},
            UsageError,
            "names 2 models for 'a . b'",
        ),
    ],
)
def test_refused(changed: dict[str, Any], error: type[UsageError], message: str) -> None:
    with pytest.raises(error, match=message):
        study_of({"base": {"model": "deepfm"}, **changed})


def test_a_factorial_puts_changes_together() -> None:
    factorial = {"deep": {"model": "fm"}, "hour": {"data": {"without": ["hour"]}}}
    plan = build_plan(
        {"name": "p", "question": "?", "base": {"model": "deepfm"}, "factorial": factorial}
    )
    cells = {cell.name: cell for cell in expand(plan, lambda model: ARGUMENTS[model])}
    both = cells["no deep, no hour"]
    assert (both.spec.model, both.spec.dataset_args) == ("fm", {"without": ["hour"]})
    assert both.taken == ["deep", "hour"]

"""The plans that are shipped: each is one, and what it names is there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fmbench.ablation.expand import Cell
from fmbench.ablation.plan import read_plan
from fmbench.ablation.study import design
from fmbench.data import Where
from fmbench.harness import resolve
from fmbench.models import MODELS
from fmbench.registry import load_plugin
from fmbench.spec import RunSpec

FOLDER = Path(__file__).parents[2] / "benchmarks" / "ablations"
PLANS = sorted(FOLDER.glob("*.toml"))
PLUGINS = sorted(FOLDER.glob("*.py"))


@pytest.fixture(autouse=True)
def parts() -> Iterator[None]:
    """Let plans know the models that only they ask for, and forget them afterwards."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MODELS, "_entries", dict(MODELS._entries))
        for plugin in PLUGINS:
            load_plugin(plugin)
        yield


def no_size(spec: RunSpec) -> int:
    """Have no controls: none is wider than nothing."""
    return 0


def cells(path: Path) -> list[Cell]:
    plan = read_plan(path)
    return design(
        plan,
        lambda model: MODELS[model].defaults,
        lambda spec: resolve(spec, Where()),
        no_size,
    ).cells


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_a_shipped_plan_expands(path: Path) -> None:
    found = cells(path)
    assert read_plan(path).name == path.stem
    assert len({(cell.context, cell.name) for cell in found}) == len(found)
    assert {cell.spec.dataset for cell in found} == {"kmrd-small"}


def test_there_are_enough_variants_of_enough_models() -> None:
    plans = [read_plan(path) for path in PLANS]
    variants = {
        (path.stem, cell.context, cell.spec.case)
        for path in PLANS
        for cell in cells(path)
        if cell.kind not in ("base", "floor")
    }
    assert len(variants) >= 30
    assert len({plan.base.model for plan in plans}) >= 5
    assert {len(plan.seed_list) for plan in plans} == {10}

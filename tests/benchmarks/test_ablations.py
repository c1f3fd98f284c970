"""The plans that are shipped: each is one, and what it names is there."""

from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path

import pytest
import torch

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


@pytest.mark.parametrize("fields", [1, 2, 5])
def test_products_are_those_of_plain_loops(fields: int) -> None:
    module = MODELS["ipnn"].build.forward.__globals__
    drawn = torch.randn((3, fields, 4), generator=torch.Generator().manual_seed(0)).double()
    for row, inner, outer in zip(
        drawn.tolist(), module["inner"](drawn), module["outer"](drawn), strict=True
    ):
        pairs = [sum(a * b for a, b in zip(v, w, strict=True)) for v, w in combinations(row, 2)]
        assert sorted(inner.tolist()) == pytest.approx(sorted(pairs))
        assert outer.tolist() == pytest.approx(
            [sum(v[i] * w[j] for v, w in product(row, row)) for i, j in product(range(4), repeat=2)]
        )


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

"""Plans: what is refused, each with what was found."""

from pathlib import Path
from typing import Any

import pytest

from fmbench.ablation.plan import build_plan, read_plan
from fmbench.errors import UsageError

VARIANT = {"variants": {"x": {"model": "fm"}}}
PLAN = {"name": "p", "question": "?", "base": {"model": "deepfm"}, **VARIANT}


def test_defaults() -> None:
    plan = build_plan(PLAN)
    assert (plan.seed_list, plan.metric, plan.margin) == (list(range(10)), "auc", 0.001)
    assert plan.variants["x"].control


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"varients": {}}, "unknown plan key 'varients'; did you mean 'variants'"),
        ({"name": "../x"}, "the plan is not valid: .*name"),
        ({"variants": {}}, "plan 'p' compares nothing with its base"),
        ({"variants": {"x": {"modell": "fm"}}}, "the plan is not valid: .*modell"),
        ({"seeds": 1}, "the plan is not valid: .*seeds"),
        ({"seeds": [3, 3]}, "seeds is .3, 3.; expected at least two, each only once"),
        ({"seeds": [3]}, "expected at least two"),
        ({"metric": "ece"}, "the plan is not valid: .*metric"),
        ({"sweeps": {"embed_dim": [1, 2]}}, "sweep 'embed_dim'; expected args.KEY, train.KEY"),
        ({"sweeps": {"args.embed_dim": [1]}}, "the plan is not valid"),
        ({"factorial": {"a": {}}}, "the factorial has 1 factors; expected 2 to 5"),
        ({"factorial": {"a": {}, "b": {}, "a + c": {}}}, "unknown factor 'c'"),
        ({"base": {"model": "fm", "args": {"x": float("nan")}}}, "a value that JSON cannot hold"),
    ],
)
def test_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        build_plan({**PLAN, **changed})


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_plan(tmp_path / "none.toml")

"""Controls: parameters given back, as nearly as a width can."""

import pytest

from fmbench.ablation.control import widened
from fmbench.ablation.study import Study
from fmbench.spec import RunSpec

from .conftest import PARTS, resolve, size, study_of


def spec(model: str, **args: object) -> RunSpec:
    return resolve(RunSpec(name=model, dataset="d", model=model, model_args=args))


def test_a_variant_gets_the_width_that_makes_up_for_its_part(parts: Study) -> None:
    cells = {cell.name: cell for cell in parts.cells}
    wanted = size(cells["base"].spec)
    control = cells["no deep part, as large"]
    assert (control.kind, control.of) == ("control", "no deep part")
    assert control.spec.model == "fm"
    assert control.spec.model_args["embed_dim"] == 18  # 17,000 + 2,048 are nearest to 19,000
    for other in (17, 19):
        assert abs(size(control.spec) - wanted) <= abs(size(spec("fm", embed_dim=other)) - wanted)


def test_what_would_be_the_base_again_is_none(parts: Study) -> None:
    assert "narrow, as large" not in {cell.name for cell in parts.cells}


def test_what_lost_nothing_or_cannot_grow_has_none() -> None:
    assert widened(spec("deepfm"), size(spec("deepfm")), size) is None
    assert widened(spec("lr"), 10**6, size) is None
    assert widened(spec("fm"), size(spec("fm")) + 400, size) is None  # half a step away


@pytest.mark.parametrize("wanted", [40_000, 123_456])
def test_the_deep_part_grows_where_that_is_nearer(wanted: int) -> None:
    wider = widened(spec("deepfm", mlp_dims=[64, 32]), wanted, size)
    assert wider is not None
    assert abs(size(wider) - wanted) < 0.05 * wanted


def test_a_plan_can_do_without() -> None:
    variants = {"no deep part": {"model": "fm", "control": False}}
    study = study_of({**PARTS, "variants": variants})
    assert {cell.kind for cell in study.cells} & {"control"} == set()

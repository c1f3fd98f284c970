"""What holds for every registered model, and the formula of each."""

import inspect
import runpy
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import naive
import pytest
import torch
from torch import Tensor, nn

import fmbench.models
from fmbench.errors import UnknownName
from fmbench.fields import Field, columns
from fmbench.layers import FieldTable, MissingRole, score_of
from fmbench.models import MODELS, create_model
from fmbench.spec import plain
from fmbench.training.loss import losses

FORMULAS = Path(__file__).with_name("formulas")
FIELDS = [
    Field("user", 7, role="user"),
    Field("genres", 5, width=3),
    Field("movie", 6, role="item"),
]
FAMILIES = {
    *("linear", "pairwise", "product", "cross", "attention", "deep", "wide-and-deep", "mixer"),
    *("gate", "convolution"),
}
every_model = pytest.mark.parametrize("name", MODELS)


def batch(rows: int) -> Tensor:
    """Draw ids; each column reaches each id of its field when there are rows enough."""
    draw = torch.Generator().manual_seed(rows)
    columns = [(rows, 1, f.cardinality) for f in FIELDS for _ in range(f.width)]
    return torch.cat([torch.randint(n, (rows, w), generator=draw) for rows, w, n in columns], 1)


def module(name: str) -> dict[str, Any]:
    """Return what the file of a model's formula defines; a model without one fails."""
    path = FORMULAS / f"{name}.py"
    assert path.is_file(), f"model {name!r} has no formula; expected one in {path}"
    return runpy.run_path(str(path))


def formula(name: str) -> Callable[[nn.Module, list[int]], float]:
    logit: Callable[[nn.Module, list[int]], float] = module(name)["logit"]
    return logit


def build(name: str) -> nn.Module:
    """Build a model with random numbers everywhere, in evaluation mode and float64."""
    torch.manual_seed(1)
    return naive.randomise(create_model(name, FIELDS)).eval()


@every_model
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("training", [True, False])
def test_logits_are_one_finite_number_a_row(name: str, dtype: torch.dtype, training: bool) -> None:
    logits = score_of(build(name).to(dtype).train(training)(batch(17)))
    assert logits.shape == (17,)
    assert logits.dtype == dtype
    assert logits.isfinite().all()


@every_model
@pytest.mark.parametrize("rows", [0, 1])
def test_evaluation_takes_a_batch_of_any_size(name: str, rows: int) -> None:
    assert build(name)(batch(rows)).shape == (rows,)


@every_model
def test_every_parameter_has_a_gradient(name: str) -> None:
    model = build(name).train()
    score_of(model(batch(64))).square().sum().backward()
    assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


@every_model
def test_every_parameter_learns_from_the_start_as_it_is_drawn(name: str) -> None:
    torch.manual_seed(0)
    model = create_model(name, FIELDS).double()  # some first steps are below float32's rounding
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    labels = (torch.arange(64) % 3 == 0).double()
    for _ in range(3):
        optimizer.zero_grad()
        losses(model(batch(64)), labels)[1].backward()
        optimizer.step()
    assert [n for n, p in model.named_parameters() if torch.equal(p, before[n])] == []


@every_model
def test_a_row_scores_the_same_in_any_batch_and_any_order(name: str) -> None:
    model, ids = build(name), batch(16)
    logits, order = model(ids), torch.randperm(16)
    torch.testing.assert_close(torch.cat([model(row) for row in ids.split(1)]), logits)
    torch.testing.assert_close(model(ids[order]), logits[order])


@every_model
def test_a_score_depends_on_every_field(name: str) -> None:
    """It does in some row, by weights so small that no softmax leaves a field nothing."""
    model, ids = build(name), batch(16)
    for parameter in model.parameters():
        parameter.data.mul_(0.3)
    for column in range(5):
        other = ids.clone()
        other[:, column] = torch.where(ids[:, column] == 2, 3, 2)
        assert not torch.equal(model(other), model(ids))


@every_model
def test_the_state_dict_carries_the_whole_model(name: str) -> None:
    model, other = build(name), create_model(name, FIELDS).double().eval()
    assert not torch.equal(other(batch(16)), model(batch(16)))
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(batch(16)), model(batch(16)))


@every_model
def test_a_seed_decides_the_weights(name: str) -> None:
    states = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        states.append(torch.cat([p.flatten() for p in create_model(name, FIELDS).parameters()]))
    assert torch.equal(states[0], states[1])
    assert name == "lr" or not torch.equal(states[0], states[2])


@every_model
def test_arguments_are_keyword_only_and_survive_json(name: str) -> None:
    fields, *rest = inspect.signature(MODELS[name].build).parameters.values()
    assert fields.name == "fields"
    assert {p.kind for p in rest} <= {inspect.Parameter.KEYWORD_ONLY}
    defaults = MODELS[name].defaults
    read_back = create_model(name, FIELDS, **plain(defaults)).state_dict()
    shapes = {n: v.shape for n, v in create_model(name, FIELDS, **defaults).state_dict().items()}
    assert {n: v.shape for n, v in read_back.items()} == shapes


@every_model
def test_arguments_that_make_no_sense_are_refused_by_name(name: str) -> None:
    nonsense = {"embed_dim": 0, "mlp_dims": [], "dropout": 1.0}
    for argument in nonsense.keys() & MODELS[name].defaults.keys():
        with pytest.raises(ValueError, match=f"^{argument} is "):
            create_model(name, FIELDS, **{argument: nonsense[argument]})


def test_an_unknown_model_or_argument_says_the_nearest() -> None:
    with pytest.raises(UnknownName, match="did you mean 'deepfm'"):
        create_model("depfm", FIELDS)
    with pytest.raises(UnknownName, match=r"unknown fm argument .* did you mean 'embed_dim'"):
        create_model("fm", FIELDS, embed_dims=4)


def test_every_file_is_one_model_of_its_name() -> None:
    files = {p.stem for p in Path(fmbench.models.__path__[0]).glob("[!_]*.py")}
    homes = {entry.name: entry.build.__module__ for entry in MODELS.values()}
    assert homes == {name: f"fmbench.models.{name}" for name in files}


def lines(name: str) -> int:
    return len(Path(inspect.getfile(MODELS[name].build)).read_text().splitlines())


def test_most_models_are_read_in_a_minute() -> None:
    assert median(map(lines, MODELS)) <= 50


@every_model
def test_a_model_is_a_short_file_that_names_its_source(name: str) -> None:
    entry = MODELS[name]
    assert lines(name) <= 65
    assert str(entry.about["paper"]).startswith("https://")
    assert str(entry.about["year"]) in entry.summary


@every_model
def test_a_model_is_its_formula(name: str) -> None:
    """Each has one in `formulas/`, for a row of ids and in plain Python, written from its paper."""
    model, ids, logit = build(name), batch(12), formula(name)
    expected = naive.column([logit(model, row) for row in ids.tolist()])
    torch.testing.assert_close(model(ids), expected)


STEP = 1e-6
"""Step along a direction by which a formula's slope is measured."""


@every_model
def test_gradients_are_the_slopes_of_the_formula(name: str) -> None:
    """Of each tensor along a random direction, by central differences of plain Python."""
    model, row, logit = build(name), batch(1), formula(name)
    score_of(model(row)).sum().backward()
    torch.manual_seed(2)
    for path, parameter in model.named_parameters():
        direction = torch.randn_like(parameter)
        given = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
        scores = []
        with torch.no_grad():
            for step in (STEP, -2 * STEP):
                parameter.add_(direction, alpha=step)
                scores.append(logit(model, row[0].tolist()))
            parameter.add_(direction, alpha=STEP)
        found, expected = (given * direction).sum().item(), (scores[0] - scores[1]) / (2 * STEP)
        assert found == pytest.approx(expected, rel=1e-4, abs=1e-6 * (1 + abs(scores[0]))), path


@pytest.mark.parametrize("name", [name for name in MODELS if module(name).get("SYMMETRIC")])
def test_a_symmetric_model_does_not_care_where_a_field_stands(name: str) -> None:
    model, ids, order = build(name), batch(8), (2, 0, 1)
    other = naive.randomise(create_model(name, [FIELDS[place] for place in order])).eval()
    other.load_state_dict(model.state_dict())
    for mine, theirs in zip(model.modules(), other.modules(), strict=True):
        if isinstance(mine, FieldTable):
            blocks = mine.weight.detach().split([field.cardinality for field in FIELDS])
            theirs.weight.data = torch.cat([blocks[place] for place in order])
    moved = torch.cat([ids[:, columns(FIELDS)[place]] for place in order], 1)
    torch.testing.assert_close(other(moved), model(ids))


@every_model
def test_a_model_says_what_it_is_a_variant_of_and_what_it_costs(name: str) -> None:
    assert list(MODELS[name].notes) == ["variant", "elsewhere", "cost"]
    assert MODELS[name].about["family"] in FAMILIES


@every_model
def test_a_model_says_which_roles_it_cannot_do_without(name: str) -> None:
    needed = str(MODELS[name].about["needs"]).split()
    nameless = [Field("user", 7), Field("movie", 6)]
    if not needed:
        create_model(name, nameless)
        return
    with pytest.raises(MissingRole, match=f"^model {name!r} needs a field with the role"):
        create_model(name, nameless)


def test_every_formula_is_of_a_model() -> None:
    assert {path.stem for path in FORMULAS.glob("*.py")} == set(MODELS)


@pytest.mark.parametrize(("deep", "shallow"), [("deepfm", "fm"), ("wide_deep", "lr")])
def test_without_its_deep_part_a_model_is_the_shallow_one(deep: str, shallow: str) -> None:
    outer, inner = build(deep), build(shallow)
    assert not torch.allclose(outer(batch(16)), inner(batch(16)))
    inner.load_state_dict({n: outer.state_dict()[n] for n in inner.state_dict()})
    nn.init.zeros_(outer.mlp.output.weight)
    nn.init.zeros_(outer.mlp.output.bias)
    assert torch.equal(outer(batch(16)), inner(batch(16)))

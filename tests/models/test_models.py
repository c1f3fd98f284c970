"""What holds for every registered model, and the formula of each."""

import inspect
import math
from collections.abc import Callable
from pathlib import Path

import naive
import pytest
import torch
from torch import Tensor, nn

import fmbench.models
from fmbench.errors import UnknownName
from fmbench.fields import Field
from fmbench.models import CORE, MODELS, create_model
from fmbench.spec import plain

FIELDS = [Field("user", 7), Field("genres", 5, width=3), Field("movie", 6)]
every_model = pytest.mark.parametrize("name", MODELS)


def batch(rows: int) -> Tensor:
    """Draw ids; each column reaches each id of its field when there are rows enough."""
    draw = torch.Generator().manual_seed(rows)
    columns = [(rows, 1, f.cardinality) for f in FIELDS for _ in range(f.width)]
    return torch.cat([torch.randint(n, (rows, w), generator=draw) for rows, w, n in columns], 1)


def build(name: str) -> nn.Module:
    """Build a model with random numbers everywhere, in evaluation mode and float64."""
    torch.manual_seed(1)
    return naive.randomise(create_model(name, FIELDS)).eval()


@every_model
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("training", [True, False])
def test_logits_are_one_finite_number_a_row(name: str, dtype: torch.dtype, training: bool) -> None:
    logits = build(name).to(dtype).train(training)(batch(17))
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
    model(batch(64)).square().sum().backward()
    assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()] == []


@every_model
def test_every_parameter_learns_from_the_start_as_it_is_drawn(name: str) -> None:
    torch.manual_seed(0)
    model = create_model(name, FIELDS)
    before = {n: p.detach().clone() for n, p in model.named_parameters()}
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    labels = (torch.arange(64) % 3 == 0).float()
    for _ in range(3):
        optimizer.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(model(batch(64)), labels).backward()
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
    model, ids = build(name), torch.full((1, 5), 2)
    for column in range(5):
        other = ids.clone()
        other[0, column] = 3
        assert model(other).item() != model(ids).item()


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


@every_model
def test_a_model_is_a_short_file_that_names_its_source(name: str) -> None:
    entry = MODELS[name]
    assert len(Path(inspect.getfile(entry.build)).read_text().splitlines()) <= 45
    assert str(entry.about["paper"]).startswith("https://")
    assert str(entry.about["year"]) in entry.summary


# The formulas, for one row of ids and in plain Python.


def lr(model: nn.Module, row: list[int]) -> float:
    return naive.linear(model.linear, row)


def fm(model: nn.Module, row: list[int]) -> float:
    return lr(model, row) + naive.pairwise(naive.lookup(model.embedding, row))


def dnn(model: nn.Module, row: list[int]) -> float:
    return naive.mlp(model.mlp, [x for v in naive.lookup(model.embedding, row) for x in v])


def wide_deep(model: nn.Module, row: list[int]) -> float:
    return lr(model, row) + dnn(model, row)


def deepfm(model: nn.Module, row: list[int]) -> float:
    return fm(model, row) + dnn(model, row)


def vfm(model: nn.Module, row: list[int]) -> float:
    means = naive.lookup(model.embedding, row)
    deviations = naive.lookup(model.embedding.deviation, row)
    variance = naive.pairwise([[s**2 for s in of] for of in deviations])
    variance += sum(s**2 for (s,) in naive.lookup(model.linear.deviation, row))
    for place, of in enumerate(deviations):
        others = [sum(x) for x in zip(*(means[:place] + means[place + 1 :]), strict=True)]
        variance += sum((s * x) ** 2 for s, x in zip(of, others, strict=True))
    return fm(model, row) / math.sqrt(1 + math.pi * variance / 8)


@pytest.mark.parametrize("formula", [lr, fm, dnn, wide_deep, deepfm, vfm], ids=[*CORE, "vfm"])
def test_a_model_is_its_formula(formula: Callable[[nn.Module, list[int]], float]) -> None:
    model, ids = build(formula.__name__), batch(12)
    expected = naive.column([formula(model, row) for row in ids.tolist()])
    torch.testing.assert_close(model(ids), expected)


@pytest.mark.parametrize(("deep", "shallow"), [("deepfm", "fm"), ("wide_deep", "lr")])
def test_without_its_deep_part_a_model_is_the_shallow_one(deep: str, shallow: str) -> None:
    outer, inner = build(deep), build(shallow)
    assert not torch.allclose(outer(batch(16)), inner(batch(16)))
    inner.load_state_dict({n: outer.state_dict()[n] for n in inner.state_dict()})
    nn.init.zeros_(outer.mlp.output.weight)
    nn.init.zeros_(outer.mlp.output.bias)
    assert torch.equal(outer(batch(16)), inner(batch(16)))

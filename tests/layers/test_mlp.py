"""The MLP against loops over its units, and what it refuses to be built from."""

import math

import naive
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from fmbench.layers import MLP
from fmbench.layers.mlp import ACTIVATIONS


@settings(deadline=None, max_examples=50)
@given(
    st.integers(0, 4),
    st.integers(1, 5),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.booleans(),
    st.integers(0, 2**31),
)
def test_mlp_in_evaluation_is_the_loop_over_units(
    batch: int, inputs: int, dims: list[int], batch_norm: bool, seed: int
) -> None:
    torch.manual_seed(seed)
    mlp = naive.randomise(MLP(inputs, dims, 0.5, batch_norm)).eval()
    x = torch.randn(batch, inputs, dtype=torch.float64)
    torch.testing.assert_close(mlp(x), naive.column([naive.mlp(mlp, row) for row in x.tolist()]))


def test_layers_come_in_the_order_that_the_seed_of_this_project_had() -> None:
    kinds = [type(layer) for layer in MLP(3, [4, 5], 0.1, True).hidden]
    assert kinds == [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Dropout] * 2


def test_without_batch_norm_each_layer_has_a_bias_that_starts_at_zero() -> None:
    layers = list(MLP(3, [4, 5], 0.1, False).hidden)
    assert [type(layer) for layer in layers] == [nn.Linear, nn.ReLU, nn.Dropout] * 2
    assert [linear.bias.tolist() for linear in layers[::3]] == [[0.0] * 4, [0.0] * 5]


def test_dropout_acts_in_training_alone() -> None:
    torch.manual_seed(0)
    mlp, x = naive.randomise(MLP(3, [64], 0.5, True)), torch.randn(8, 3, dtype=torch.float64)
    assert not torch.equal(mlp(x), mlp(x))
    mlp.eval()
    assert torch.equal(mlp(x), mlp(x))


def test_no_dropout_makes_training_repeatable() -> None:
    mlp, x = naive.randomise(MLP(3, [64], 0, True)), torch.randn(8, 3, dtype=torch.float64)
    assert torch.equal(mlp(x), mlp(x))


@pytest.mark.parametrize("batch_norm", [False, True])
def test_every_layer_has_a_gradient_from_the_first_step_on(batch_norm: bool) -> None:
    torch.manual_seed(0)
    mlp = MLP(3, [16, 16], 0.0, batch_norm)
    mlp(torch.randn(8, 3)).sum().backward()
    weights = [part.weight for part in mlp.modules() if isinstance(part, nn.Linear)]
    assert len(weights) == 3
    assert all(weight.grad.abs().max() > 1e-9 for weight in weights)


@pytest.mark.parametrize("width", [16, 1024])
def test_the_scale_of_activations_at_the_start_does_not_depend_on_the_width(width: int) -> None:
    torch.manual_seed(0)
    linear = MLP(width, [256], 0.0, True).hidden[0]
    activations = torch.relu(linear(torch.randn(2048, width)))
    assert activations.square().mean().item() == pytest.approx(1.0, rel=0.15)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([], "mlp_dims is []; expected a list of at least one"),
        ("64", "mlp_dims is '64'; expected a list of at least one"),
        (64, "mlp_dims is 64; expected a list of at least one"),
        ({64}, "mlp_dims is {64}; expected a list of at least one"),
        ([0], "mlp_dims[0] is 0; expected a whole number from 1 to 65536"),
        ([64, -1], "mlp_dims[1] is -1; expected a whole number from 1 to 65536"),
        ([64, 1.5], "mlp_dims[1] is 1.5; expected a whole number from 1 to 65536"),
        (["64"], "mlp_dims[0] is '64'; expected a whole number from 1 to 65536"),
        ([True], "mlp_dims[0] is True; expected a whole number from 1 to 65536"),
        ([10**6], "mlp_dims[0] is 1000000; expected a whole number from 1 to 65536"),
    ],
)
def test_widths_that_make_no_sense_are_refused(value: object, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        MLP(3, value, 0.1, False)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("value", [1.0, 1, -0.1, math.nan, math.inf, "0.1", True, None])
def test_a_dropout_that_makes_no_sense_is_refused(value: object) -> None:
    with pytest.raises(ValueError) as caught:
        MLP(3, [4], value, False)
    assert str(caught.value) == f"dropout is {value!r}; expected a number from 0 to below 1"


@pytest.mark.parametrize("value", [0, 0.0, 0.999])
def test_a_dropout_at_the_edge_of_its_range_is_taken(value: float) -> None:
    assert MLP(3, [4], value, True).hidden[3].p == value


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("layer_norm", [False, True])
def test_other_activations_and_norms_are_their_loops(activation: str, layer_norm: bool) -> None:
    torch.manual_seed(0)
    kinds = {"activation": activation, "layer_norm": layer_norm}
    mlp = naive.randomise(MLP(3, [4, 5], 0.5, False, **kinds)).eval()
    x = torch.randn(6, 3, dtype=torch.float64)
    torch.testing.assert_close(mlp(x), naive.column([naive.mlp(mlp, row) for row in x.tolist()]))


def test_layer_norm_takes_the_place_of_batch_norm() -> None:
    layers = list(MLP(3, [4], 0.1, True, layer_norm=True).hidden)
    assert [type(layer) for layer in layers] == [nn.Linear, nn.LayerNorm, nn.ReLU, nn.Dropout]
    assert layers[0].bias is not None


def test_an_unknown_activation_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^activation is 'dice'; expected one of relu"):
        MLP(3, [4], 0.1, False, activation="dice")

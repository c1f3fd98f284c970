"""Models that are special cases of others give their very logits."""

from typing import Any

import naive
import pytest
import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.models import create_model

FIELDS = [
    Field("user", 7, role="user"),
    Field("genres", 5, width=3),
    Field("movie", 6, role="item"),
    Field("hour", 5),
]
DIM = 4


def batch(rows: int = 16) -> Tensor:
    draw = torch.Generator().manual_seed(0)
    columns = [(rows, 1, f.cardinality) for f in FIELDS for _ in range(f.width)]
    return torch.cat([torch.randint(n, (rows, w), generator=draw) for rows, w, n in columns], 1)


def build(name: str, **args: Any) -> nn.Module:
    torch.manual_seed(0)
    return naive.randomise(create_model(name, FIELDS, **args)).eval()


def give(outer: nn.Module, inner: nn.Module) -> None:
    """Give a model the tensors of the same name and shape that another has."""
    own = outer.state_dict()
    kept = {n: v for n, v in inner.state_dict().items() if n in own and own[n].shape == v.shape}
    assert kept
    outer.load_state_dict({**own, **kept})


def check_same(outer: nn.Module, inner: nn.Module) -> None:
    torch.testing.assert_close(outer(batch()), inner(batch()))


@pytest.fixture
def fm() -> nn.Module:
    return build("fm", embed_dim=DIM)


def test_fwfm_whose_pairs_weigh_one_is_fm(fm: nn.Module) -> None:
    outer = build("fwfm", embed_dim=DIM)
    give(outer, fm)
    assert not torch.allclose(outer(batch()), fm(batch()))
    nn.init.ones_(outer.pairwise.weight)
    check_same(outer, fm)


@pytest.mark.parametrize("name", ["fwfm", "fmfm", "fefm"])
def test_pairs_start_as_those_of_fm(name: str, fm: nn.Module) -> None:
    outer = create_model(name, FIELDS, embed_dim=DIM).double().eval()
    give(outer, fm)
    check_same(outer, fm)


def test_fmfm_with_multiples_of_the_unit_matrix_is_fwfm() -> None:
    inner, outer = build("fwfm", embed_dim=DIM), build("fmfm", embed_dim=DIM)
    give(outer, inner)
    scales = inner.pairwise.weight.detach()
    outer.pairwise.weight.data = scales[:, None, None] * torch.eye(DIM)
    check_same(outer, inner)


def test_fefm_is_fmfm_with_symmetric_matrices() -> None:
    inner, outer = build("fefm", embed_dim=DIM), build("fmfm", embed_dim=DIM)
    give(outer, inner)
    weight = inner.pairwise.weight.detach()
    outer.pairwise.weight.data = weight + weight.transpose(1, 2)
    check_same(outer, inner)


def test_ffm_with_one_vector_for_all_fields_is_fm(fm: nn.Module) -> None:
    outer = build("ffm", embed_dim=DIM)
    give(outer, fm)
    outer.embedding.table.weight.data = fm.embedding.weight.detach().repeat(1, len(FIELDS))
    check_same(outer, fm)


def test_hofm_of_order_two_is_fm(fm: nn.Module) -> None:
    outer = build("hofm", embed_dim=DIM, order=2)
    give(outer, fm)
    outer.embeddings[0].weight = fm.embedding.weight
    check_same(outer, fm)


def test_hofm_of_order_three_adds_to_order_two() -> None:
    outer, inner = build("hofm", embed_dim=DIM, order=3), build("hofm", embed_dim=DIM, order=2)
    give(outer, inner)
    assert not torch.allclose(outer(batch()), inner(batch()))
    nn.init.zeros_(outer.embeddings[1].weight)
    check_same(outer, inner)


def test_nfm_that_sums_its_products_is_fm(fm: nn.Module) -> None:
    outer = build("nfm", embed_dim=DIM, mlp_dims=(2 * DIM,))
    give(outer, fm)
    first, output = outer.mlp.hidden[0], outer.mlp.output
    nn.init.zeros_(first.bias)
    nn.init.zeros_(output.bias)
    # x = relu(x) - relu(-x)
    first.weight.data = torch.cat([torch.eye(DIM), -torch.eye(DIM)]).double()
    output.weight.data = torch.cat([torch.ones(1, DIM), -torch.ones(1, DIM)], 1).double()
    check_same(outer, fm)


def test_afm_whose_pairs_are_alike_is_fm_by_their_number(fm: nn.Module) -> None:
    outer = build("afm", embed_dim=DIM)
    give(outer, fm)
    nn.init.zeros_(outer.attention.score.weight)
    nn.init.constant_(outer.output.weight, len(FIELDS) * (len(FIELDS) - 1) / 2)
    check_same(outer, fm)


def test_dcn_v2_whose_rows_are_one_vector_is_dcn_without_biases() -> None:
    inner, outer = build("dcn", embed_dim=DIM), build("dcn_v2", embed_dim=DIM)
    give(outer, inner)
    nn.init.zeros_(inner.cross.bias)
    for layer, weight in zip(outer.cross.layers, inner.cross.weight.detach(), strict=True):
        nn.init.zeros_(layer.bias)
        layer.weight.data = weight.expand_as(layer.weight).clone()
    check_same(outer, inner)


def test_dcn_v2_of_low_rank_is_that_of_the_product() -> None:
    inner, outer = build("dcn_v2", embed_dim=DIM, rank=2), build("dcn_v2", embed_dim=DIM)
    give(outer, inner)
    for layer, (down, up) in zip(outer.cross.layers, inner.cross.layers, strict=True):
        layer.weight.data, layer.bias = (up.weight @ down.weight).detach(), up.bias
    check_same(outer, inner)


@pytest.mark.parametrize("name", ["dcn", "dcn_v2", "ncf"])
def test_without_its_other_part_a_model_is_dnn(name: str) -> None:
    outer, inner = build(name), build("dnn")
    give(outer, inner)
    assert not torch.allclose(outer(batch()), inner(batch()))
    nn.init.zeros_(outer.output.weight)
    check_same(outer, inner)


def test_xdeepfm_without_crosses_is_wide_and_deep() -> None:
    outer, inner = build("xdeepfm"), build("wide_deep")
    give(outer, inner)
    nn.init.zeros_(outer.output.weight)
    check_same(outer, inner)


@pytest.mark.parametrize(("outer", "inner"), [("pnn_star", "ipnn"), ("pnn_star", "opnn")])
def test_a_product_network_that_does_not_read_its_products_is_a_smaller_one(
    outer: str, inner: str
) -> None:
    big, small = build(outer, embed_dim=DIM), build(inner, embed_dim=DIM)
    give(big, small)
    vectors, pairs = len(FIELDS) * DIM, 6
    kept = torch.arange(vectors + (pairs if inner == "ipnn" else DIM**2))
    if inner == "opnn":
        kept[vectors:] += pairs
    first = big.mlp.hidden[0]
    first.weight.data.zero_()
    first.weight.data[:, kept] = small.mlp.hidden[0].weight.detach()
    check_same(big, small)


def test_mlr_of_one_region_is_lr() -> None:
    outer, inner = build("mlr", regions=1), build("lr")
    outer.score.table.weight = inner.linear.table.weight
    outer.score.bias.data = inner.linear.bias.detach()[None]
    check_same(outer, inner)

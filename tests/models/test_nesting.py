"""Models that are special cases of others give their very logits."""

from typing import Any

import naive
import pytest
import torch
from torch import Tensor, nn

from fmbench.fields import Field
from fmbench.layers import MLP, mix
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


@pytest.mark.parametrize("name", ["dcn_v2", "gdcn"])
def test_an_mlp_stacked_on_crosses_that_add_nothing_is_dnn(name: str) -> None:
    outer, inner = build(name, structure="stacked"), build("dnn")
    give(outer, inner)
    assert not torch.allclose(outer(batch()), inner(batch()))
    for layer in outer.cross.layers:
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    check_same(outer, inner)


@pytest.mark.parametrize("structure", ["parallel", "stacked"])
def test_gdcn_with_gates_half_open_is_dcn_v2_of_half_the_weights(structure: str) -> None:
    inner, outer = build("dcn_v2", structure=structure), build("gdcn", structure=structure)
    give(outer, inner)
    for layer, gate in zip(outer.cross.layers, outer.cross.gates, strict=True):
        nn.init.zeros_(gate.weight)
        layer.weight.data *= 2
        layer.bias.data *= 2
    check_same(outer, inner)


def test_finalmlp_with_open_gates_and_no_products_is_two_dnns() -> None:
    outer, dims = build("finalmlp"), [(64, 64), (64,)]
    for gate in outer.gates:
        nn.init.zeros_(gate.output.weight)
        nn.init.zeros_(gate.output.bias)
    nn.init.zeros_(outer.fusion.weight)
    inner = [build("dnn", mlp_dims=each) for each in dims]
    for each, stream, end in zip(
        inner, outer.streams, (outer.fusion.left, outer.fusion.right), strict=True
    ):
        each.embedding.weight = outer.embedding.weight
        each.mlp.hidden.load_state_dict(stream.state_dict())
        each.mlp.output.weight = end.weight
    inner[0].mlp.output.bias = outer.fusion.left.bias
    nn.init.zeros_(inner[1].mlp.output.bias)
    torch.testing.assert_close(outer(batch()), inner[0](batch()) + inner[1](batch()))


def test_masknet_serial_with_masks_of_one_is_an_mlp_of_normalised_fields() -> None:
    model, dims = build("masknet_serial"), (64, 64)
    plain = MLP(len(FIELDS) * 16, dims, 0.0, False, layer_norm=True).double().eval()
    linears = [part for part in plain.hidden if isinstance(part, nn.Linear)]
    norms = [part for part in plain.hidden if isinstance(part, nn.LayerNorm)]
    for block, linear, norm in zip(model.blocks, linears, norms, strict=True):
        nn.init.zeros_(block.mask[2].weight)
        nn.init.ones_(block.mask[2].bias)
        linear.weight = block.hidden.weight
        norm.load_state_dict(block.norm.state_dict())
    plain.output.load_state_dict(model.output.state_dict())
    normed = model.norm(model.embedding(batch())).flatten(1)
    torch.testing.assert_close(model(batch()), plain(normed))


@pytest.mark.parametrize(
    "name", ["autoint_plus", "dcn", "dcn_mix", "dcn_v2", "deepim", "gdcn", "ncf"]
)
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


def check_far(outer: nn.Module, inner: nn.Module) -> None:
    assert not torch.allclose(outer(batch()), inner(batch()))


TINY = 1e-6


def test_dcn_mix_of_one_small_expert_is_dcn_v2_of_low_rank() -> None:
    """Near zero tanh is the identity, and a lone expert has all of the gate."""
    outer = build("dcn_mix", embed_dim=DIM, experts=1, rank=2)
    inner = build("dcn_v2", embed_dim=DIM, rank=2)
    give(outer, inner)
    for mixed, (down, up) in zip(outer.cross.layers, inner.cross.layers, strict=True):
        mixed.down.weight.data = TINY * down.weight.detach()
        mixed.between.data = torch.eye(2).double()[None]
        mixed.up.weight.data, mixed.up.bias = up.weight.detach() / TINY, up.bias
    check_same(outer, inner)


def test_dcn_mix_whose_experts_are_alike_needs_one() -> None:
    outer = build("dcn_mix", embed_dim=DIM, experts=3, rank=2)
    inner = build("dcn_mix", embed_dim=DIM, experts=1, rank=2)
    give(outer, inner)
    check_far(outer, inner)
    for three, one in zip(outer.cross.layers, inner.cross.layers, strict=True):
        three.down.weight.data = one.down.weight.detach().repeat(3, 1)
        three.between.data = one.between.detach().repeat(3, 1, 1)
        three.up.weight.data = one.up.weight.detach().repeat(1, 3)
    check_same(outer, inner)


def test_deepfefm_without_its_mlp_is_fefm() -> None:
    outer, inner = build("deepfefm", embed_dim=DIM), build("fefm", embed_dim=DIM)
    give(outer, inner)
    check_far(outer, inner)
    nn.init.zeros_(outer.mlp.output.weight)
    nn.init.zeros_(outer.mlp.output.bias)
    check_same(outer, inner)


def test_flen_whose_groups_weigh_one_is_deepfm() -> None:
    outer, inner = build("flen"), build("deepfm")
    give(outer, inner)
    nn.init.ones_(outer.output.weight)
    check_far(outer, inner)
    nn.init.ones_(outer.pairwise.weight)
    check_same(outer, inner)


def test_flen_without_its_mlp_is_fwfm_whose_weights_are_those_of_groups() -> None:
    outer, inner = build("flen", embed_dim=DIM), build("fwfm", embed_dim=DIM)
    give(outer, inner)
    nn.init.ones_(outer.output.weight)
    nn.init.zeros_(outer.mlp.output.weight)
    nn.init.zeros_(outer.mlp.output.bias)
    user_item, user_context, item_context, context = outer.pairwise.weight.detach().tolist()
    of = {
        (0, 1): user_context,
        (1, 2): item_context,
        (2, 3): item_context,
        (0, 2): user_item,
        (1, 3): context,
        (0, 3): user_context,
    }
    inner.pairwise.weight.data = naive.column([of[pair] for pair in naive.pairs(4)])
    check_same(outer, inner)


def test_ifm_whose_fields_weigh_alike_is_fm(fm: nn.Module) -> None:
    outer = build("ifm", embed_dim=DIM)
    give(outer, fm)
    outer.terms.table.weight, outer.fm.bias = fm.linear.table.weight, fm.linear.bias
    check_far(outer, fm)
    outer.factors = create_model("ifm", FIELDS).factors.double()  # as it starts
    check_same(outer, fm)


def test_difm_whose_fields_all_weigh_one_is_fm(fm: nn.Module) -> None:
    outer = build("difm", embed_dim=DIM)
    give(outer, fm)
    outer.terms.table.weight, outer.fm.bias = fm.linear.table.weight, fm.linear.bias
    nn.init.zeros_(outer.by_vector.weight)
    check_far(outer, fm)
    last = outer.hidden[-3]
    nn.init.zeros_(last.weight)
    nn.init.ones_(last.bias)
    nn.init.constant_(outer.by_element.weight, 1 / last.out_features)
    check_same(outer, fm)


def test_onn_with_one_vector_for_all_fields_is_ipnn() -> None:
    outer, inner = build("onn", embed_dim=DIM), build("ipnn", embed_dim=DIM)
    give(outer, inner)
    outer.embedding.table.weight.data = inner.embedding.weight.detach().repeat(1, len(FIELDS))
    check_same(outer, inner)


def test_fnfm_with_one_vector_and_one_unit_for_all_pairs_is_nfm() -> None:
    outer, inner = build("fnfm", embed_dim=DIM), build("nfm", embed_dim=DIM)
    give(outer, inner)
    outer.embedding.table.weight.data = inner.embedding.weight.detach().repeat(1, len(FIELDS))
    check_far(outer, inner)
    outer.mlp.hidden[0].weight.data = inner.mlp.hidden[0].weight.detach().repeat(1, 6)
    check_same(outer, inner)


def test_fibinet_that_does_not_read_weighed_vectors_and_whose_matrices_are_one_is_fnfm() -> None:
    outer, inner = build("fibinet", embed_dim=DIM), build("fnfm", embed_dim=DIM)
    give(outer, inner)
    inner.embedding.table.weight.data = outer.embedding.weight.detach().repeat(1, len(FIELDS))
    outer.mlp.hidden[0].weight.data[:, : 6 * DIM] = inner.mlp.hidden[0].weight.detach()
    outer.mlp.hidden[0].weight.data[:, 6 * DIM :] = 0.0
    check_far(outer, inner)
    outer.plain.weight.data = torch.eye(DIM).double().repeat(6, 1, 1)
    check_same(outer, inner)


def test_edcn_of_one_layer_that_does_not_read_its_bridge_is_dcn() -> None:
    """Gates that are alike are one over the number of fields."""
    n = len(FIELDS)
    outer = build("edcn", embed_dim=DIM, cross_layers=1)
    inner = build("dcn", embed_dim=DIM, cross_layers=1, mlp_dims=(n * DIM,))
    outer.embedding.weight.data = n * inner.embedding.weight.detach()
    outer.bridged.weight, outer.bridged.bias = inner.cross.weight, inner.cross.bias
    outer.bridged.hidden[0] = inner.mlp.hidden
    parts = [inner.output.weight, inner.mlp.output.weight, torch.zeros(1, n * DIM)]
    outer.output.weight.data = torch.cat([part.detach() for part in parts], 1)
    outer.output.bias = inner.mlp.output.bias
    check_far(outer, inner)
    nn.init.zeros_(outer.bridged.gates)
    check_same(outer, inner)


def test_fgcnn_that_does_not_read_its_new_fields_is_ipnn() -> None:
    outer, inner = build("fgcnn", embed_dim=DIM), build("ipnn", embed_dim=DIM)
    give(outer, inner)
    n, every = len(FIELDS), len(FIELDS) + outer.generation.outputs
    kept = [
        *range(n * DIM),
        *(every * DIM + i for i, (_, g) in enumerate(naive.pairs(every)) if g < n),
    ]
    first = outer.mlp.hidden[0]
    check_far(outer, inner)
    first.weight.data.zero_()
    first.weight.data[:, kept] = inner.mlp.hidden[0].weight.detach()
    check_same(outer, inner)


def test_lorentzfm_of_short_vectors_is_fm_with_the_other_sign(fm: nn.Module) -> None:
    outer = build("lorentzfm", embed_dim=DIM)
    short = TINY * fm.embedding.weight.detach()
    outer.embedding.weight.data = short
    fm.embedding.weight.data = short
    for model in (outer, fm):
        nn.init.zeros_(model.linear.table.weight)
        nn.init.zeros_(model.linear.bias)
    torch.testing.assert_close(outer(batch()), -fm(batch()), rtol=1e-7, atol=1e-16)


def test_kpnn_whose_matrices_are_one_is_ipnn() -> None:
    outer, inner = build("kpnn", embed_dim=DIM), build("ipnn", embed_dim=DIM)
    give(outer, inner)
    check_far(outer, inner)
    outer.products.weight.data = torch.eye(DIM).double().repeat(6, 1, 1)
    check_same(outer, inner)


def test_dlrm_that_does_not_read_its_constant_is_ipnn_that_does_not_read_the_vectors() -> None:
    """Its constant is the first of its vectors, and has products as any of them."""
    outer, inner = build("dlrm", embed_dim=DIM), build("ipnn", embed_dim=DIM)
    give(outer, inner)
    kept = [DIM + i for i, (f, _) in enumerate(naive.pairs(len(FIELDS) + 1)) if f > 0]
    theirs = {f"top.{name}": value for name, value in inner.mlp.state_dict().items()}
    first = outer.top.hidden[0].weight.detach().clone()
    outer.load_state_dict({**outer.state_dict(), **theirs, "top.hidden.0.weight": first})
    outer.top.hidden[0].weight.data[:, kept] = inner.mlp.hidden[0].weight.detach()[:, -6:]
    inner.mlp.hidden[0].weight.data[:, : len(FIELDS) * DIM] = 0.0
    check_far(outer, inner)
    idle = [i for i in range(DIM + 10) if i not in kept]
    outer.top.hidden[0].weight.data[:, idle] = 0.0
    check_same(outer, inner)


def test_deepim_of_order_two_that_only_adds_is_deepfm_without_linear_term() -> None:
    outer, inner = build("deepim", embed_dim=DIM, order=2), build("deepfm", embed_dim=DIM)
    give(outer, inner)
    nn.init.zeros_(inner.linear.table.weight)
    nn.init.zeros_(inner.linear.bias)
    outer.output.weight.data = torch.tensor([[0.0] * DIM + [1.0] * DIM]).double()
    check_same(outer, inner)


def test_deep_crossing_that_adds_nothing_bends_the_vectors_once() -> None:
    size = len(FIELDS) * DIM
    outer, inner = (
        build("deep_crossing", embed_dim=DIM),
        build("dnn", embed_dim=DIM, mlp_dims=(size,)),
    )
    give(outer, inner)
    inner.mlp.hidden[0].weight.data = torch.eye(size).double()
    nn.init.zeros_(inner.mlp.hidden[0].bias)
    outer.output.weight, outer.output.bias = inner.mlp.output.weight, inner.mlp.output.bias
    check_far(outer, inner)
    for unit in outer.units:
        nn.init.zeros_(unit.output.weight)
        nn.init.zeros_(unit.output.bias)
    check_same(outer, inner)


@pytest.mark.parametrize(("name", "weights"), [("afn", [1.0, 0.0]), ("dnn", [0.0, 1.0])])
def test_afn_plus_is_either_of_its_parts(name: str, weights: list[float]) -> None:
    outer, inner = build("afn_plus"), build(name)
    if name == "afn":
        give(outer, inner)
    else:
        outer.deep_embedding, outer.deep = inner.embedding, inner.mlp
    check_far(outer, inner)
    outer.weights.data = naive.column(weights)
    check_same(outer, inner)


def test_autoint_plus_without_its_mlp_is_autoint() -> None:
    outer, inner = build("autoint_plus"), build("autoint")
    give(outer, inner)
    check_far(outer, inner)
    nn.init.zeros_(outer.mlp.output.weight)
    outer.mlp.output.bias = inner.output.bias
    check_same(outer, inner)


def test_hfm_that_adds_its_elements_is_fm_of_the_sums_of_vectors() -> None:
    """The elements of a convolution add up to the product of what its sides add up to."""
    outer, inner = build("hfm", embed_dim=DIM), build("fm", embed_dim=1)
    give(outer, inner)
    inner.embedding.weight.data = outer.embedding.weight.detach().sum(1, keepdim=True)
    check_far(outer, inner)
    nn.init.ones_(outer.output.weight)
    check_same(outer, inner)


def test_fm_dnn_with_one_table_is_deepfm() -> None:
    outer, inner = build("fm_dnn"), build("deepfm")
    give(outer, inner)
    check_far(outer, inner)
    outer.deep_embedding = inner.embedding
    check_same(outer, inner)


@pytest.mark.parametrize(("name", "degree"), [("exponential", 4), ("linear", 3)])
def test_crosses_of_fcn_have_the_degree_that_they_claim(name: str, degree: int) -> None:
    """Two layers, without a mask: differences of one order more vanish, those of the order not."""
    cross = build("fcn", cross_layers=2).get_submodule(name)
    for norm in cross.norms:
        nn.init.zeros_(norm.weight)
        nn.init.ones_(norm.bias)
    along = torch.randn(1, len(FIELDS) * 16, dtype=torch.float64) * 0.1
    values = cross(torch.arange(degree + 2)[:, None] * along)
    differences = values.diff(n=degree, dim=0)
    assert differences.abs().max() > 1e-3
    assert differences.diff(dim=0).abs().max() < 1e-9 * values.abs().max()


def test_mixing_tokens_twice_gives_them_back() -> None:
    tokens = torch.randn(3, 4, 8)
    assert not torch.equal(mix(tokens), tokens)
    assert torch.equal(mix(mix(tokens)), tokens)


def test_destine_gives_all_fields_of_one_key_what_they_weigh_alone() -> None:
    """Without keys, all pairs weigh the same, and the shares differ by field alone."""
    layer = build("destine").layers[0]
    nn.init.zeros_(layer.key.weight)
    vectors = torch.randn(2, 4, 16, dtype=torch.float64)
    query = torch.randn(2, 2, 4, 8, dtype=torch.float64)
    shares = layer.shares(query, torch.zeros_like(query), vectors)
    alone = torch.softmax(layer.unary(vectors), 1).transpose(1, 2)
    torch.testing.assert_close(shares, (alone + 0.25).unsqueeze(2).expand_as(shares))


def test_qnn_alpha_whose_maps_are_shut_is_linear() -> None:
    model = build("qnn_alpha")
    for layer in model.layers:
        nn.init.zeros_(layer.maps[0].weight)
        nn.init.constant_(layer.maps[0].bias, -1)
    expected = model.output(model.embedding(batch()).flatten(1)).squeeze(1)
    torch.testing.assert_close(model(batch()), expected)

"""What a prior costs, against the divergence that it stands for."""

from collections import Counter

import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

from fmbench.fields import PADDING, UNSEEN, Field
from fmbench.models import create_model
from fmbench.spec import TrainSpec
from fmbench.training.batches import Rows, Window
from fmbench.training.fit import fit
from fmbench.training.plain import Plain
from fmbench.training.priors import Shrinkage, begin_at_the_prior, priors

SIZE = Field("size", 8, kind="numeric", first_bin=3, values=(-1.5, -0.3, 0.1, 0.7, 2.0))
FIELDS = [Field("user", 9), Field("genres", 6, width=2), Field("movie", 5), SIZE]
STARTS = (0, 9, 15, 20)
SPEC = TrainSpec(l2_linear=0.7, l2_embedding=30.0)


def rows() -> Rows:
    """Draw rows; genres are padded here and there, and some ids never come."""
    draw = torch.Generator().manual_seed(0)
    columns = [
        torch.randint(low, f.cardinality - 1, (40, f.width), generator=draw)
        for f, low in zip(FIELDS, (2, 0, 2, 2), strict=True)
    ]
    columns[1][columns[1] == UNSEEN] = PADDING
    return Rows(torch.cat(columns, 1), torch.zeros(40, dtype=torch.float64))


def divergence(model: nn.Module, read: set[int]) -> torch.Tensor:
    """Return KL(posterior || prior) over the weights of some rows of the tables."""
    parts = [
        (model.linear.table, model.linear.deviation, SPEC.l2_linear),
        (model.embedding, model.embedding.deviation, SPEC.l2_embedding),
    ]
    chosen, zero = sorted(read), torch.zeros((), dtype=torch.float64)
    total = zero
    for means, deviations, precision in parts:
        posterior = Normal(means.weight[chosen], deviations.weight[chosen].abs())
        total = total + kl_divergence(posterior, Normal(zero, zero + precision**-0.5)).sum()
    return total


def test_the_batches_of_an_epoch_cost_the_divergence_from_the_prior() -> None:
    torch.manual_seed(0)
    model, data = create_model("vfm", FIELDS, embed_dim=3).double(), rows()
    read = {
        STARTS[f] + min(int(i), FIELDS[f].rows - 1)
        for f, ids in enumerate(data.ids.split([1, 2, 1, 1], 1))
        for i in ids.flatten()
        if i != PADDING
    }
    costs, exact = [], []
    for _ in range(2):  # the two differ by a constant
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.normal_()
        cost = Shrinkage(model, data, SPEC)
        costs.append(sum(cost(batch) * len(batch) for batch in data.ids.split(7)))
        exact.append(divergence(model, read))
    torch.testing.assert_close(costs[1] - costs[0], exact[1] - exact[0])
    spread = model.embedding.deviation.weight
    mine, theirs = (torch.autograd.grad(total, spread) for total in (costs[1], exact[1]))
    torch.testing.assert_close(mine, theirs)


def test_a_number_pays_for_its_one_row_once_whatever_its_bins() -> None:
    model, data = create_model("fm", FIELDS, embed_dim=3).double(), rows()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    cost = Shrinkage(model, data, SPEC)
    total = sum(cost(batch) * len(batch) for batch in data.ids.split(7))
    expected = 0.0
    for table, precision in (
        (model.linear.table, SPEC.l2_linear),
        (model.embedding, SPEC.l2_embedding),
    ):
        read = {int(row) for row in table.rows(data.ids)[data.ids != PADDING]}
        assert {22, 23} < read
        assert max(read) == 23  # missing, and all bins
        expected += precision / 2 * table.weight[sorted(read)].square().sum().item()
    assert total.item() == pytest.approx(expected)


def test_what_training_never_sees_stays_at_the_prior() -> None:
    model, data = create_model("vfm", FIELDS, embed_dim=3), rows()
    data = Rows(data.ids, (torch.arange(40) % 3 == 0).float())
    fit(model, data, data, TrainSpec(l2_linear=0.25, l2_embedding=4.0, batch_size=8), seed=0)
    for table, expected in ((model.linear.deviation, 2.0), (model.embedding.deviation, 0.5)):
        unread = [start + UNSEEN for start in STARTS] + [8, 14, 19]
        assert (table.weight[unread] == expected).all()
        assert not table.weight[list(STARTS)].any()
        assert (table.weight[[2, 3, 4]] != expected).all()


def test_without_a_prior_there_is_none_to_begin_at() -> None:
    model = create_model("vfm", FIELDS, embed_dim=3)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    begin_at_the_prior(model, TrainSpec(l2_linear=0, l2_embedding=0))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_more_is_seen_of_an_id_the_better_it_is_known() -> None:
    """Of labels that are even, n rows have the information n/4 on the logit."""
    counts = {2: 4, 3: 40, 4: 400}
    ids = torch.cat([torch.full((n, 1), user) for user, n in counts.items()])
    data = Rows(ids, (torch.arange(len(ids)) % 2 == 0).float())
    model = create_model("vfm", [Field("user", 5)], embed_dim=1)
    spec = TrainSpec(l2_linear=1.0, batch_size=111)
    begin_at_the_prior(model, spec)
    torch.manual_seed(0)
    plain = Plain(model, data, spec)
    for size in (0.02, 0.004, 0.0005):
        plain.one_pass([Window(data, torch.randperm(len(ids))) for _ in range(150)], size)
    for user, count in counts.items():
        found = model.linear.deviation.weight[user].abs().item()
        assert found == pytest.approx((1 + count / 4) ** -0.5, rel=0.12)


def test_vectors_of_rare_rows_are_held_the_closer() -> None:
    """Each row r that is seen c times costs lambda (1 + rare/c)/2 |v_r|^2 in an epoch."""
    torch.manual_seed(0)
    spec = TrainSpec(l2_linear=0.7, l2_embedding=3.0, l2_rare=5.0)
    model, data = create_model("fm", FIELDS, embed_dim=3).double(), rows()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_()
    read = model.embedding.rows(data.ids)[data.ids != PADDING]
    seen = Counter(int(row) for row in read)
    vectors, weights = model.embedding.weight.tolist(), model.linear.table.weight.tolist()
    expected = sum(
        0.7 / 2 * weights[row][0] ** 2
        + 3.0 * (1 + 5.0 / count) / 2 * sum(value**2 for value in vectors[row])
        for row, count in seen.items()
    )
    cost = Shrinkage(model, data, spec)
    with torch.no_grad():
        total = sum(float(cost(batch)) * len(batch) for batch in data.ids.split(7))
    assert total == pytest.approx(expected)


def test_by_itself_the_prior_has_products_add_one_to_a_logit() -> None:
    """In its own draws: of the products of one vector with those of all other fields."""
    draw = torch.Generator().manual_seed(0)
    for fields, dim in ((2, 16), (14, 8)):
        model = create_model("fm", [Field(f"f{i}", 3) for i in range(fields)], embed_dim=dim)
        (prior,) = priors(model, [model.embedding], TrainSpec(l2_rare=40.0))
        assert prior.rare == 40
        vectors = torch.randn((20_000, fields, dim), generator=draw) / prior.precision**0.5
        added = (vectors[:, :1] * vectors[:, 1:]).sum((1, 2))
        assert added.std().item() == pytest.approx(1, rel=0.05)

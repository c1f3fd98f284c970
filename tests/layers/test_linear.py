"""Linear terms: one sum, a term a field, several sums; and the prior that all of them have."""

import naive
import torch

from fmbench.fields import Field
from fmbench.layers import FieldEmbedding, FieldLinear, FieldOutputs, FieldTerms
from fmbench.spec import TrainSpec
from fmbench.training.priors import priors

FIELDS = [Field("user", 5), Field("genres", 4, width=2)]
IDS = torch.tensor([[2, 3, 0], [4, 2, 3], [1, 0, 0]])


def test_terms_are_the_summands_of_the_linear_term() -> None:
    terms = naive.randomise(FieldTerms(FIELDS))
    expected = [[w for (w,) in naive.lookup(terms.table, row)] for row in IDS.tolist()]
    torch.testing.assert_close(terms(IDS), torch.tensor(expected, dtype=torch.float64))
    linear = naive.randomise(FieldLinear(FIELDS))
    linear.table.weight = terms.table.weight
    torch.testing.assert_close(linear(IDS), terms(IDS).sum(1) + linear.bias)


def test_several_outputs_are_several_linear_terms() -> None:
    layer = naive.randomise(FieldOutputs(FIELDS, 3))
    expected = [naive.outputs(layer, row) for row in IDS.tolist()]
    torch.testing.assert_close(layer(IDS), torch.tensor(expected, dtype=torch.float64))


def test_outputs_start_apart_and_terms_at_zero() -> None:
    assert not FieldTerms(FIELDS).table.weight.any()
    values = FieldOutputs(FIELDS, 2).table.weight[2:5]
    assert (values[:, 0] != values[:, 1]).all()


def test_all_of_them_have_the_prior_of_linear_weights() -> None:
    spec = TrainSpec(l2_linear=3.0, l2_embedding=7.0)
    parts = [FieldLinear(FIELDS), FieldTerms(FIELDS), FieldOutputs(FIELDS, 2)]
    tables = [part.table for part in parts]
    embedding = FieldEmbedding(FIELDS, 2)
    model = torch.nn.ModuleList([*parts, embedding])
    found = priors(model, [*tables, embedding], spec)
    assert [prior.precision for prior in found] == [3.0, 3.0, 3.0, 7.0]

"""Fields taken as numbers, against a loop: values, gradients, and who reads which row."""

import naive
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from fmbench.engine import Untraceable
from fmbench.engine.tracing.trace import take_apart
from fmbench.fields import PADDING, UNSEEN, Field
from fmbench.layers import FieldDeviation, FieldEmbedding, FieldTable, IdOutOfRange
from fmbench.models import CORE, create_model

SIZE = Field("size", 6, kind="numeric", first_bin=3, values=(-1.25, 0.5, 2.0))
FIELDS = [Field("user", 5), SIZE, Field("genres", 4, width=3)]


@st.composite
def inputs(draw: st.DrawFn) -> tuple[list[Field], Tensor]:
    """Draw fields, some of them numbers, and a batch of ids for them."""
    fields = []
    for i in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            values = draw(st.lists(st.floats(-3, 3), min_size=1, max_size=4))
            first = draw(st.integers(2, 3))
            fields.append(
                Field(f"f{i}", first + len(values), 1, "numeric", first, values=tuple(values))
            )
        else:
            fields.append(Field(f"f{i}", draw(st.integers(2, 6)), draw(st.integers(1, 3))))
    row = st.tuples(*(st.integers(0, f.cardinality - 1) for f in fields for _ in range(f.width)))
    return fields, torch.tensor(draw(st.lists(row, min_size=1, max_size=5)))


@settings(deadline=None)
@given(inputs(), st.integers(1, 3))
def test_values_and_gradients_are_those_of_a_loop(
    drawn: tuple[list[Field], Tensor], dim: int
) -> None:
    fields, ids = drawn
    table = naive.randomise(FieldTable(fields, dim, std=1.0))
    assert len(table.weight) == sum(map(naive.rows_of, fields))
    found = table(ids)
    expected = [naive.lookup(table, row) for row in ids.tolist()]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))
    slopes = torch.randn_like(found)
    (found * slopes).sum().backward()
    loops = torch.zeros_like(table.weight)
    for place in range(loops.numel()):  # the look-up is linear: a weight's slope is its own answer
        with torch.no_grad():
            table.weight.zero_()
            table.weight.view(-1)[place] = 1.0
        alone = [naive.lookup(table, row) for row in ids.tolist()]
        loops.view(-1)[place] = (torch.tensor(alone, dtype=torch.float64) * slopes).sum()
    torch.testing.assert_close(table.weight.grad, loops)


def test_bins_share_a_row_and_padding_unseen_and_missing_have_their_own() -> None:
    table = FieldTable(FIELDS, 1, std=1.0)
    ids = torch.tensor([[2, i, 2, 0, 0] for i in range(6)])
    assert (table.rows(ids)[:, 1] - 5).tolist() == [0, 1, 2, 3, 3, 3]
    assert table.rows(ids)[:, 2].unique().tolist() == [5 + 4 + 2]
    assert table.weight[[5 + PADDING, 5 + UNSEEN]].tolist() == [[0.0], [0.0]]
    assert table.weight[[5 + 2, 5 + 3]].all()
    with pytest.raises(IdOutOfRange, match=r"field 'size' has id 6 in row 0; expected 0 to 5"):
        table(torch.tensor([[2, 6, 2, 0, 0]]))


def test_a_number_doubles_what_it_adds_where_it_doubles() -> None:
    twice = Field("size", 4, kind="numeric", values=(0.75, 1.5))
    table = FieldEmbedding([twice], 3)
    one, two = table(torch.tensor([[2], [3]]))
    assert torch.equal(two, 2 * one)
    deviations = FieldDeviation([twice], 3)
    deviations.begin(0.5)
    assert deviations(torch.tensor([[0], [1], [2], [3]]))[:, 0, 0].tolist() == [0, 0.5, 0.375, 0.75]


@pytest.mark.parametrize("name", CORE)
def test_the_engine_leaves_numbers_to_the_plain_loop(name: str) -> None:
    with pytest.raises(Untraceable, match=r"multiplies rows of its tables by numbers"):
        take_apart(create_model(name, FIELDS))
    take_apart(create_model(name, [FIELDS[0], FIELDS[2]]))


@pytest.mark.parametrize(
    "wrong",
    [{"cardinality": 7}, {"cardinality": 6, "width": 2}, {"cardinality": 6, "first_bin": 2}],
)
def test_a_number_has_a_value_for_each_bin(wrong: dict[str, int]) -> None:
    whole = {
        "name": "size",
        "kind": "numeric",
        "first_bin": 3,
        "values": (-1.25, 0.5, 2.0),
        **wrong,
    }
    with pytest.raises(
        ValueError, match=r"field 'size' has width . and 3 values; expected 1 and ."
    ):
        Field(**whole)

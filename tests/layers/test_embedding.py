"""The shared table against loops that spell out what it stands for."""

import math

import naive
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from fmbench.fields import PADDING, UNSEEN, Field
from fmbench.layers import FieldEmbedding, FieldLinear, FieldTable, IdOutOfRange

USER, GENRES, MOVIE = Field("user", 5), Field("genres", 4, width=3), Field("movie", 3)
FIELDS = [USER, GENRES, MOVIE]


@st.composite
def inputs(draw: st.DrawFn) -> tuple[list[Field], Tensor]:
    """Draw fields and a batch of ids for them; padding is frequent."""
    fields = [
        Field(f"f{i}", draw(st.integers(2, 6)), draw(st.integers(1, 3)))
        for i in range(draw(st.integers(1, 4)))
    ]
    row = st.tuples(*(st.integers(0, f.cardinality - 1) for f in fields for _ in range(f.width)))
    return fields, torch.tensor(draw(st.lists(row, min_size=1, max_size=5)))


@settings(deadline=None)
@given(inputs(), st.integers(1, 4))
def test_table_looks_up_and_averages_as_a_loop_does(
    drawn: tuple[list[Field], Tensor], dim: int
) -> None:
    fields, ids = drawn
    table = naive.randomise(FieldTable(fields, dim, std=1.0))
    expected = [naive.lookup(table, row) for row in ids.tolist()]
    torch.testing.assert_close(table(ids), torch.tensor(expected, dtype=torch.float64))


@settings(deadline=None)
@given(inputs())
def test_linear_sums_the_fields_and_adds_the_bias(drawn: tuple[list[Field], Tensor]) -> None:
    fields, ids = drawn
    linear = naive.randomise(FieldLinear(fields))
    expected = naive.column([naive.linear(linear, row) for row in ids.tolist()])
    torch.testing.assert_close(linear(ids), expected)


def test_the_same_id_in_two_fields_reads_two_rows() -> None:
    table = FieldTable([Field("a", 3), Field("b", 3)], 1, std=1.0)
    table.weight.data = torch.arange(6.0).unsqueeze(1)
    assert table(torch.tensor([[2, 2]])).flatten().tolist() == [2.0, 5.0]
    assert table.rows(torch.tensor([[0, 0], [2, 2]])).tolist() == [[0, 3], [2, 5]]


def test_a_field_with_no_value_present_is_zero_and_has_no_gradient() -> None:
    table = naive.randomise(FieldTable([GENRES], 2, std=1.0))
    vectors = table(torch.zeros(2, 3, dtype=torch.int64))
    vectors.sum().backward()
    assert not vectors.any()
    assert not table.weight.grad.any()


def test_padding_of_a_multi_valued_field_never_learns_and_present_values_share() -> None:
    table = naive.randomise(FieldTable(FIELDS, 2, std=1.0))
    table(torch.tensor([[2, 3, PADDING, 2, 2]])).sum().backward()
    learning = {row: table.weight.grad[row, 0].item() for row in range(12)}
    genres = USER.cardinality
    assert {row: g for row, g in learning.items() if g} == {
        2: 1.0,
        genres + 3: 0.5,
        genres + 2: 0.5,
        genres + GENRES.cardinality + 2: 1.0,
    }


@pytest.mark.parametrize(
    ("column", "value", "field", "limit"),
    [
        (0, 5, "user", 4),
        (0, -1, "user", 4),
        (1, 4, "genres", 3),
        (3, 4, "genres", 3),
        (3, -7, "genres", 3),
        (4, 3, "movie", 2),
        (4, 10**12, "movie", 2),
    ],
)
def test_an_id_outside_its_field_is_named(column: int, value: int, field: str, limit: int) -> None:
    ids = torch.zeros(3, 5, dtype=torch.int64)
    ids[1, column] = value
    message = f"field '{field}' has id {value} in row 1; expected 0 to {limit}$"
    for layer in (FieldEmbedding(FIELDS, 2), FieldLinear(FIELDS)):
        with pytest.raises(IdOutOfRange, match=message):
            layer(ids)


@pytest.mark.parametrize("columns", [1, 3, 6])
def test_a_wrong_number_of_columns_is_refused(columns: int) -> None:
    with pytest.raises(ValueError, match=rf"shape \(2, {columns}\); expected \(batch, 5\)"):
        FieldEmbedding(FIELDS, 2)(torch.zeros(2, columns, dtype=torch.int64))


def test_one_column_is_not_spread_over_two_fields_nor_two_over_one() -> None:
    with pytest.raises(ValueError, match="shape"):
        FieldEmbedding([USER, MOVIE], 2)(torch.zeros(2, 1, dtype=torch.int64))
    with pytest.raises(ValueError, match="shape"):
        FieldEmbedding([USER], 2)(torch.zeros(2, 2, dtype=torch.int64))


def test_padding_and_unseen_start_at_zero_and_nothing_else_does() -> None:
    weight = FieldEmbedding(FIELDS, 8).weight
    silent = [row for row in range(12) if not weight[row].any()]
    starts = (0, 5, 9)
    assert silent == [start + index for start in starts for index in (PADDING, UNSEEN)]


@pytest.mark.parametrize("cardinality", [1_000, 100_000])
def test_the_scale_at_the_start_does_not_depend_on_the_vocabulary(cardinality: int) -> None:
    torch.manual_seed(0)
    weight = FieldEmbedding([Field("user", cardinality)], 16).weight[2:]
    error = 0.01 / math.sqrt(2 * weight.numel())
    assert weight.std().item() == pytest.approx(0.01, abs=5 * error)
    assert weight.mean().item() == pytest.approx(0.0, abs=5 * 0.01 / math.sqrt(weight.numel()))


def test_a_linear_term_starts_at_zero() -> None:
    assert not any(p.any() for p in FieldLinear(FIELDS).parameters())


def test_offsets_are_no_part_of_the_state_but_follow_the_module() -> None:
    embedding = FieldEmbedding(FIELDS, 2)
    assert set(embedding.state_dict()) == {"weight"}
    assert embedding.to("meta").columns.device.type == "meta"


@pytest.mark.parametrize("value", [0, -1, 1.5, 2.0, "x", True, None, 10**9])
def test_an_embed_dim_that_makes_no_sense_is_refused(value: object) -> None:
    with pytest.raises(ValueError) as caught:
        FieldEmbedding(FIELDS, value)
    assert str(caught.value) == f"embed_dim is {value!r}; expected a whole number from 1 to 65536"

"""Fields by role: the first one that has it, or an error that names role, model and fields."""

import pytest

from fmbench.fields import Field
from fmbench.layers import MissingRole, groups_of, place_of

FIELDS = [Field("hour", 4), Field("film", 5, role="item"), Field("series", 5, role="item")]


def test_a_role_is_found_wherever_its_field_stands() -> None:
    assert place_of("item", FIELDS, "any") == 1
    assert place_of("item", FIELDS[::-1], "any") == 0


def test_a_role_that_no_field_has_is_named_with_the_model() -> None:
    message = (
        "model 'ncf' needs a field with the role 'user'; the fields are hour, film, series, and "
        "none of them has it"
    )
    with pytest.raises(MissingRole) as caught:
        place_of("user", FIELDS, "ncf")
    assert str(caught.value) == message


def test_fields_without_a_role_are_the_context() -> None:
    user = Field("user", 9, role="user")
    assert groups_of([*FIELDS, user], "any") == [[3], [1, 2], [0]]
    assert groups_of([user, *FIELDS[1:]], "any") == [[0], [1, 2]]
    with pytest.raises(MissingRole, match="the role 'user'"):
        groups_of(FIELDS, "any")

"""Roles: the fields that a model needs by what they tell, not by where they stand."""

from collections.abc import Sequence

from fmbench.fields import Field, Role


class MissingRole(ValueError):
    """No field has a role that a model cannot do without."""


def place_of(role: Role, fields: Sequence[Field], model: str) -> int:
    """Return the place of the first field of a role among the fields.

    Raises:
        MissingRole: There is no such field.
    """
    for place, field in enumerate(fields):
        if field.role == role:
            return place
    names = ", ".join(field.name for field in fields)
    raise MissingRole(
        f"model {model!r} needs a field with the role {role!r}; the fields are {names}, "
        "and none of them has it"
    )


def groups_of(fields: Sequence[Field], model: str) -> list[list[int]]:
    """Return the places of the user's fields, of the item's, and of those that have no role.

    The last, the context, are left out where there are none.

    Raises:
        MissingRole: There is no user or no item.
    """
    place_of("user", fields, model)
    place_of("item", fields, model)
    groups = [
        [place for place, field in enumerate(fields) if field.role == role]
        for role in ("user", "item", None)
    ]
    return [group for group in groups if group]

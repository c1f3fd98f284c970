"""Field: what a model is told about its input, and all that it is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Literal

Kind = Literal["categorical", "numeric"]
Role = Literal["user", "item"]

PADDING = 0
UNSEEN = 1
FIRST_VALUE = 2


@dataclass(frozen=True, slots=True)
class Field:
    """A group of columns that draw their ids from one vocabulary.

    Index 0 is padding and index 1 is "unseen in training"; real values start at 2.
    """

    name: str
    cardinality: int
    """How many ids the field has, padding and unseen included."""
    width: int = 1
    """How many columns of the input it fills; more than one for a multi-valued field."""
    kind: Kind = "categorical"
    """Whether the ids of the first column stand in the order of a number, as those of bins do."""
    first_bin: int = FIRST_VALUE
    """The id of a number's lowest bin; below it are the ids of rows that have no number."""
    values: tuple[float, ...] = ()
    """What the bins stand for, the lowest first, if the field is one weight row times a number;
    empty if each id has a row of its own."""
    role: Role | None = attribute(default=None, compare=False)
    """Whether it tells whose row it is, or what was rated; None for all other fields."""

    def __post_init__(self) -> None:
        if self.cardinality < 2 or self.width < 1:
            raise ValueError(
                f"field {self.name!r} has cardinality {self.cardinality} and width {self.width}; "
                "expected at least 2 (padding and unseen) and 1"
            )
        if self.values and (self.width, len(self.values)) != (1, self.cardinality - self.first_bin):
            raise ValueError(
                f"field {self.name!r} has width {self.width} and {len(self.values)} values; "
                f"expected 1 and {self.cardinality - self.first_bin}, one for each bin"
            )

    @property
    def rows(self) -> int:
        """How many weight rows it has: one for each id, and for all bins of a number the last."""
        return self.first_bin + 1 if self.values else self.cardinality

    @property
    def factors(self) -> tuple[float, ...]:
        """What the weight row of each id is multiplied by, if that is not one for all of them."""
        return (1.0,) * self.first_bin + self.values if self.values else ()


def columns(fields: Sequence[Field]) -> list[slice]:
    """Return which columns of the ids are each field's, in the order of the fields."""
    found, start = [], 0
    for field in fields:
        found.append(slice(start, start := start + field.width))
    return found


def owners(fields: Sequence[Field]) -> list[Field]:
    """Return the field of each column of the ids."""
    return [field for field in fields for _ in range(field.width)]

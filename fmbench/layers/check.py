"""What the arguments of a layer may be; each message names argument, value and range."""

from collections.abc import Collection, Sequence
from typing import Any

MAX_WIDTH = 65_536


def check_width(name: str, value: Any) -> None:
    """Refuse a width that is not a number of units."""
    if type(value) is not int or not 1 <= value <= MAX_WIDTH:
        raise ValueError(f"{name} is {value!r}; expected a whole number from 1 to {MAX_WIDTH}")


def check_widths(name: str, values: Any) -> None:
    """Refuse widths that are not a list of layers; an MLP without layers is a linear model."""
    if isinstance(values, str) or not isinstance(values, Sequence) or not values:
        raise ValueError(
            f"{name} is {values!r}; expected a list of at least one whole number "
            f"from 1 to {MAX_WIDTH}"
        )
    for index, value in enumerate(values):
        check_width(f"{name}[{index}]", value)


def check_share(name: str, value: Any) -> None:
    """Refuse a share that cannot be dropped; dropping all would leave nothing."""
    if type(value) not in (int, float) or not 0 <= value < 1:
        raise ValueError(f"{name} is {value!r}; expected a number from 0 to below 1")


def check_word(name: str, value: Any, words: Collection[str]) -> None:
    """Refuse a word that is not one of those that are known."""
    if value not in words:
        raise ValueError(f"{name} is {value!r}; expected one of {', '.join(words)}")

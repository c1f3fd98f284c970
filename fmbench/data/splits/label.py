"""Label rules: which rows count as positive."""

import math
import operator
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import numpy.typing as npt

from fmbench.data.columns import ABSENT, Array, Column
from fmbench.errors import UsageError

Labels = npt.NDArray[np.uint8]

_COMPARE: Final = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_RULE: Final = re.compile(r"\s*(.+?)\s*(>=|<=|>|<|=)\s*(.+?)\s*", re.DOTALL)
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?")

RATE: Final = "rate"
"""What a label is called where the table has one and only one."""


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A comparison of a row's rating with a number, as in `rate>9`, or with a word: `income=>50K`.

    What stands before the comparison names the rating, for the reader; the table knows which it is.
    """

    name: str
    compare: str
    value: str
    """The threshold, or for `=` the word or number that is positive."""

    @classmethod
    def parse(cls, text: str) -> "LabelRule":
        """Read a rule: a name, then `>`, `>=`, `<`, `<=` and a number, or `=` and what is positive.

        Raises:
            UsageError: It is not such a rule.
        """
        match = _RULE.fullmatch(text)
        if match is None or (match[2] != "=" and not _NUMBER.fullmatch(match[3])):
            raise UsageError(
                f"label is {text!r}; expected a rule such as 'rate>9' or 'clicked=yes': "
                "a name, then >, >=, < or <= and a number, or = and what is positive"
            )
        if match[2] == "=":
            return cls(match[1], "=", match[3])
        digits = Decimal(repr(float(match[3]))).normalize()  # never 5e-05, which is refused
        return cls(match[1], match[2], f"{digits:f}")

    @classmethod
    def suggested(cls, name: str, values: Sequence[tuple[str, int]]) -> "LabelRule":
        """Return a rule that tells these values, with their numbers of rows, as evenly as can be.

        Numbers are cut at one of them, and of two words the rarer is positive.
        """
        numbers = sorted((number(value), count) for value, count in values)
        if any(math.isnan(value) for value, _ in numbers):
            return cls(name, "=", min(values, key=lambda each: each[1])[0])
        if [value for value, _ in numbers] == [0, 1]:
            return cls(name, "=", "1")
        total, above = sum(count for _, count in numbers), 0
        cuts = []
        for value, count in reversed(numbers[1:]):
            above += count
            cuts.append((abs(above / total - 0.5), value))
        return cls.parse(f"{name}>={min(cuts)[1]:.15g}")

    def __call__(self, rate: Array | Column) -> Labels:
        """Return uint8 `[n]`: 1 where the rule holds for a rating of `[n]`."""
        if not isinstance(rate, Column):
            return self._of_numbers(rate)
        words = rate.words if rate.words is not None else [str(v) for v in rate.values.tolist()]
        holds = np.array([self.of_word(word) for word in words], dtype=np.uint8)
        of_value = holds[rate.values] if rate.words is not None else holds
        return of_value if rate.index is None else of_value[rate.index]

    def _of_numbers(self, rate: Array) -> Labels:
        if self.compare == "=":
            return np.asarray(rate == number(self.value)).astype(np.uint8)
        return np.asarray(_COMPARE[self.compare](rate, float(self.value))).astype(np.uint8)

    def of_word(self, word: str) -> bool:
        """Tell whether the rule holds for a word; `1.0` is the number 1."""
        if self.compare == "=":
            return word == self.value or number(word) == number(self.value)
        return bool(_COMPARE[self.compare](number(word), float(self.value)))

    def __str__(self) -> str:
        return f"{self.name}{self.compare}{self.value}"


def number(word: str) -> float:
    """Return the number that a word is; NaN, which equals nothing, where it is not one."""
    try:
        return float(word)
    except ValueError:
        return math.nan


def unlabelled(rate: Array | Column) -> npt.NDArray[np.bool_] | None:
    """Return `[n]`, which rows have no label; None where all have one."""
    if not isinstance(rate, Column):
        missing = np.isnan(rate) if rate.dtype.kind == "f" else np.zeros(0, dtype=bool)
        return missing if missing.any() else None
    holes = rate.values == ABSENT
    return (holes if rate.index is None else holes[rate.index]) if holes.any() else None


def shares(values: Iterable[tuple[str, int]], most: int = 12) -> str:
    """Return values and how many rows have each, the most frequent first, in one line."""
    ranked = sorted(values, key=lambda each: -each[1])
    total = sum(count for _, count in ranked) or 1
    shown = [f"{value} ({100 * count / total:.1f} %)" for value, count in ranked[:most]]
    return ", ".join(shown) + (f" and {len(ranked) - most} more" if len(ranked) > most else "")


def counted(rate: Array | Column) -> list[tuple[str, int]]:
    """Return what the label rule is applied to: each value and how many rows have it.

    Rows without a label are not counted.
    """
    if not isinstance(rate, Column):
        values, counts = np.unique(rate[~np.isnan(rate)], return_counts=True)
        return [(f"{value:g}", int(count)) for value, count in zip(values, counts, strict=True)]
    of_value = np.bincount(
        np.arange(len(rate)) if rate.index is None else rate.index, minlength=len(rate.values)
    )
    words = rate.words if rate.words is not None else range(int(rate.values.max()) + 1)
    return [
        (str(words[value]), int(count))
        for value, count in zip(rate.values.tolist(), of_value, strict=True)
        if count and value != ABSENT
    ]

"""Label rules: which ratings count as positive."""

import operator
import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import numpy.typing as npt

from fmbench.data.table import Array
from fmbench.errors import UsageError

_COMPARE = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}
_RULE = re.compile(r"rate\s*(>=|<=|>|<)\s*(-?[0-9]{1,15}(?:\.[0-9]{1,15})?)")


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A comparison of the rating with a number, as in `rate>9`."""

    compare: str
    threshold: float

    @classmethod
    def parse(cls, text: str) -> "LabelRule":
        """Read a rule: `rate`, then `>`, `>=`, `<` or `<=`, then a number.

        Raises:
            UsageError: It is not such a rule.
        """
        match = _RULE.fullmatch(text.strip())
        if match is None:
            raise UsageError(
                f"label is {text!r}; expected a rule such as 'rate>9': "
                "'rate', then >, >=, < or <=, then a number"
            )
        return cls(match[1], float(match[2]))

    def __call__(self, rate: Array) -> npt.NDArray[np.uint8]:
        """Return uint8 `[n]`: 1 where the rule holds for a rating of `[n]`."""
        return np.asarray(_COMPARE[self.compare](rate, self.threshold)).astype(np.uint8)

    def __str__(self) -> str:
        digits = Decimal(repr(self.threshold)).normalize()
        return f"rate{self.compare}{digits:f}"  # never 5e-05, which `parse` refuses

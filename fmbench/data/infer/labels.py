"""Labels: which column is predicted, and what of it is positive."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fmbench.data.infer import roles
from fmbench.data.infer.survey import Seen
from fmbench.data.splits.label import LabelRule, shares
from fmbench.errors import DataError, UnknownName, UsageError


class NotEnough(DataError):
    """What the rows tell does not do for a run; `flags` would."""

    def __init__(self, message: str, hint: str, flags: Sequence[str]) -> None:
        super().__init__(message, hint)
        self.flags = flags


def label_rule(
    columns: Mapping[str, Seen],
    wishes: Mapping[str, Any],
    named: Collection[Any],
    usual: Mapping[str, str],
    hint: str,
) -> tuple[LabelRule, str]:
    """Return the label rule, and why it is this one.

    Args:
        columns: All columns, by name.
        wishes: What the user said.
        named: The columns that the user gave another role.
        usual: The columns of roles by their order, where there are no names.
        hint: The way on where there is no label.

    Raises:
        NotEnough: No column can be taken for the label, or all rows are positive.
        UsageError: What the user said is no column and no rule.
    """
    said = str(wishes.get("label") or "")
    if said and said not in columns:
        rule = LabelRule.parse(said) if re.search("[<>=]", said) else None
        if rule is None or rule.name not in columns:
            raise UnknownName("column", said if rule is None else rule.name, columns)
        return rule, "as you said"
    free = {name: seen for name, seen in columns.items() if name not in named}
    guess = roles.label_of(free) if free else None
    if usual.get("label") in free:
        guess = usual["label"], "it stands where ratings stand"
    column, why = (said, "as you said") if said else guess or ("", "")
    if not column:
        pairs = [name for name, seen in columns.items() if len(seen.texts) == 2]
        some = f"; those with two values are {', '.join(pairs)}" if pairs else ""
        raise NotEnough(
            f"no column can be taken for the label{some}; expected --label C",
            hint,
            ("--label", pairs[0] if pairs else "C"),
        )
    if re.search("[<>=]", column):
        raise UsageError(
            f"the label's column is {column!r}; expected a name without <, > and =",
            "--set data.columns=… gives other names",
        )
    values = _counted(columns[column])
    if len(values) < 2:
        if wishes.get("negatives"):
            return LabelRule(column, "=", values[0][0]), "all rows are positive"
        raise NotEnough(
            f"label {column} is {shares(values)}: positives alone define no click model",
            "--negatives 2 samples two rows for each that its user had not; "
            "the table says so, since AUC then depends on the sampler",
            ("--negatives", "2"),
        )
    return LabelRule.suggested(column, values), why


def _counted(seen: Seen) -> list[tuple[str, int]]:
    return [(text, n) for text, n in seen.counts.items() if not roles.is_missing(text)]


def positive(seen: Seen, rule: LabelRule) -> str:
    """Say which share of the rows is positive, and what else there is."""
    values = _counted(seen)
    return f"of {shares(values, 6)}, so {100 * holds(seen, rule).mean():.1f} % are positive"


def holds(seen: Seen, rule: LabelRule) -> npt.NDArray[np.bool_]:
    """Return `[rows]`, whether the rule holds."""
    texts = list(seen.counts)
    return np.array([rule.of_word(text) for text in texts], dtype=np.bool_)[seen.codes]

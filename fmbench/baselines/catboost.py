"""CatBoost: boosted trees with categories of their own."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fmbench.baselines._columns import numbers
from fmbench.baselines._registry import Ids, Logits, at_least, register_baseline
from fmbench.data import Split
from fmbench.fields import Field, owners
from fmbench.space import Choice, LogUniform

MAX_ROUNDS, PATIENCE = 2000, 50
"""Trees at most, and trees without a better validation logloss after which fitting stops."""


@register_baseline(
    "catboost",
    paper="https://arxiv.org/abs/1706.09516",
    year=2018,
    package="catboost",
    modules="catboost",
    space={
        "learning_rate": LogUniform(0.05, 0.3),
        "depth": Choice(4, 6, 8),
        "l2_leaf_reg": LogUniform(1, 30),
        "max_ctr_complexity": Choice(1, 2, 4),
    },
)
class CatBoost:
    """Prokhorenkova et al., 2018: boosted trees that encode ids by the rows before each row.

    Every column is a category, those of a multi-valued field one by one, in their order; but a
    numeric field is a number: its finest bin, in order.
    `max_ctr_complexity` is how many of them are crossed at most: two, where the library's own
    default of four takes several times as long for no better validation rows.
    """

    def __init__(
        self,
        *,
        learning_rate: float = 0.1,
        depth: int = 6,
        l2_leaf_reg: float = 3.0,
        max_ctr_complexity: int = 2,
    ) -> None:
        self._params = {
            "learning_rate": at_least("learning_rate", learning_rate, 1e-6),
            "depth": at_least("depth", depth, 1),
            "l2_leaf_reg": at_least("l2_leaf_reg", l2_leaf_reg, 0),
            "max_ctr_complexity": at_least("max_ctr_complexity", max_ctr_complexity, 1),
        }

    def fit(
        self, fields: Sequence[Field], train: Split, valid: Split, *, seed: int, threads: int
    ) -> None:
        """Add trees until the validation rows no longer gain."""
        from catboost import CatBoostClassifier, Pool

        self._fields = fields
        self._categories = np.flatnonzero([f.kind == "categorical" for f in owners(fields)])
        categories = list(range(len(self._categories)))
        rows, held_out = (
            Pool(self._features(part.ids), np.array(part.labels), cat_features=categories)
            for part in (train, valid)
        )
        self._model = CatBoostClassifier(
            iterations=MAX_ROUNDS,
            early_stopping_rounds=PATIENCE,
            random_seed=seed,
            thread_count=threads,
            allow_writing_files=False,  # else it leaves a folder in the current one
            logging_level="Silent",
            **self._params,
        )
        self._model.fit(rows, eval_set=held_out)
        self._threads = threads

    def logits(self, ids: Ids) -> Logits:
        """Return the sum of the leaves, up to the best tree."""
        found: Logits = self._model.predict(
            self._features(ids), prediction_type="RawFormulaVal", thread_count=self._threads
        )
        return found

    def _features(self, ids: Ids) -> NDArray[Any]:
        """Return categories and then numbers, which stand in one array as objects alone."""
        categories = np.ascontiguousarray(ids[:, self._categories])
        ordered = numbers(self._fields, ids)
        if not ordered.shape[1]:
            return categories
        return np.hstack([categories.astype(object), ordered]) if categories.shape[1] else ordered

"""LightGBM: boosted trees on target-encoded ids, and on numbers."""

from collections.abc import Sequence

import numpy as np

from fmbench.baselines._columns import numbers
from fmbench.baselines._rates import Floats
from fmbench.baselines._registry import Ids, Logits, at_least, register_baseline
from fmbench.baselines._target import TargetEncoder
from fmbench.data import Split
from fmbench.fields import Field, owners
from fmbench.space import Choice, LogUniform

NATIVE = 64
"""Largest number of ids of a field that LightGBM gets as categories. It sorts categories by their
gradients in each split, which fits the noise of thousands of users that have a row or two each."""

MAX_ROUNDS, PATIENCE = 2000, 50
"""Trees at most, and trees without a better validation logloss after which fitting stops."""


@register_baseline(
    "lightgbm",
    paper="https://papers.nips.cc/paper/6907-lightgbm-a-highly-efficient-gradient-boosting-decision-tree",
    year=2017,
    package="lightgbm",
    space={
        "learning_rate": LogUniform(0.01, 0.2),
        "num_leaves": Choice(7, 15, 31, 63),
        "min_data_in_leaf": Choice(20, 50, 100, 200),
        "lambda_l2": LogUniform(0.1, 30),
    },
    modules="lightgbm",
)
class LightGBM:
    """Ke et al., 2017: boosted trees; small fields as categories, others target-encoded.

    A numeric field is a number: its finest bin, in order.
    """

    def __init__(
        self,
        *,
        learning_rate: float = 0.05,
        num_leaves: int = 31,
        min_data_in_leaf: int = 50,
        lambda_l2: float = 1.0,
    ) -> None:
        self._params = {
            "learning_rate": at_least("learning_rate", learning_rate, 1e-6),
            "num_leaves": at_least("num_leaves", num_leaves, 2),
            "min_data_in_leaf": at_least("min_data_in_leaf", min_data_in_leaf, 1),
            "lambda_l2": at_least("lambda_l2", lambda_l2, 0),
        }

    def fit(
        self, fields: Sequence[Field], train: Split, valid: Split, *, seed: int, threads: int
    ) -> None:
        """Encode out of fold and add trees until the validation rows no longer gain."""
        import lightgbm

        self._fields = fields
        self._native, self._encoded = (
            np.flatnonzero([choose(field) for field in owners(fields)])
            for choose in (_is_native, _is_encoded)
        )
        self._encoder = TargetEncoder([field for field in fields if _is_encoded(field)])
        known = self._encoder.fit_transform(train.ids[:, self._encoded], train.labels, seed)
        categories = list(range(len(self._native)))
        rows = lightgbm.Dataset(
            self._beside(train.ids, known),
            train.labels,
            categorical_feature=categories,
        )
        held_out = lightgbm.Dataset(self._features(valid.ids), valid.labels, reference=rows)
        settings = {
            "objective": "binary", "metric": "binary_logloss", "seed": seed, "verbosity": -1,
            "num_threads": threads, "deterministic": True, "force_row_wise": True, **self._params,
        }  # fmt: skip
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        self._model = lightgbm.train(
            settings, rows, MAX_ROUNDS, valid_sets=[held_out], callbacks=[stop]
        )
        self._threads = threads

    def logits(self, ids: Ids) -> Logits:
        """Return the sum of the leaves, up to the best tree."""
        features = self._features(ids)
        found = self._model.predict(features, raw_score=True, num_threads=self._threads)
        return np.asarray(found, dtype=np.float64)

    def _features(self, ids: Ids) -> Floats:
        return self._beside(ids, self._encoder.transform(ids[:, self._encoded]))

    def _beside(self, ids: Ids, encoded: Floats) -> Floats:
        return np.hstack([ids[:, self._native], encoded, numbers(self._fields, ids)])


def _is_native(field: Field) -> bool:
    """Tell whether LightGBM gets the ids of a field as they are, as categories."""
    return field.kind == "categorical" and field.width == 1 and field.cardinality <= NATIVE


def _is_encoded(field: Field) -> bool:
    """Tell whether LightGBM gets the rates of a field's ids."""
    return field.kind == "categorical" and not _is_native(field)

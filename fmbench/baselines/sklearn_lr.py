"""Logistic regression by scikit-learn: the optimum that the model `lr` is held against."""

import warnings
from collections.abc import Sequence

from fmbench.baselines._columns import one_hot
from fmbench.baselines._registry import Ids, Logits, at_least, register_baseline
from fmbench.data import Split
from fmbench.fields import Field
from fmbench.space import LogUniform

TOLERANCE = 1e-6
"""Largest element of the mean gradient at which the optimum counts as found."""

MAX_ITER = 200
"""Newton steps; not to be at the optimum by then is an error."""


@register_baseline(
    "sklearn_lr",
    paper="https://jmlr.org/papers/v12/pedregosa11a.html",
    year=2011,
    package="scikit-learn",
    space={"C": LogUniform(0.1, 10)},
    modules="sklearn.linear_model",
)
class SklearnLR:
    """scikit-learn's LogisticRegression on one-hot fields; C is one over the prior precision."""

    def __init__(self, *, C: float = 2.0) -> None:  # noqa: N803, the library's name for it
        self._C = at_least("C", C, 1e-12)

    def fit(
        self, fields: Sequence[Field], train: Split, valid: Split, *, seed: int, threads: int
    ) -> None:
        """Find the optimum; nothing about it is random, and the validation rows are not needed."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        self._fields = fields
        self._model = LogisticRegression(
            C=self._C, solver="newton-cg", tol=TOLERANCE, max_iter=MAX_ITER
        )
        with warnings.catch_warnings(action="error", category=ConvergenceWarning):
            self._model.fit(one_hot(fields, train.ids), train.labels)

    def logits(self, ids: Ids) -> Logits:
        """Return the decision function."""
        found: Logits = self._model.decision_function(one_hot(self._fields, ids))
        return found

    @property
    def parameters(self) -> int:
        """How many numbers were learnt."""
        return int(self._model.coef_.size) + 1

    @property
    def weights(self) -> tuple[Logits, float]:
        """What was learnt: a weight for every id of every field, in their order, and the bias."""
        return self._model.coef_[0], self._model.intercept_.item()

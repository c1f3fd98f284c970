"""myFM: a factorization machine whose hyperparameters are integrated out."""

from collections.abc import Sequence
from contextlib import redirect_stderr
from io import StringIO
from threading import RLock

import numpy as np

from fmbench.baselines._columns import one_hot
from fmbench.baselines._registry import Ids, Logits, at_least, register_baseline
from fmbench.data import Split
from fmbench.fields import Field
from fmbench.space import Choice

SMALLEST = 1e-12
"""Least distance of a probability from 0 and 1: draws that all agree have a finite logit."""


@register_baseline(
    "myfm",
    paper="https://libfm.org/libfm_tist.pdf",
    year=2012,
    package="myfm",
    space={"rank": Choice(2, 4, 8, 10, 16)},
    # It asks pkg_resources, of setuptools before 81, for its own version.
    modules="myfm pkg_resources",
)
class MyFM:
    """Rendle, 2012: FM with a probit link by Gibbs sampling, averaged over the draws.

    Each field has a prior of its own, which the data decide; the validation rows are not needed.
    """

    def __init__(self, *, rank: int = 8, n_iter: int = 200) -> None:
        self._rank, self._n_iter = at_least("rank", rank, 1), at_least("n_iter", n_iter, 2)

    def fit(
        self, fields: Sequence[Field], train: Split, valid: Split, *, seed: int, threads: int
    ) -> None:
        """Draw samples; the first half of them is left out of the average."""
        import myfm
        from tqdm import tqdm

        tqdm.set_lock(RLock())  # its own is a semaphore of the system, which outlives a cell
        self._fields = fields
        self._model = myfm.MyFMClassifier(rank=self._rank, random_seed=seed)
        with redirect_stderr(StringIO()):  # its progress bar has no switch
            self._model.fit(
                one_hot(fields, train.ids),
                np.array(train.labels),
                n_iter=self._n_iter,
                n_kept_samples=(self._n_iter + 1) // 2,
                group_shapes=[field.rows for field in fields],
            )

    def logits(self, ids: Ids) -> Logits:
        """Return the logit of the mean probability of the draws."""
        chance = self._model.predict_proba(one_hot(self._fields, ids))
        chance = np.clip(chance, SMALLEST, 1 - SMALLEST)
        found: Logits = np.log(chance) - np.log1p(-chance)
        return found

"""Whether chains have come to draw from the same distribution."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

Doubles = NDArray[np.float64]


def split_rhat(draws: NDArray[np.floating]) -> Doubles:
    """Return the split R-hat of each quantity: `(chains, draws, quantities)` to `(quantities,)`.

    Each half of a chain counts as a chain (Gelman et al., 2013), and draws are replaced by normal
    scores of their ranks (Vehtari et al., 2021). At 1, the halves differ by no more than their
    draws do; a quantity whose draws are all the same has 1.

    Raises:
        ValueError: A chain has fewer than four draws.
    """
    chains, count, _ = draws.shape
    if count < 4:
        raise ValueError(f"a chain has {count} draws; expected at least 4")
    half = count // 2
    split = np.concatenate([draws[:, :half], draws[:, count - half :]])
    scores = _normal_scores(split.reshape(2 * chains * half, -1)).reshape(split.shape)
    within = scores.var(1, ddof=1).mean(0)
    between = scores.mean(1).var(0, ddof=1)
    ratio = np.divide(between, within, out=np.zeros_like(within), where=within > 0)
    found: Doubles = np.where(within > 0, np.sqrt((half - 1) / half + ratio), 1.0)
    return found


def _normal_scores(draws: NDArray[np.floating]) -> Doubles:
    """Return what draws of N(0, 1) with the same ranks would be expected to be, by column."""
    ranks = rankdata(draws, axis=0)
    scores: Doubles = ndtri((ranks - 0.375) / (len(draws) + 0.25))
    return scores

import numpy as np
import pytest
from scipy.stats import false_discovery_control
from statsmodels.stats.multitest import multipletests

from fmbench.stats import benjamini_hochberg, holm


@pytest.mark.parametrize("seed", range(20))
def test_other_implementations_agree(seed: int) -> None:
    p = (np.random.default_rng(seed).random(1 + seed) ** 3).tolist()
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p))


def test_by_hand() -> None:
    assert holm([0.04, 0.01, 0.03]) == pytest.approx([0.06, 0.03, 0.06])
    assert benjamini_hochberg([0.04, 0.01, 0.03]) == pytest.approx([0.04, 0.03, 0.04])
    assert holm([0.7, 0.9]) == [1.0, 1.0]
    assert holm([]) == benjamini_hochberg([]) == []

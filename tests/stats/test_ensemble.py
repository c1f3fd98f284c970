import itertools

import numpy as np
import pytest

from fmbench.metrics import logloss
from fmbench.stats import average, better_space, select

RANDOM = np.random.default_rng(0)
TRUTH = RANDOM.normal(0, 1.5, 4_000)
LABELS = RANDOM.random(4_000) < 1 / (1 + np.exp(-TRUTH))


def noisy(seed: int, noise: float = 1.0) -> np.ndarray:
    return TRUTH + np.random.default_rng(seed).normal(0, noise, len(TRUTH))


def test_an_average_is_one_of_probabilities_or_of_logits() -> None:
    first, second = np.array([0.0, 3.0]), np.array([2.0, -1.0])
    assert average([first, second], "logits").tolist() == [1.0, 1.0]
    chances = (1 / (1 + np.exp(-first)) + 1 / (1 + np.exp(-second))) / 2
    found = average([first, second], "probabilities")
    assert found == pytest.approx(np.log(chances / (1 - chances)))


def test_an_average_of_certain_predictions_is_finite() -> None:
    found = average([np.array([800.0, -800.0])] * 2, "probabilities")
    assert np.isfinite(found).all()
    assert found[0] > 30
    assert found[1] < -30


def test_the_space_is_the_one_with_the_smaller_loss() -> None:
    groups = [[noisy(1, 4.0), noisy(2, 4.0), noisy(3, 4.0)]]
    losses = {
        space: logloss(LABELS, average(groups[0], space)) for space in ("probabilities", "logits")
    }
    assert better_space(LABELS, groups) == min(losses, key=lambda space: losses[space])
    assert better_space(LABELS, [[TRUTH], [TRUTH]]) == "probabilities"  # the two are the same


def test_of_good_members_several_are_chosen_and_noise_hardly() -> None:
    library = [noisy(1), noisy(2), noisy(3), np.random.default_rng(4).normal(0, 2, len(TRUTH))]
    chosen = select(LABELS, library, "logits")
    assert chosen[3] < 0.2 * chosen.total()  # a little of it tempers what is too sure
    assert min(chosen[i] for i in range(3)) > 0.2 * chosen.total()
    each = [library[i] for i, n in chosen.items() for _ in range(n)]
    alone = min(logloss(LABELS, one) for one in library)
    assert logloss(LABELS, average(each, "logits")) < alone


@pytest.mark.parametrize("space", ["probabilities", "logits"])
def test_what_is_chosen_is_the_best_on_the_greedy_way(space: str) -> None:
    """Against every continuation by one member, for the first rounds."""
    library = [noisy(seed, 0.5 + seed / 3) for seed in range(1, 5)]
    way: list[int] = []
    for _ in range(6):
        tried = [
            logloss(LABELS, average([library[j] for j in (*way, i)], space))
            for i in range(len(library))
        ]
        way.append(int(np.argmin(tried)))
    losses = [logloss(LABELS, average([library[j] for j in way[:n]], space)) for n in range(1, 7)]
    chosen = select(LABELS, library, space)
    total = sum(chosen.values())
    if total <= 6:
        assert sorted(chosen.elements()) == sorted(way[:total])
    found = logloss(LABELS, average([library[i] for i in chosen.elements()], space))
    assert found <= min(losses) + 1e-12


def test_one_that_nothing_helps_is_chosen_alone() -> None:
    worse = [-TRUTH, np.zeros(len(TRUTH))]
    assert dict(select(LABELS, [*worse, 1.0 * TRUTH], "logits")) == {2: 1}


def test_the_order_of_a_library_changes_no_share() -> None:
    library = [noisy(seed) for seed in range(1, 4)]
    shares = []
    for order in itertools.permutations(range(3)):
        chosen = select(LABELS, [library[i] for i in order], "probabilities")
        shares.append({order[i]: n for i, n in chosen.items()})
    assert all(each == shares[0] for each in shares)

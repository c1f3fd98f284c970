"""What a budget is worth: the best that so many trials find, on average."""

from collections.abc import Sequence

BUDGETS = tuple(step * 10**power for power in range(4) for step in (1, 2, 5))
"""Numbers of trials after which the best is told, so that models are compared at equal effort."""

TRIALS = 8
"""Trials a model that `run` spends where it has no settings for the data."""

_ROWS, _MODELS = 8_000_000, 100
"""Rows to train on, over all trials of a model, and trials of all models, beyond which there are
fewer of them: the first table is to come soon."""


def affordable(rows: int, models: int) -> int:
    """Return how many trials each of so many models is worth that have `rows` to train on.

    These numbers and no clock decide, so that the same command gives the same table twice.
    """
    return min(TRIALS, _ROWS // rows, _MODELS // models)


def expected_best(losses: Sequence[float], budget: int) -> float:
    """Return the least loss that `budget` of these trials find, on average over their order.

    The first trial is the model's defaults and always comes first; the others are draws, which
    might have come in any order. The mean over all orders is exact: Dodge et al., 2019, but without
    replacement, which takes away the bias (Tang et al., 2020), and after all trials it is the best
    of them. A trial without a result has a loss of infinity.
    """
    first, *draws = losses
    if budget == 1:
        return first
    draws = sorted(min(first, loss) for loss in draws)
    size, total = budget - 1, 0.0
    share = size / len(draws)  # of the sets of `size` draws, those whose best is draw i
    for i, loss in enumerate(draws):
        total += share * loss
        if size + i == len(draws):
            break  # fewer are left than a set has: each holds a better one
        share *= (len(draws) - size - i) / (len(draws) - 1 - i)
    return total

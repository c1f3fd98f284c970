"""Ties: which models of a table cannot be told apart."""

from collections.abc import Callable, Sequence


def groups(ranked: Sequence[str], is_worse: Callable[[str, str], bool]) -> list[int]:
    """Return each model's group, from 1; `ranked` begins with the best.

    A group is led by its best model and holds those that follow as long as `is_worse(model,
    leader)` is not established; the first that is leads the next. Two members of one group may
    still differ from one another: what is claimed is their tie with the leader.
    """
    result: list[int] = []
    leader = ""
    for name in ranked:
        if not result or is_worse(name, leader):
            leader = name
            result.append(result[-1] + 1 if result else 1)
        else:
            result.append(result[-1])
    return result

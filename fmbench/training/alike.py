"""Whether tensors can take the place of others."""

from collections.abc import Mapping

from torch import Tensor


def check_alike(old: Mapping[str, Tensor], new: Mapping[str, Tensor]) -> None:
    """Refuse tensors of other names, shapes or types.

    Raises:
        ValueError: A name, shape or type differs.
    """
    for name in sorted(old.keys() | new.keys()):
        mine, theirs = old.get(name), new.get(name)
        if mine is None or theirs is None:
            raise ValueError(f"{name} is in only one of the two")
        if (mine.shape, mine.dtype) != (theirs.shape, theirs.dtype):
            raise ValueError(f"{name} is {theirs.dtype} {tuple(theirs.shape)}")

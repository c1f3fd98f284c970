"""What a suite file says, and what flags put on top of it: names and values, not yet checked."""

from collections.abc import Mapping
from typing import Any

from fmbench.data import OPTIONAL, SHARED, Wishes
from fmbench.spec import TrainSpec
from fmbench.spec import read_toml as read_toml

Content = Mapping[str, Any]


def keys() -> list[str]:
    """Return what the tables of a suite may hold, as `--set` names it."""
    train = [f"train.{key}" for key in TrainSpec.__struct_fields__]
    data = dict.fromkeys((*SHARED, *OPTIONAL, *Wishes.__struct_fields__))
    return [*train, *(f"data.{key}" for key in data), "model.NAME.ARGUMENT"]

"""The user's own table, in a file of any format."""

from functools import partial
from typing import Final

from fmbench.data.datasets._declared import read_declared
from fmbench.data.registry import register_dataset

TABLE: Final = "table"
"""The name that own tables are read under."""

build = partial(read_declared)
build.__doc__ = "Your own table: a file of any format; `--dataset FILE` names it."
register_dataset(TABLE, is_declared=True)(build)

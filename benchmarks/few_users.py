"""kmrd-synth with its users folded into 100,000: more rows, the same tables."""

from pathlib import Path
from typing import Final

import numpy as np

from fmbench.data import Table, register_dataset
from fmbench.data.columns import Column
from fmbench.data.datasets.kmrd_synth import kmrd_synth

USERS: Final = 100_000


@register_dataset("few-users", licence="MIT, like fmbench: generated, with no row of KMRD in it")
def few_users(folder: Path, *, rows: int = 1_000_000, seed: int = 0) -> Table:
    """Synthetic ratings of which any number has the same 100,000 users and 600 movies."""
    table = kmrd_synth(folder, rows=rows, seed=seed)
    index = table.columns["user"].index
    assert index is not None
    users = Column(np.arange(USERS), index % USERS)
    return Table({**table.columns, "user": users}, table.rate, table.time)

"""The user's own ratings, in the format of KMRD."""

from pathlib import Path

from fmbench.data.datasets._kmrd import METADATA, read_kmrd
from fmbench.data.registry import register_dataset
from fmbench.data.table import Table


@register_dataset("ratings", files={"rates.csv": None}, metadata=dict.fromkeys(METADATA))
def ratings(
    folder: Path, *, file: str = "rates.csv", fields: str = "ids", duplicates: str = "last"
) -> Table:
    """Your own ratings: a CSV file user,movie,rate,time in the folder that --data-dir names."""
    return read_kmrd(folder, file, fields)

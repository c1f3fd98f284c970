"""KMRD-2m: 2,569,799 ratings by 32,151 users, who rated at least 20 movies each."""

from pathlib import Path

from fmbench.data.datasets._kmrd import KMRD_URL, LICENCE, METADATA, read_kmrd
from fmbench.data.registry import register_dataset
from fmbench.data.table import Table


@register_dataset(
    "kmrd-2m",
    files={"rates-2m.csv": None},
    metadata=dict.fromkeys(METADATA),
    archives={"rates-2m.zip": ("rates-2m.csv",), "meta.zip": METADATA},
    url=f"{KMRD_URL}kmrd/",
    licence=LICENCE,
    year=2020,
    rows=2_569_799,
)
def kmrd_2m(folder: Path, *, fields: str = "ids", duplicates: str = "last") -> Table:
    """2,569,799 ratings by 32,151 users, who rated at least 20 movies each."""
    return read_kmrd(folder, "rates-2m.csv", fields)

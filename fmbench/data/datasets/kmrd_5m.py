"""KMRD-5m: 4,941,301 ratings by 86,457 users, who rated at least 20 movies each."""

from pathlib import Path

from fmbench.data.datasets._kmrd import KMRD_URL, LICENCE, METADATA, read_kmrd
from fmbench.data.registry import register_dataset
from fmbench.data.table import Table


@register_dataset(
    "kmrd-5m",
    files={"rates-5m.csv": None},
    metadata=dict.fromkeys(METADATA),
    archives={"rates-5m.zip": ("rates-5m.csv",), "meta.zip": METADATA},
    url=f"{KMRD_URL}kmrd/",
    licence=LICENCE,
    year=2020,
    rows=4_941_301,
)
def kmrd_5m(folder: Path, *, fields: str = "ids", duplicates: str = "last") -> Table:
    """4,941,301 ratings by 86,457 users, who rated at least 20 movies each."""
    return read_kmrd(folder, "rates-5m.csv", fields)

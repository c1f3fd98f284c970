"""KMRD-small: 140,710 ratings of 600 movies, as its authors published them."""

from pathlib import Path

from fmbench.data.datasets._kmrd import KMRD_URL, LICENCE, read_kmrd
from fmbench.data.registry import register_dataset
from fmbench.data.table import Table


@register_dataset(
    "kmrd-small",
    files={"rates.csv": "9c373d914a15af2c4d13bb9ee7a5c0ea2c42c30113b819b2f88cddc909edcb52"},
    metadata={
        "movies.txt": "8482a626de30751517d60ad28a3d86701f141bb5ed98527d65cec61483c82e18",
        "genres.csv": "fe6565c7f51eb292708834d1320b34974485181eff7852d445c691f24b243fe0",
        "countries.csv": "68524e39bd0a1cc013b4d2a11035ec68986b78968e8dfdf3e614fc3ad2912e40",
        "castings.csv": "e1948d8082ba0081d27fecb5ed9df06275101a7748d2da1b67f50c8fdc162793",
    },
    url=f"{KMRD_URL}kmrd-small/",
    licence=LICENCE,
    year=2020,
    rows=140_710,
)
def kmrd_small(folder: Path, *, fields: str = "ids", duplicates: str = "last") -> Table:
    """Ratings of 600 movies by 52,028 users of a Korean portal, 2003 to 2019."""
    return read_kmrd(folder, "rates.csv", fields)

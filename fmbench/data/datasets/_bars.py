"""What the splits have in common that BARS publishes: three files, and where they are."""

from typing import Any, Final

SPLIT: Final = ("train.csv", "valid.csv", "test.csv")
PARTS: Final = ["train", "valid", "test"]


def pinned(*digests: str, names: tuple[str, ...] = SPLIT) -> dict[str, str | None]:
    """Return the files of a split and their MD5s, as the table of each split has them."""
    return {name: f"md5:{digest}" for name, digest in zip(names, digests, strict=True)}


def numbered(letter: str, count: int) -> list[str]:
    """Return names such as C1 to C26."""
    return [f"{letter}{i}" for i in range(1, count + 1)]


def about(name: str, paper: str, year: int, rows: int, licence: str) -> dict[str, Any]:
    """Return what listings say of a split."""
    home = f"https://huggingface.co/datasets/reczoo/{name}"
    return {"licence": licence, "paper": paper, "year": year, "rows": rows, "home": home}

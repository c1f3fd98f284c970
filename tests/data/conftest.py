"""Hand-made files and datasets."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fmbench.data.registry import DATASETS, SOURCES
from fmbench.data.sources.where import Where

HEADER = "user,movie,rate,time\n"


@pytest.fixture
def where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Where:
    """Return a data folder with ratings of 30 users, and nothing else within reach."""
    monkeypatch.delenv("FMBENCH_DATA", raising=False)
    start = 1_500_000_000
    rows = [
        f"{user},{100 + movie},{10 if (user + movie) % 3 else 4},{start + 86_399 * user + movie}"
        for user in range(30)
        for movie in range(user % 5, 9)
    ]
    (tmp_path / "rates.csv").write_text(HEADER + "\n".join(rows) + "\n")
    return Where(tmp_path)


@pytest.fixture
def metadata(where: Where) -> Path:
    """Add KMRD's files about movies to the data folder; movie 108 is in none of them."""
    folder = where.data_dir
    assert folder is not None
    years = [2000 + i if i % 2 else "" for i in range(8)]
    grades = ["PG" if i < 3 else "" for i in range(8)]
    movies = [
        f'{100 + i}\t제목 {i}\tTitle "{i}" , 19{80 + i}\t{years[i]}\t{grades[i]}' for i in range(8)
    ]
    (folder / "movies.txt").write_text(
        "movie\ttitle\ttitle_eng\tyear\tgrade\n" + "\n".join(movies) + "\n"
    )
    (folder / "genres.csv").write_text(
        "movie,genre\n100,SF\n100,공포\n101,SF\n999,a\n999,b\n999,c\n"
    )
    (folder / "countries.csv").write_text("movie,country\n100,한국\n101,미국\n")
    (folder / "castings.csv").write_text(
        "movie,people,order,leading\n"
        "100,7,3,1\n100,8,1,1\n100,9,2,0\n101,1,1,1\n101,1,4,1\n"
        + "".join(f"102,{20 + i},{9 - i},1\n" for i in range(8))
    )
    return folder


@pytest.fixture
def forget() -> Iterator[Callable[[str], None]]:
    """Return a function that names a dataset which is to be unregistered after the test."""
    names: list[str] = []
    yield names.append
    for name in names:
        DATASETS._entries.pop(name, None)
        SOURCES.pop(name, None)

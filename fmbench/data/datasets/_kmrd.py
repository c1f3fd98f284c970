"""The KMRD file format: ratings, and what is known about movies."""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from fmbench.data.columns import ABSENT, Column, IntArray
from fmbench.data.derived.calendar import KST, calendar_columns
from fmbench.data.readers.lines import Integer, Kind, Text, fault
from fmbench.data.readers.strict import read_integers, read_text
from fmbench.data.registry import WHOLE
from fmbench.data.table import Table

MOVIES, GENRES, COUNTRIES, CASTINGS = "movies.txt", "genres.csv", "countries.csv", "castings.csv"
METADATA = (MOVIES, GENRES, COUNTRIES, CASTINGS)

KMRD_URL = "https://raw.githubusercontent.com/lovit/kmrd/8ca98b1/kmr_dataset/datafile/"
LICENCE = "none stated: fetched for you from its authors, never part of fmbench"

RATES = {
    "user": Integer(),
    "movie": Integer(),
    "rate": Integer(low=1, high=10),
    # From 1990, so that a ten-digit time that was cut short is out of range, until 2100.
    "time": Integer(
        low=631_152_000,
        high=4_102_444_799,
        hint="time is in UNIX seconds; milliseconds are to be divided by 1000",
    ),
}
MOVIE: Mapping[str, Kind] = {
    "movie": Integer(),
    "title": Text(),
    "title_eng": Text(),
    "year": Integer(high=9999, optional=True),
    "grade": Text(),
}
CREDITS = {
    "movie": Integer(),
    "people": Integer(),
    "order": Integer(),
    "leading": Integer(high=1),
}

_CAST = 5
"""Number of the leading cast that are kept, in the order of the credits."""


def read_kmrd(folder: Path, rates: str, fields: str) -> Table:
    """Read a folder in the format of KMRD; the movies' files only for the `fields` that want them.

    Raises:
        DataError: A file is missing, or is not as the format says.
    """
    rows = read_integers(folder / rates, RATES)
    users, user = np.unique(rows["user"], return_inverse=True)
    movies, movie = np.unique(rows["movie"], return_inverse=True)
    user, movie = user.astype(np.int32), movie.astype(np.int32)
    columns = {"user": Column(users, user), "movie": Column(movies, movie)}
    if fields in WHOLE:
        columns.update(calendar_columns(rows["time"], KST))
        for name, values in _movie_values(folder, movies).items():
            columns[name] = Column(values, movie)
    rate = rows["rate"].astype(np.int8)
    return Table(columns, rate, rows["time"], user="user", item="movie")


def _movie_values(folder: Path, movies: IntArray) -> dict[str, IntArray]:
    """Return name to int64 `[m]` or `[m, width]` for the movies `[m]`; ABSENT where unknown."""
    read = read_text(folder / MOVIES, MOVIE, "\t")
    row: dict[int, int] = {}
    for number, text in enumerate(read["movie"]):
        if row.setdefault(int(text), number) != number:
            raise fault(folder / MOVIES, number + 2, f"movie {text} is there twice; expected once")
    rows = [row.get(movie) for movie in movies.tolist()]
    years = [int(text or ABSENT) for text in read["year"]]
    grades = _numbered(read["grade"])
    return {
        "movie_year": np.array([ABSENT if i is None else years[i] for i in rows]),
        "grade": np.array([ABSENT if i is None else grades[i] for i in rows]),
        "genres": _listed(folder / GENRES, "genre", movies),
        "countries": _listed(folder / COUNTRIES, "country", movies),
        "cast": _cast(folder / CASTINGS, movies),
    }


def _numbered(texts: list[str]) -> list[int]:
    """Number the distinct texts in sorted order; an empty one is ABSENT."""
    number = {text: i for i, text in enumerate(sorted(set(texts) - {""}))}
    return [number.get(text, ABSENT) for text in texts]


def _listed(path: Path, column: str, movies: IntArray) -> IntArray:
    read = read_text(path, {"movie": Integer(), column: Text(quotes=False)}, ",")
    owners = (int(text) for text in read["movie"])
    return _matrix(zip(owners, _numbered(read[column]), strict=True), movies)


def _cast(path: Path, movies: IntArray) -> IntArray:
    """Return the people in leading parts, at most five a movie."""
    read = read_integers(path, CREDITS)
    leading = np.flatnonzero(read["leading"])
    credits = leading[np.argsort(read["order"][leading], kind="stable")]
    pairs = zip(read["movie"][credits].tolist(), read["people"][credits].tolist(), strict=True)
    return _matrix(pairs, movies)[:, :_CAST]


def _matrix(pairs: Iterable[tuple[int, int]], movies: IntArray) -> IntArray:
    """Return int64 `[m, width]`: each movie's distinct values in the order of `pairs`.

    The width is that of the movie with most values in the file, rated or not, so that it stays
    the same for any choice of rows.
    """
    lists: dict[int, dict[int, None]] = {}
    for movie, value in pairs:
        if value != ABSENT:
            lists.setdefault(movie, {})[value] = None
    matrix = np.full((len(movies), max(map(len, lists.values()), default=1)), ABSENT)
    for i, movie in enumerate(movies.tolist()):
        values = list(lists.get(movie, ()))
        matrix[i, : len(values)] = values
    return matrix

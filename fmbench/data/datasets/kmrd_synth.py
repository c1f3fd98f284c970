"""Ratings drawn from a model with KMRD-small's shape, as many as are asked for."""

from pathlib import Path
from typing import Final

import numpy as np

from fmbench.data.columns import Column, IntArray
from fmbench.data.datasets._synth import draw_chunks, draw_world
from fmbench.data.datasets._synth_movies import N_MOVIES, Movies
from fmbench.data.derived.calendar import KST, calendar_columns
from fmbench.data.registry import WHOLE, register_dataset
from fmbench.data.table import Table
from fmbench.errors import UsageError

LEAST_ROWS: Final = 1_000
MOST_ROWS: Final = 100_000_000
FIRST_MOVIE: Final = 10_001
"""The least raw movie id: ids look like KMRD's."""


@register_dataset("kmrd-synth", licence="MIT, like fmbench: generated, with no row of KMRD in it")
def kmrd_synth(
    folder: Path,
    *,
    rows: int = 140_710,
    seed: int = 0,
    fields: str = "ids",
    duplicates: str = "last",
) -> Table:
    """Synthetic ratings shaped like KMRD-small, of any size; no real user or movie is in them.

    They are drawn from a latent-factor model with drift (see `_synth`). The same `rows` and `seed`
    give the same table, and a shorter table is the beginning of a longer one: users grow with
    the rows, while the 600 movies stay. `folder` is not read.

    Raises:
        UsageError: `rows` is outside 1,000 to 100,000,000, or `seed` is negative.
    """
    if not LEAST_ROWS <= rows <= MOST_ROWS:
        raise UsageError(f"kmrd-synth: rows is {rows:,}; expected {LEAST_ROWS:,} to {MOST_ROWS:,}")
    if seed < 0:
        raise UsageError(f"kmrd-synth: seed is {seed}; expected 0 or more")
    movies = draw_world(seed)
    user, movie, time, rate = _collect(movies, rows, seed)
    columns = {
        "user": Column(np.arange(int(user[-1]) + 1), user),
        "movie": Column(np.arange(FIRST_MOVIE, FIRST_MOVIE + N_MOVIES), movie),
    }
    if fields in WHOLE:
        columns |= calendar_columns(time, KST)
        columns |= _metadata(movies, movie)
    return Table(columns, rate, time, user="user", item="movie")


def _collect(movies: Movies, rows: int, seed: int) -> tuple[IntArray, IntArray, IntArray, IntArray]:
    """Return users, movies, times and ratings `[rows]`; beside them there is only one chunk."""
    user = np.empty(rows, dtype=np.int32)
    movie = np.empty(rows, dtype=np.int16)
    time = np.empty(rows, dtype=np.int64)
    rate = np.empty(rows, dtype=np.int8)
    filled = 0
    for chunk in draw_chunks(movies, seed):
        part = slice(filled, min(filled + len(chunk.user), rows))
        n = part.stop - part.start
        user[part], movie[part] = chunk.user[:n], chunk.movie[:n]
        time[part], rate[part] = chunk.time[:n], chunk.rate[:n]
        filled = part.stop
        if filled == rows:
            break
    return user, movie, time, rate


def _metadata(movies: Movies, movie: IntArray) -> dict[str, Column]:
    values = {
        "movie_year": movies.year,
        "grade": movies.grade,
        "genres": movies.genres,
        "countries": movies.countries,
        "cast": movies.cast,
    }
    return {name: Column(of_movie, movie) for name, of_movie in values.items()}

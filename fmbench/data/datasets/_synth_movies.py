"""The movies of `kmrd-synth`: how often each is picked, what it is like, and its meta data.

Numbers are fitted to the 600 rated movies of KMRD-small, beside each the aggregate it is fitted to,
where it does not say otherwise. The movies are the same for any number of rows.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fmbench.data.columns import ABSENT

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

N_MOVIES: Final = 600
RANK: Final = 4
"""Rank of the interaction of users and movies: the length of their taste vectors."""

# Popularity, genres, countries, grades and cast all fall off as (n + c - r)^b / (r + q)^a in the
# rank r: the discrete generalized beta distribution (Martinez-Mekler et al. 2009, "Universality of
# rank-ordering distributions in the arts and sciences"), its head softened by q, its tail by c.
# Here (a, b, q, c) for the ratings per movie: 7,265 at rank 1, 302 at 100, 32 at 400, 1 at 600.
POPULARITY: Final = (1.031, 1.143, 2.573, 11.605)
GENRES: Final = (0.587, 1.184)  # 20 genres: the first has 26 % of the entries, the tenth 3 %
COUNTRIES: Final = (1.685, 0.540)  # 36 countries: the first has 55 % of the entries
GRADES: Final = (0.012, 2.170)  # 9 grades: 29, 26, 15, 11, 9, 8, 2, 1 and 0.3 % of the movies
CAST: Final = (0.4, 0.3)  # of 3,000 people 1,053 are leading, 783 of them once, the first 13 times
N_GENRES, N_COUNTRIES, N_GRADES, N_PEOPLE = 20, 36, 9, 3_000

# Shares of the movies by the number of genres (0 to 7), countries (0 to 5) and leading cast (0 to
# 5, a longer cast cut off at 5).
GENRES_PER_MOVIE: Final = (0.027, 0.298, 0.348, 0.225, 0.080, 0.013, 0.005, 0.004)
COUNTRIES_PER_MOVIE: Final = (0.007, 0.891, 0.080, 0.019, 0.002, 0.001)
CAST_PER_MOVIE: Final = (0.003, 0.188, 0.325, 0.235, 0.107, 0.142)
YEAR_QUANTILES: Final = (
    (0.00, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 1.00),
    (1926, 1958, 1970, 1982, 1989, 1991, 2014, 2016, 2020),
)
NO_YEAR: Final = 0.003
NO_GRADE: Final = 0.02

# What a standard deviation of log popularity adds to a movie's offset, and the spread of the rest:
# the share of tens rises from 40 % below 70 ratings to 83 % above 3,000.
MOVIE_BY_POPULARITY: Final = 1.55
MOVIE_SCALE: Final = 1.25
# Spread of the interaction: what it adds blurs users and movies, such that logistic regression on
# both ids has the real test AUC, 0.80 (movie alone 0.69, user alone 0.75).
INTERACTION: Final = 2.0
# Chosen, not fitted, as is RANK: nothing in KMRD-small pins them down. The share of the interaction
# that genres explain, and the spread of what a movie's offset gains in the 16 years.
GENRE_SHARE: Final = 0.5
MOVIE_DRIFT: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Movies:
    """Facts of the movies; the first axis is 600, and -1 stands where a value is absent."""

    by_rank: NDArray[np.int32]
    """The movies from the most to the least popular."""
    popularity: NDArray[np.float64]
    """Share of the picks that have this rank or a lower one."""
    offset: Floats
    slope: Floats
    """Change of the offset over the site's history."""
    vectors: Floats
    """`[600, RANK]`: the product with a user's standard normal vector is the interaction."""
    year: Ints
    grade: Ints
    genres: Ints
    """`[600, 7]`."""
    countries: Ints
    """`[600, 5]`."""
    cast: Ints
    """`[600, 5]`."""


def draw_movies(rng: np.random.Generator) -> Movies:
    """Draw the movies of one world."""
    by_rank = rng.permutation(N_MOVIES).astype(np.int32)
    shares = rank_shares(N_MOVIES, *POPULARITY)
    weights = np.empty(N_MOVIES)
    weights[by_rank] = shares
    genres = _draw_sets(rng, rank_shares(N_GENRES, *GENRES), GENRES_PER_MOVIE)
    likes = np.log(weights)
    offset = MOVIE_BY_POPULARITY * (likes - likes.mean()) / likes.std()
    offset += MOVIE_SCALE * rng.standard_normal(N_MOVIES)
    return Movies(
        by_rank=by_rank,
        popularity=np.cumsum(shares),
        # Centred over ratings, not movies: else the share of tens would hang on a few hits.
        offset=(offset - weights @ offset).astype(np.float32),
        slope=(MOVIE_DRIFT * rng.standard_normal(N_MOVIES)).astype(np.float32),
        vectors=_draw_vectors(rng, genres, weights),
        year=_draw_years(rng),
        grade=_draw_grades(rng),
        genres=genres,
        countries=_draw_sets(rng, rank_shares(N_COUNTRIES, *COUNTRIES), COUNTRIES_PER_MOVIE),
        cast=_draw_sets(rng, rank_shares(N_PEOPLE, *CAST), CAST_PER_MOVIE),
    )


def rank_shares(n: int, a: float, b: float, q: float = 0.0, c: float = 1.0) -> NDArray[np.float64]:
    """Return the shares `[n]` of ranks 1 to n; they fall, and sum to 1."""
    rank = np.arange(1, n + 1)
    shares = (n + c - rank) ** b / (rank + q) ** a
    return np.asarray(shares / shares.sum())


def _draw_sets(
    rng: np.random.Generator, shares: NDArray[np.float64], sizes: tuple[float, ...]
) -> Ints:
    """Draw for each movie distinct values, as many as `sizes` says how often, padded with -1."""
    width = len(sizes) - 1
    size = rng.choice(width + 1, N_MOVIES, p=np.array(sizes) / sum(sizes))
    # An exponential race: the first to arrive, in order, are a draw without replacement.
    arrival = rng.standard_exponential((N_MOVIES, shares.size)) / shares
    chosen = np.empty((N_MOVIES, width), dtype=np.int64)
    for place in range(width):
        first = arrival.argmin(axis=1)
        chosen[:, place] = first
        arrival[np.arange(N_MOVIES), first] = np.inf
    return np.where(np.arange(width) < size[:, None], chosen, ABSENT)


def _draw_vectors(rng: np.random.Generator, genres: Ints, weights: NDArray[np.float64]) -> Floats:
    """Return `[600, RANK]`: in part the mean of the genres' vectors, so that genres inform."""
    table = rng.standard_normal((N_GENRES, RANK))
    present = genres != ABSENT
    of_genres = (table[genres] * present[:, :, None]).sum(axis=1)
    of_genres /= np.maximum(present.sum(axis=1), 1)[:, None]
    own = rng.standard_normal((N_MOVIES, RANK))
    parts = [_standardise(part, weights) for part in (of_genres, own)]
    mixed: NDArray[np.float64] = (
        np.sqrt(GENRE_SHARE) * parts[0] + np.sqrt(1 - GENRE_SHARE) * parts[1]
    )
    mixed *= INTERACTION / np.sqrt(RANK)
    return mixed.astype(np.float32)


def _standardise(x: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `x` with mean 0 and variance 1 over the ratings: offsets stay out of the product."""
    x = x - weights @ x
    return np.asarray(x / np.sqrt(weights @ x**2))


def _draw_years(rng: np.random.Generator) -> Ints:
    year = np.interp(rng.random(N_MOVIES), *YEAR_QUANTILES).astype(np.int64)
    return np.where(rng.random(N_MOVIES) < NO_YEAR, ABSENT, year)


def _draw_grades(rng: np.random.Generator) -> Ints:
    grade = rng.choice(N_GRADES, N_MOVIES, p=rank_shares(N_GRADES, *GRADES))
    return np.where(rng.random(N_MOVIES) < NO_GRADE, ABSENT, grade)

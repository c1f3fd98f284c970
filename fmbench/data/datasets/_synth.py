"""The latent-factor model that `kmrd-synth` is drawn from.

A user comes to the site at some moment, stays for a while, picks movies by popularity and rates
each by a latent taste: user and movie offsets, a low-rank interaction, and terms that drift with
time (Koren 2009, "Collaborative filtering with temporal dynamics"). Cut points turn the taste into
a rating from 1 to 10 (proportional odds: McCullagh 1980, "Regression models for ordinal data").

The numbers are fitted to aggregates of KMRD-small, each named beside it; `benchmarks/fit_synth.py`
prints those aggregates next to what the numbers give.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fmbench.data.datasets._synth_movies import N_MOVIES, RANK, Movies, draw_movies
from fmbench.data.datasets._synth_times import N_WEEKS, draw_times, year_edges

Floats = NDArray[np.float32]
Ints = NDArray[np.signedinteger[Any]]

# Ratings per user: one with probability SINGLES, else n^-s exp(-n/c), a power law with a cutoff
# (Clauset, Shalizi & Newman 2009). Maximum likelihood on the 52,028 users, so that the share of
# singles, the mean 2.70 and the mean of log n are those of the data.
SINGLES: Final = 35_642 / 52_028
ACTIVITY_EXPONENT: Final = 2.0293
ACTIVITY_CUTOFF: Final = 160.37
ACTIVITY_LIMIT: Final = 600

# The rank of a movie picked by a user of n ratings is the deepest of 1 + n / DEPTH draws from the
# popularity: mean rank 62 for users of one rating, 102 at 50 to 99 ratings, 139 above.
DEPTH: Final = 70.0
# Of the picks that would repeat a pair this share is picked anew: 6,379 of 140,710 rows repeat.
AVOIDED_REPEATS: Final = 0.35

# Spread of a user's lasting offset, and its fall with log activity: the share of tens falls from
# 80 % for users of one rating to 41 % above 99 ratings; by users of 20 and more it spreads by 28 %.
USER_SCALE: Final = 1.3
USER_BY_ACTIVITY: Final = -1.0
# Spread of what drifts in it, the years until it is forgotten, and how differently users forget:
# successive ratings agree in being ten with correlation 0.45 within a month, 0.33 within a year,
# 0.20 within three and 0.12 beyond.
USER_DRIFT: Final = 2.8
MEMORY: Final = 0.9
FORGETTING: Final = 0.45
# What each year from 2003 to 2019 adds to all tastes: the share of tens in the year.
YEAR_TASTE: Final = (
    *(2.73, 2.73, 0.89, 1.56, -0.05, 0.75, 0.45, 0.91, -1.69),
    *(-1.07, -0.41, -0.71, -0.71, -1.24, -1.73, -0.99, -1.41),
)
# Share of ratings that are 1 whatever the taste: 3.7 % are 1 and 0.5 % are 2, and the ones are as
# many for the most popular movies.
CARELESS: Final = 0.031
# Cut points between the ratings 1 | 2 | ... | 10: quantiles of the noisy taste at the shares of
# the ratings (3.69, 0.55, 0.58, 0.77, 1.45, 2.59, 4.66, 8.18, 10.44, 67.10 %).
CUTS: Final = (-14.69, -13.50, -12.72, -11.96, -10.95, -9.73, -8.25, -6.47, -4.75)

CHUNK_USERS: Final = 1 << 14
"""Users drawn at a time; part of what the data is, as each chunk has a random stream of its own."""

_MOVIE_BITS: Final = 10
_YEAR: Final = 365.25 / 7
"""Weeks in a year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The ratings of consecutive users, sorted by user and movie; all arrays are `[rows]`."""

    user: NDArray[np.int32]
    """Number of the user, over all chunks."""
    movie: NDArray[np.int32]
    """Number of the movie, 0 to 599."""
    time: NDArray[np.int64]
    """UNIX seconds, on whole minutes."""
    taste: Floats
    """The latent taste: the best predictor of the rating that there is."""
    rate: NDArray[np.int8]
    """1 to 10."""


def draw_world(seed: int) -> Movies:
    """Return the movies that the chunks of `seed` rate."""
    return draw_movies(np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(0,))))


def draw_chunks(movies: Movies, seed: int) -> Iterator[Chunk]:
    """Yield chunks without end; the same seed yields the same ones, whoever takes how many."""
    for number in count():
        stream = np.random.SeedSequence(seed, spawn_key=(1, number))
        yield _draw_chunk(movies, np.random.default_rng(stream), number * CHUNK_USERS)


def _draw_chunk(movies: Movies, rng: np.random.Generator, first_user: int) -> Chunk:
    activity = _draw_activity(rng)
    user = np.repeat(np.arange(CHUNK_USERS, dtype=np.int32), activity)
    movie = _draw_picks(movies, rng, user, activity)
    # Hardly anyone rates a movie twice in a sitting.
    fresh = ~_repeats(user) | _repeats(user, movie)
    week, time = draw_times(rng, user, activity, fresh)
    taste = _draw_taste(movies, rng, user, activity, movie, week)
    rate = _draw_rates(rng, taste)
    return Chunk(user=user + np.int32(first_user), movie=movie, time=time, taste=taste, rate=rate)


def _draw_activity(rng: np.random.Generator) -> Ints:
    """Return the number of ratings of each user of a chunk."""
    n = np.arange(2, ACTIVITY_LIMIT + 1)
    more = n**-ACTIVITY_EXPONENT * np.exp(-n / ACTIVITY_CUTOFF)
    share = np.r_[SINGLES, (1 - SINGLES) * more / more.sum()]
    return 1 + rng.choice(ACTIVITY_LIMIT, CHUNK_USERS, p=share)


def _draw_picks(movies: Movies, rng: np.random.Generator, user: Ints, activity: Ints) -> Ints:
    """Return the movie of each row, sorted within each user."""
    # One integer holds user and movie, so that a plain sort orders the file.
    depth = (1 / (1 + activity / DEPTH)).astype(np.float32)
    key = user << _MOVIE_BITS | _pick(movies, rng, depth[user])
    key.sort()
    again = np.flatnonzero(_repeats(key))
    again = again[rng.random(again.size) < AVOIDED_REPEATS]
    key[again] = user[again] << _MOVIE_BITS | _pick(movies, rng, depth[user[again]])
    key.sort()
    return key & ((1 << _MOVIE_BITS) - 1)


def _pick(movies: Movies, rng: np.random.Generator, power: Floats) -> Ints:
    """Draw movies: a uniform number to the power 1 / m is the largest of m uniform ones."""
    rank = np.searchsorted(movies.popularity, rng.random(power.size) ** power)
    return movies.by_rank[np.minimum(rank, N_MOVIES - 1)]


def _repeats(*columns: Ints) -> NDArray[np.bool_]:
    """Say of each row whether it equals the one before in all columns."""
    repeats = np.ones(columns[0].size, dtype=np.bool_)
    repeats[0] = False
    for column in columns:
        repeats[1:] &= column[1:] == column[:-1]
    return repeats


def _draw_taste(
    movies: Movies,
    rng: np.random.Generator,
    user: Ints,
    activity: Ints,
    movie: Ints,
    week: Ints,
) -> Floats:
    """Return the latent taste of each row."""
    n_users = activity.size
    offset = USER_BY_ACTIVITY * np.log(activity) + USER_SCALE * rng.standard_normal(n_users)
    vectors = rng.standard_normal((n_users, RANK), dtype=np.float32)
    taste = offset.astype(np.float32)[user] + movies.offset[movie]
    for k in range(RANK):
        taste += vectors[user, k] * movies.vectors[movie, k]
    taste += movies.slope[movie] * (week / np.float32(N_WEEKS) - np.float32(0.5))
    edges = year_edges()
    of_week = np.interp(np.arange(N_WEEKS), (edges[1:] + edges[:-1]) / 2, YEAR_TASTE)
    taste += of_week.astype(np.float32)[week]
    return taste + _draw_drift(rng, n_users, user, week)


def _draw_drift(rng: np.random.Generator, n_users: int, user: Ints, week: Ints) -> Floats:
    """Return what the drift of its user's offset adds to each row.

    It is a cosine of random phase and frequency for each user. Over users whose frequencies are
    Cauchy its correlation falls as exp(-t) (random features: Rahimi & Recht 2007), and as each
    forgets at a pace drawn from a gamma distribution, as (1 + t / MEMORY)^-FORGETTING.
    """
    phase = rng.uniform(0, 2 * np.pi, n_users)
    pace = rng.standard_cauchy(n_users) * rng.standard_gamma(FORGETTING, n_users)
    # In double precision, in which the cosines of one processor and another round to the same.
    drift: NDArray[np.float64] = np.cos((pace / (MEMORY * _YEAR))[user] * week + phase[user])
    drift *= USER_DRIFT * np.sqrt(2)
    return drift.astype(np.float32)


def _draw_rates(rng: np.random.Generator, taste: Floats) -> NDArray[np.int8]:
    """Return a rating, 1 to 10, for each taste."""
    noisy = taste + rng.logistic(size=taste.size)
    noisy[rng.random(taste.size, dtype=np.float32) < CARELESS] = -np.inf
    return (1 + np.searchsorted(CUTS, noisy)).astype(np.int8)

"""MovieLens: ratings of movies, as GroupLens publishes them, in six sizes.

Ratings of 4 and more are positive. The default fields are user and movie alone (`ids`): on them
models are mostly compared, and the ratings' file is enough for them; `columns` and `full` join what
is known of users and movies. A title names its movie and is no field beside it.
"""

from collections.abc import Mapping
from typing import Final

from fmbench.data.datasets._declared import declare
from fmbench.data.datasets._joined import Side
from fmbench.data.datasets._readings import with_header, without_header
from fmbench.data.readers.reading import Reading

URL: Final = "https://files.grouplens.org/datasets/movielens/"
HOME: Final = "https://grouplens.org/datasets/movielens"
LICENCE: Final = "GroupLens' own: for research; commercial use needs permission"
PAPER: Final = "Harper and Konstan, 2015, The MovieLens datasets: history and context"

GENRES: Final = [
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
]  # fmt: skip
"""The flags of a movie in MovieLens 100K, in their order."""


def _movielens(
    name: str,
    summary: str,
    rows: int,
    year: int,
    file: str,
    reading: Reading,
    sides: list[Side],
    archive: Mapping[str, str],
) -> None:
    """Declare a size: its columns are user, item, rating and time, in this order."""
    user, item, rating, time = reading.columns
    declare(
        name,
        summary,
        files={file: None},
        reading=reading,
        sides=sides,
        url=URL,
        archives=archive,
        about={"licence": LICENCE, "paper": PAPER, "year": year, "rows": rows, "home": HOME},
        label=f"{rating}>=4",
        user=user,
        item=item,
        time=time,
        time_format="seconds",
        numeric=[rating],
        fields="ids",
    )


_movielens(
    "ml-100k",
    "MovieLens 100K: 100,000 ratings of 1,682 movies by 943 users, 1997 to 1998.",
    rows=100_000,
    year=1998,
    file="u.data",
    reading=without_header(["user_id", "item_id", "rating", "timestamp"], "\t"),
    sides=[
        Side(
            file="u.user",
            reading=without_header(
                ["user_id", "age", "gender", "occupation", "zip_code"],
                "|",
                encoding="iso8859-1",
                kinds={"age": "float", "zip_code": "token"},
            ),
        ),
        Side(
            file="u.item",
            reading=without_header(
                ["item_id", "title", "release_date", "video_release_date", "imdb_url", *GENRES],
                "|",
                encoding="iso8859-1",
                kinds={"release_date": "token"},
            ),
            flags={"genres": GENRES},
            unused=["title", "video_release_date", "imdb_url"],
        ),
    ],
    archive={"ml-100k.zip": "md5:0e33842e24a9c977be4e0107933c0723"},
)
_movielens(
    "ml-1m",
    "MovieLens 1M: 1,000,209 ratings of 3,706 movies by 6,040 users, 2000 to 2003.",
    rows=1_000_209,
    year=2003,
    file="ratings.dat",
    reading=without_header(["user_id", "movie_id", "rating", "timestamp"], "::"),
    sides=[
        Side(
            file="users.dat",
            reading=without_header(
                ["user_id", "gender", "age", "occupation", "zip_code"],
                "::",
                encoding="iso8859-1",
                # Ages are seven groups, each named by its youngest.
                kinds=dict.fromkeys(("age", "occupation", "zip_code"), "token"),
            ),
        ),
        Side(
            file="movies.dat",
            reading=without_header(["movie_id", "title", "genres"], "::", encoding="iso8859-1"),
            multi={"genres": "|"},
            unused=["title"],
        ),
    ],
    archive={"ml-1m.zip": "md5:c4d9eecfca2ab87c1945afe126590906"},
)
_movielens(
    "ml-10m",
    "MovieLens 10M: 10,000,054 ratings of 10,677 movies by 69,878 users, 1995 to 2009.",
    rows=10_000_054,
    year=2009,
    file="ratings.dat",
    reading=without_header(["user_id", "movie_id", "rating", "timestamp"], "::"),
    sides=[
        Side(
            file="movies.dat",
            reading=without_header(["movie_id", "title", "genres"], "::"),
            multi={"genres": "|"},
            unused=["title"],
        )
    ],
    archive={"ml-10m.zip": "md5:ce571fd55effeba0271552578f2648bd"},
)

_MOVIES: Final = Side(
    file="movies.csv",
    reading=with_header("movieId", "title", "genres"),
    multi={"genres": "|"},
    unused=["title"],
)
_RATINGS: Final = with_header("userId", "movieId", "rating", "timestamp")

_movielens(
    "ml-20m",
    "MovieLens 20M: 20,000,263 ratings by 138,493 users, 1995 to 2015.",
    rows=20_000_263,
    year=2015,
    file="ratings.csv",
    reading=_RATINGS,
    sides=[_MOVIES],
    archive={"ml-20m.zip": "md5:cd245b17a1ae2cc31bb14903e1204af3"},
)
# GroupLens makes the next two anew from time to time, so that they have no lasting checksum.
_movielens(
    "ml-latest",
    "MovieLens latest: some 34 million ratings; other ones whenever GroupLens makes it anew.",
    rows=33_832_162,
    year=2023,
    file="ratings.csv",
    reading=_RATINGS,
    sides=[_MOVIES],
    archive={"ml-latest.zip": ""},
)
_movielens(
    "ml-latest-small",
    "MovieLens latest, small: 100,836 ratings by 610 users, 1996 to 2018.",
    rows=100_836,
    year=2018,
    file="ratings.csv",
    reading=_RATINGS,
    sides=[_MOVIES],
    archive={"ml-latest-small.zip": ""},
)

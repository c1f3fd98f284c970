"""Small files in exactly the layout of each known dataset; every value in them is invented."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

N = 240
START = 893_286_000

Draw = Callable[[np.random.Generator, int], Sequence[str]]


def ids(top: int, prefix: str = "") -> Draw:
    return lambda rng, n: [f"{prefix}{i}" for i in rng.integers(1, top + 1, n)]


def hashes(top: int) -> Draw:
    """Return hexadecimal digits with leading zeros, and holes."""
    return lambda rng, n: ["" if i == 0 else f"{i * 7919:08x}" for i in rng.integers(0, top, n)]


def counts(rng: np.random.Generator, n: int) -> list[str]:
    """Return whole numbers of which some are below zero and some are not there."""
    values = rng.geometric(0.05, n) - 3
    return ["" if i % 7 == 0 else str(v) for i, v in enumerate(values)]


def floats(rng: np.random.Generator, n: int) -> list[str]:
    return [f"{v:.6f}" for v in rng.random(n)]


def one_of(*values: str) -> Draw:
    return lambda rng, n: [values[i] for i in rng.integers(0, len(values), n)]


def lists(separator: str, top: int, most: int = 4) -> Draw:
    """Return several values a cell, and sometimes none."""

    def cell(rng: np.random.Generator) -> str:
        drawn = rng.integers(1, top, rng.integers(0, most)).tolist()
        return separator.join(map(str, dict.fromkeys(drawn)))

    return lambda rng, n: [cell(rng) for _ in range(n)]


def seconds(rng: np.random.Generator, n: int) -> list[str]:
    return [str(START + int(i)) for i in np.sort(rng.integers(0, 30_000_000, n))]


def times(form: str) -> Draw:
    def draw(rng: np.random.Generator, n: int) -> list[str]:
        stamps = pd.to_datetime([int(each) for each in seconds(rng, n)], unit="s")
        return list(stamps.strftime(form))

    return draw


def frame(seed: int, columns: Mapping[str, Draw], n: int = N) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({name: draw(rng, n) for name, draw in columns.items()}, dtype=object)


def text(rows: pd.DataFrame, delimiter: str, header: bool) -> str:
    """Write a table; a value with the delimiter in it is quoted where that is a comma."""

    def cell(value: str) -> str:
        if delimiter == "," and ("," in value or '"' in value):
            return '"' + value.replace('"', '""') + '"'
        return value

    lines = [delimiter.join(map(cell, row)) for row in rows.itertuples(index=False)]
    return "\n".join([delimiter.join(rows.columns)] * header + lines) + "\n"


@dataclass
class Side:
    file: str
    rows: pd.DataFrame
    delimiter: str = ","
    header: bool = True
    encoding: str = "utf-8"


@dataclass
class Layout:
    """What a dataset's files hold, and what is to come of them."""

    files: dict[str, pd.DataFrame]
    positive: Callable[[pd.DataFrame], pd.Series]
    label: str
    delimiter: str = ","
    header: bool = True
    time: str = ""
    seconds: Callable[[pd.Series], pd.Series] | None = None
    numbers: tuple[str, ...] = ()
    multi: dict[str, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    min_count: int = 1

    @property
    def rows(self) -> pd.DataFrame:
        return pd.concat(self.files.values(), ignore_index=True)

    def write(self, folder: Path) -> None:
        folder.mkdir()
        for name, rows in self.files.items():
            (folder / name).write_bytes(text(rows, self.delimiter, self.header).encode())
        for side in self.sides:
            written = text(side.rows, side.delimiter, side.header)
            (folder / side.file).write_bytes(written.encode(side.encoding))


def above(column: str, least: float) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda rows: rows[column].astype(float) >= least


def split(columns: Mapping[str, Draw], sizes: tuple[int, ...] = (N, 30, 40)) -> dict:
    names = ("train.csv", "valid.csv", "test.csv") if len(sizes) == 3 else ("train.csv", "test.csv")
    return {
        name: frame(i, columns, n) for i, (name, n) in enumerate(zip(names, sizes, strict=True))
    }


def is_time(column: pd.Series) -> pd.Series:
    return column.astype(float).astype("int64")


CLICK = one_of("0", "0", "1")
STARS = one_of("1", "2", "3", "4", "5")
HALVES = one_of("0.5", "2.0", "3.5", "4.0", "4.5")
WORDS = ["Action", "Children's", "Comedy", "Film-Noir", "Sci-Fi"]
FLAGS = [
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
]  # fmt: skip


def _ratings(user: str, item: str, stars: Draw, time: Draw = seconds) -> dict[str, Draw]:
    return {user: ids(20), item: ids(30), "rating": stars, "timestamp": time}


def _people(order: Sequence[str]) -> pd.DataFrame:
    """Return users 1 to 18, so that two of those who rate are not known."""
    rng = np.random.default_rng(9)
    known = {
        "user_id": [str(i) for i in range(1, 19)],
        "age": [str(a) for a in rng.integers(18, 60, 18)],
        "gender": list(one_of("F", "M")(rng, 18)),
        "occupation": list(one_of("artist", "writer", "other")(rng, 18)),
        "zip_code": list(one_of("01234", "98101", "V5A2B")(rng, 18)),
    }
    return pd.DataFrame({name: known[name] for name in order}, dtype=object)


def _movies(key: str) -> pd.DataFrame:
    """Return movies 1 to 28; their titles have letters of Latin-1, commas and quotes."""
    rng = np.random.default_rng(8)
    genres = [
        "|".join(dict.fromkeys(WORDS[i] for i in rng.integers(0, 5, rng.integers(1, 4))))
        for _ in range(28)
    ]
    titles = [f'Amélie "{i}", The (19{70 + i})' for i in range(28)]
    keys = [str(i) for i in range(1, 29)]
    return pd.DataFrame({key: keys, "title": titles, "genres": genres}, dtype=object)


def _items() -> pd.DataFrame:
    """Return u.item: a movie's genres as 19 flags."""
    movies = _movies("item_id")
    flags = {
        name: ["1" if name in genres.split("|") else "0" for genres in movies["genres"]]
        for name in FLAGS
    }
    return pd.DataFrame(
        {
            "item_id": movies["item_id"],
            "title": movies["title"],
            "release_date": ["01-Jan-1995" if i % 3 else "" for i in range(28)],
            "video_release_date": "",
            "imdb_url": [f"http://us.imdb.com/M/title-exact?{i}" for i in range(28)],
            **flags,
        },
        dtype=object,
    )


def _dat(stars: Draw, *sides: Side) -> Layout:
    return Layout(
        {"ratings.dat": frame(1, _ratings("user_id", "movie_id", stars))},
        above("rating", 4),
        "rating",
        "::",
        header=False,
        time="timestamp",
        seconds=is_time,
        multi={"genres": "|"},
        sides=sides,
    )


def _movie_csv() -> Layout:
    return Layout(
        {"ratings.csv": frame(2, _ratings("userId", "movieId", HALVES))},
        above("rating", 4),
        "rating",
        time="timestamp",
        seconds=is_time,
        multi={"genres": "|"},
        sides=(Side("movies.csv", _movies("movieId")),),
    )


def _criteo(label: str, number: Draw) -> dict[str, Draw]:
    numbers = {f"I{i}": number for i in range(1, 14)}
    return {label: CLICK, **numbers, **{f"C{i}": hashes(3 + i) for i in range(1, 27)}}


NUMBERS = tuple(f"I{i}" for i in range(1, 14))
AVAZU = {
    "id": lambda rng, n: [f"1{i:018}" for i in range(n)],
    "click": CLICK,
    "hour": times("%y%m%d%H"),
    "C1": one_of("1005", "1002"),
    "banner_pos": one_of("0", "1"),
    **{
        f"{kind}_{what}": hashes(5)
        for kind, named in (
            ("site", ("id", "domain", "category")),
            ("app", ("id", "domain", "category")),
            ("device", ("id", "ip", "model")),
        )
        for what in named
    },
    "device_type": one_of("1", "4"),
    "device_conn_type": one_of("0", "2"),
    **{f"C{i}": one_of("15706", "320", "-1") for i in range(14, 22)},
}


def _avazu_hour(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, format="%y%m%d%H").astype("datetime64[s]").astype("int64")


def _avazu(files: dict[str, pd.DataFrame], min_count: int = 1) -> Layout:
    return Layout(
        files,
        above("click", 1),
        "click",
        time="hour",
        seconds=_avazu_hour,
        unused=("id",),
        min_count=min_count,
    )


def _amazon(file: str, header: bool, order: Sequence[str], unit: int = 1) -> Layout:
    def stamps(rng: np.random.Generator, n: int) -> list[str]:
        return [str(int(each) * unit + 70 * (unit > 1)) for each in seconds(rng, n)]

    draws = {
        "user_id": ids(20, "A0"),
        "item_id": ids(30, "B00"),
        "parent_asin": ids(30, "B00"),
        "rating": one_of("1.0", "3.0", "4.0", "5.0"),
        "timestamp": stamps,
    }
    return Layout(
        {file: frame(3, {name: draws[name] for name in order})},
        above("rating", 4),
        "rating",
        header=header,
        time="timestamp",
        seconds=lambda column: column.astype("int64") // unit,
    )


FRAPPE = {
    "label": one_of("-1", "-1", "1"),
    **{
        name: ids(5)
        for name in (
            "user", "item", "daytime", "weekday", "isweekend", "homework", "cost", "weather",
            "country", "city",
        )
    },
}  # fmt: skip
KKBOX = {
    "label": CLICK,
    "msno": ids(9, "Q="),
    "song_id": ids(9, "s/+"),
    "source_system_tab": one_of("", "my library"),
    "source_screen_name": one_of("Local playlist more", "Radio"),
    "source_type": one_of("radio", "album"),
    "city": ids(3),
    "gender": one_of("", "female", "male"),
    "registered_via": ids(3),
    "language": one_of("3.0", "-1.0"),
    "genre_ids": lists("|", 6),
    "artist_name": lists("|", 9),
    "isrc": one_of("TWK531410010", "USUM71200461"),
    "bd": ids(70),
}
TAOBAO = {
    "clk": one_of("0", "0", "1"),
    "btag_his": lists("^", 5),
    "cate_his": lists("^", 30, 9),
    "brand_his": lists("^", 30, 9),
    **{
        name: ids(6)
        for name in (
            "userid", "cms_segid", "cms_group_id", "final_gender_code", "age_level",
            "pvalue_level", "shopping_level", "occupation", "new_user_class_level", "adgroup_id",
            "cate_id", "campaign_id", "customer", "brand",
        )
    },
    "price": floats,
    "pid": one_of("430548_1007", "430539_1007"),
    "btag": one_of("1"),
}  # fmt: skip


def _kuairec() -> Layout:
    rows = frame(
        4,
        {
            "user_id": ids(20),
            "video_id": ids(30),
            "play_duration": ids(60_000),
            "video_duration": ids(20_000),
            "time": times("%Y-%m-%d %H:%M:%S.438"),
            "date": times("%Y%m%d"),
            "timestamp": lambda rng, n: [f"{each}.438" for each in seconds(rng, n)],
        },
    )
    ratio = rows["play_duration"].astype(float) / rows["video_duration"].astype(float)
    rows["watch_ratio"] = [f"{each:.6f}" for each in ratio]
    tags = [f"[{i % 5 + 1}]" if i % 2 else f"[{i % 7}, 9]" for i in range(28)]
    categories = pd.DataFrame(
        {"video_id": [str(i) for i in range(1, 29)], "feat": tags}, dtype=object
    )
    return Layout(
        {"big_matrix.csv": rows},
        above("watch_ratio", 2),
        "watch_ratio",
        time="timestamp",
        seconds=is_time,
        numbers=("video_duration",),
        multi={"feat": "[,]"},
        unused=("play_duration", "time", "date"),
        sides=(Side("item_categories.csv", categories),),
    )


PEOPLE = ("user_id", "gender", "age", "occupation", "zip_code")
LAYOUTS: dict[str, Layout] = {
    "ml-100k": Layout(
        {"u.data": frame(0, _ratings("user_id", "item_id", STARS))},
        above("rating", 4),
        "rating",
        "\t",
        header=False,
        time="timestamp",
        seconds=is_time,
        numbers=("age",),
        multi={"genres": "|"},
        sides=(
            Side(
                "u.user",
                _people(("user_id", "age", "gender", "occupation", "zip_code")),
                "|",
                header=False,
            ),
            Side("u.item", _items(), "|", header=False, encoding="latin-1"),
        ),
    ),
    "ml-1m": _dat(
        STARS,
        Side("users.dat", _people(PEOPLE), "::", header=False),
        Side("movies.dat", _movies("movie_id"), "::", header=False, encoding="latin-1"),
    ),
    "ml-10m": _dat(HALVES, Side("movies.dat", _movies("movie_id"), "::", header=False)),
    "ml-20m": _movie_csv(),
    "ml-latest": _movie_csv(),
    "ml-latest-small": _movie_csv(),
    "criteo-kaggle": Layout(
        {"train.txt": frame(5, _criteo("Label", counts))},
        above("Label", 1),
        "Label",
        "\t",
        header=False,
        numbers=NUMBERS,
    ),
    "criteo-x1": Layout(
        split(_criteo("label", floats)), above("label", 1), "label", numbers=NUMBERS
    ),
    "criteo-x4": Layout(
        split(_criteo("Label", counts)),
        above("Label", 1),
        "Label",
        numbers=NUMBERS,
        min_count=10,
    ),
    "avazu-kaggle": _avazu({"train.csv": frame(6, AVAZU)}),
    "avazu-x1": Layout(
        split({"label": CLICK, **{f"feat_{i}": ids(2 + i) for i in range(1, 23)}}),
        above("label", 1),
        "label",
    ),
    "avazu-x4": _avazu(split(AVAZU), min_count=2),
    "frappe-x1": Layout(split(FRAPPE), above("label", 1), "label"),
    "movielens-latest-x1": Layout(
        split(
            {
                "label": one_of("-1.0", "1.0"),
                "user_id": ids(9),
                "item_id": ids(9),
                "tag_id": ids(5),
            }
        ),
        above("label", 1),
        "label",
    ),
    "kkbox-x1": Layout(
        split(KKBOX),
        above("label", 1),
        "label",
        numbers=("bd",),
        multi={"genre_ids": "|", "artist_name": "|"},
        min_count=10,
    ),
    "taobao-ad-x1": Layout(
        split(TAOBAO, (N, 40)),
        above("clk", 1),
        "clk",
        numbers=("price",),
        multi=dict.fromkeys(("btag_his", "cate_his", "brand_his"), "^"),
        unused=("btag",),
        min_count=10,
    ),
    "kuairec": _kuairec(),
    "amazon-2014": _amazon(
        "ratings_Movies_and_TV.csv", False, ("user_id", "item_id", "rating", "timestamp")
    ),
    "amazon-2018": _amazon(
        "Movies_and_TV.csv", False, ("item_id", "user_id", "rating", "timestamp")
    ),
    "amazon-2023": _amazon(
        "Movies_and_TV.csv", True, ("user_id", "parent_asin", "rating", "timestamp"), 1000
    ),
}

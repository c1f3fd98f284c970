"""KKBox: whether somebody listens to a song again within a month of the first time."""

from fmbench.data.datasets._bars import PARTS, about, pinned
from fmbench.data.datasets._declared import declare
from fmbench.data.datasets._readings import with_header

# BARS keeps of isrc its country, and of bd, the age, its decade: here the first is a category as it
# stands, and the second is a number in bins.
declare(
    "kkbox-x1",
    "KKBox split 8:1:1 at random: users, songs, and where in the app a song was played.",
    files=pinned(
        "195b1ae8fc2d9267d7c8656c07ea1304",
        "398e97ac139611a09bd61a58e4240a3e",
        "8c5f7add05a6f5258b6b3bcc00ba640b",
    ),
    reading=with_header(
        "label", "msno", "song_id", "source_system_tab", "source_screen_name", "source_type",
        "city", "gender", "registered_via", "language", "genre_ids", "artist_name", "isrc", "bd",
    ),
    about=about(
        "KKBox_x1",
        "Zhu et al., 2022, BARS: towards open benchmarking for recommender systems",
        2022,
        rows=7_377_418,
        licence="the terms of the WSDM Cup 2018 on Kaggle",
    ),
    label="label=1",
    user="msno",
    item="song_id",
    numeric=["label", "bd"],
    multi={"genre_ids": "|", "artist_name": "|"},
    parts=PARTS,
    shared={"split": "given", "min_count": 10},
)  # fmt: skip

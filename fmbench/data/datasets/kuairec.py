"""KuaiRec: short videos and which share of each was watched."""

from fmbench.data.datasets._declared import declare
from fmbench.data.datasets._joined import Side
from fmbench.data.datasets._readings import with_header
from fmbench.data.lists import BRACKETS

# How long somebody watched tells the label, and so it is no field.
declare(
    "kuairec",
    "KuaiRec's big matrix: 7,176 users and 10,728 videos; watched twice or more is positive.",
    files={"big_matrix.csv": None},
    reading=with_header(
        "user_id", "video_id", "play_duration", "video_duration", "time", "date", "timestamp",
        "watch_ratio",
    ),
    sides=[
        Side(
            file="item_categories.csv",
            reading=with_header("video_id", "feat"),
            multi={"feat": BRACKETS},
        )
    ],
    about={
        "licence": "CC BY-SA 4.0",
        "paper": "Gao et al., 2022, KuaiRec: a fully-observed dataset and insights for evaluating "
        "recommender systems",
        "year": 2022,
        "rows": 12_530_806,
        "home": "https://kuairec.com",
    },
    label="watch_ratio>=2",
    user="user_id",
    item="video_id",
    time="timestamp",
    time_format="seconds",
    zone="Asia/Shanghai",
    numeric=["watch_ratio", "video_duration"],
    unused=["play_duration", "time", "date"],
)  # fmt: skip

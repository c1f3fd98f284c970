"""Taobao's display advertising: eight days of ads, with what each user looked at before."""

from fmbench.data.datasets._bars import about, pinned
from fmbench.data.datasets._declared import declare
from fmbench.data.datasets._readings import with_header

# There are rows of seven days to train on and of the eighth to test on, and none to validate on:
# the last tenth of the training rows, which are sorted by time, serves for it.
declare(
    "taobao-ad-x1",
    "Taobao's ads: seven days to train on, their last tenth of rows to validate, a day to test.",
    files=pinned(
        "eaabfc8629f23519b04593e26c7522fc",
        "f5ae6197e52385496d46e2867c1c8da1",
        names=("train.csv", "test.csv"),
    ),
    reading=with_header(
        "clk", "btag_his", "cate_his", "brand_his", "userid", "cms_segid", "cms_group_id",
        "final_gender_code", "age_level", "pvalue_level", "shopping_level", "occupation",
        "new_user_class_level", "adgroup_id", "cate_id", "campaign_id", "customer", "brand",
        "price", "pid", "btag",
    ),
    about=about(
        "TaobaoAd_x1",
        "Lyu et al., 2020, Deep match to rank model for personalized click-through rate prediction",
        2020,
        rows=25_029_426,
        licence="the terms of Alibaba's Tianchi",
    ),
    label="clk=1",
    user="userid",
    item="adgroup_id",
    numeric=["clk", "price"],
    multi=dict.fromkeys(("btag_his", "cate_his", "brand_his"), "^"),
    unused=["btag"],  # all rows have it alike
    parts=["train", "test"],
    shared={"split": "given", "valid_share": 0.1, "min_count": 10},
)  # fmt: skip

"""Avazu: ten days of mobile advertising with 22 categories, and two splits."""

from typing import Any, Final

from fmbench.data.datasets._bars import PARTS, about, numbered, pinned
from fmbench.data.datasets._declared import declare
from fmbench.data.datasets._readings import with_header

COLUMNS: Final = (
    "id", "click", "hour", "C1", "banner_pos", "site_id", "site_domain", "site_category", "app_id",
    "app_domain", "app_category", "device_id", "device_ip", "device_model", "device_type",
    "device_conn_type", "C14", "C15", "C16", "C17", "C18", "C19", "C20", "C21",
)  # fmt: skip
ROLES: Final[dict[str, Any]] = {
    "label": "click=1",
    "numeric": ["click"],
    "time": "hour",
    "time_format": "%y%m%d%H",
    "unused": ["id"],  # the number of a row
}
LICENCE: Final = "the terms of Avazu's challenge on Kaggle"
ROWS: Final = 40_428_967

declare(
    "avazu-kaggle",
    "Avazu's click-through rate challenge: ten days of ads, with the hour of each.",
    files={"train.csv": None},
    reading=with_header(*COLUMNS),
    about={
        "licence": LICENCE,
        "paper": "Avazu, 2014, Click-through rate prediction",
        "year": 2014,
        "rows": ROWS,
        "home": "https://www.kaggle.com/c/avazu-ctr-prediction",
    },
    **ROLES,
)
declare(
    "avazu-x1",
    "Avazu split 7:1:2, its categories numbered; the share of clicks differs between the parts.",
    files=pinned(
        "f1114a07aea9e996842c71648e0f6395",
        "d9568f246357d156c4b8030fadb8b623",
        "9e2fe9c48705c9315ae7a0953eb57acf",
    ),
    reading=with_header("label", *numbered("feat_", 22)),
    about=about(
        "Avazu_x1",
        "Cheng et al., 2020, Adaptive factorization network",
        2020,
        rows=ROWS,
        licence=LICENCE,
    ),
    label="label>0",
    numeric=["label"],
    parts=PARTS,
    shared={"split": "given"},
)
# Categories of two rows or more, as setting 001 of BARS has them; setting 002 keeps all
# (data.min_count=1).
declare(
    "avazu-x4",
    "Avazu split 8:1:1 at random, its values as they were published.",
    files=pinned(
        "de3a27264cdabf66adf09df82328ccaa",
        "33232931d84d6452d3f956e936cab2c9",
        "3ebb774a9ca74d05919b84a3d402986d",
    ),
    reading=with_header(*COLUMNS),
    about=about(
        "Avazu_x4",
        "Zhu et al., 2021, Open benchmarking for click-through rate prediction",
        2021,
        rows=ROWS,
        licence=LICENCE,
    ),
    parts=PARTS,
    shared={"split": "given", "min_count": 2},
    **ROLES,
)

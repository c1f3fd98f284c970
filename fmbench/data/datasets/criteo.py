"""Criteo: a week of display advertising with 13 counts and 26 hashed categories, and two splits."""

from typing import Final

from fmbench.data.datasets._bars import PARTS, about, numbered, pinned
from fmbench.data.datasets._declared import declare
from fmbench.data.datasets._readings import with_header, without_header

NUMBERS: Final = numbered("I", 13)
CATEGORIES: Final = numbered("C", 26)
LICENCE: Final = "the terms of Criteo's challenge on Kaggle"
ROWS: Final = 45_840_617

declare(
    "criteo-kaggle",
    "Criteo's display advertising challenge: a week of ads, ordered by time.",
    files={"train.txt": None},
    reading=without_header(["Label", *NUMBERS, *CATEGORIES], "\t"),
    about={
        "licence": LICENCE,
        "paper": "Criteo, 2014, Display advertising challenge",
        "year": 2014,
        "rows": ROWS,
        "home": "https://www.kaggle.com/c/criteo-display-ad-challenge",
    },
    label="Label=1",
    numeric=["Label", *NUMBERS],
    shared={"bins": "log2"},
)
declare(
    "criteo-x1",
    "Criteo split 7:2:1 at random, its counts scaled to floats and its categories numbered.",
    files=pinned(
        "30b89c1c7213013b92df52ec44f52dc5",
        "f73c71fb3c4f66b6ebdfa032646bea72",
        "2c48b26e84c04a69b948082edae46f8c",
    ),
    reading=with_header("label", *NUMBERS, *CATEGORIES),
    about=about(
        "Criteo_x1",
        "Cheng et al., 2020, Adaptive factorization network",
        2020,
        rows=ROWS,
        licence=LICENCE,
    ),
    label="label>0",
    numeric=["label", *NUMBERS],
    parts=PARTS,
    shared={"split": "given"},
)
# Numbers in bins and categories of ten rows or more, as setting 001 of BARS has them; setting 002
# keeps those of two rows (data.min_count=2).
declare(
    "criteo-x4",
    "Criteo split 8:1:1 at random, its values as they were published.",
    files=pinned(
        "4a53bb7cbc0e4ee25f9d6a73ed824b1a",
        "fba5428b22895016e790e2dec623cb56",
        "cfc37da0d75c4d2d8778e76997df2976",
    ),
    reading=with_header("Label", *NUMBERS, *CATEGORIES),
    about=about(
        "Criteo_x4",
        "Zhu et al., 2021, Open benchmarking for click-through rate prediction",
        2021,
        rows=ROWS,
        licence=LICENCE,
    ),
    label="Label=1",
    numeric=["Label", *NUMBERS],
    parts=PARTS,
    shared={"split": "given", "bins": "log2", "min_count": 10},
)

"""Frappe: which app somebody used, where and when, and two apps a row that were not used."""

from fmbench.data.datasets._bars import PARTS, about, pinned
from fmbench.data.datasets._declared import declare
from fmbench.data.datasets._readings import with_header

declare(
    "frappe-x1",
    "Frappe split 7:2:1 at random: apps used in a context, and sampled ones that were not.",
    files=pinned(
        "ba7306e6c4fc19dd2cd84f2f0596d158",
        "88d51bf2173505436d3a8f78f2a59da8",
        "3470f6d32713dc5f7715f198ca7c612a",
    ),
    reading=with_header(
        "label", "user", "item", "daytime", "weekday", "isweekend", "homework", "cost", "weather",
        "country", "city",
    ),
    about=about(
        "Frappe_x1",
        "Baltrunas et al., 2015, Frappe: understanding the usage and perception of mobile app "
        "recommendations in-the-wild",
        2015,
        rows=288_609,
        licence="not stated by its authors",
    ),
    label="label>0",
    user="user",
    item="item",
    numeric=["label"],
    parts=PARTS,
    shared={"split": "given"},
)  # fmt: skip

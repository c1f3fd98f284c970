"""MovieLens' tags: which tag somebody gave a movie, and sampled ones that were not given."""

from fmbench.data.datasets._bars import PARTS, about, pinned
from fmbench.data.datasets._declared import declare
from fmbench.data.datasets._readings import with_header

declare(
    "movielens-latest-x1",
    "Tags on MovieLens split 7:2:1 at random: user, movie and tag.",
    files=pinned(
        "efc8bceeaa0e895d566470fc99f3f271",
        "e1930223a5026e910ed5a48687de8af1",
        "54e8c6baff2e059fe067fb9b69e692d0",
    ),
    reading=with_header("label", "user_id", "item_id", "tag_id"),
    about=about(
        "MovielensLatest_x1",
        "Cheng et al., 2020, Adaptive factorization network",
        2020,
        rows=2_006_859,
        licence="GroupLens' own: for research; commercial use needs permission",
    ),
    label="label>0",
    user="user_id",
    item="item_id",
    numeric=["label"],
    parts=PARTS,
    shared={"split": "given"},
)

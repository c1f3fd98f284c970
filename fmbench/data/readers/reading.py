"""How a file is to be read, as it was found out or said."""

from typing import Literal

import msgspec

Format = Literal["delimited", "parquet", "libsvm", "libffm"]
Layout = Literal["", "positions", "features", "indices"]

UTF_8 = "utf-8"


class Reading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True,
              omit_defaults=True):  # fmt: skip
    """How a file is to be read: all that a reader has to know beside the path."""

    format: Format
    columns: list[str]
    """Names in the order of the file, each once."""
    delimiter: str = ","
    header: bool = True
    """Whether the first line holds the names and no row."""
    encoding: str = UTF_8
    quotes: bool = True
    """Whether a value may stand in double quotes, as in RFC 4180."""
    kinds: dict[str, str] = {}
    """The types of RecBole's header by column: token, token_seq, float or float_seq."""
    layout: Layout = ""
    """What a column of libsvm is: the pair at a position, all indices, or the value of an index."""

"""The order of columns in a file with a header, held against what was declared."""

from pathlib import Path

from fmbench.data.readers.cells import Malformed, cells, records
from fmbench.data.readers.lines import fault
from fmbench.data.readers.reading import Reading
from fmbench.data.readers.records import BOM
from fmbench.data.readers.stream import pieces


def refuse_other_order(path: Path, reading: Reading) -> None:
    """Refuse a file whose header has a declared name at another place: it would be misread.

    Other names at the same places are no fault; the declared ones stand in for them.

    Raises:
        DataError: There is such a name.
    """
    if reading.format != "delimited" or not reading.header:
        return
    start = next(pieces(path), b"").removeprefix(BOM)
    try:
        record = next(records(start, quotes=reading.quotes), b"")
        text = record.decode(reading.encoding, errors="replace").rstrip("\r\n")
        names = [name.strip() for name in cells(text, reading.delimiter, quotes=reading.quotes)]
    except Malformed:
        return  # the reader names the fault
    for name, declared in zip(names, reading.columns, strict=False):
        if name != declared and name in reading.columns:
            raise fault(
                path,
                1,
                f"the columns are {', '.join(names)}; expected {', '.join(reading.columns)}",
                "`--dataset FILE` reads columns in any order",
            )

"""The door: whatever the format, rows come in chunks, and reading goes on where one ended."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from fmbench.data.readers.table import look, read
from fmbench.data.readers.words import Chunk

Join = Callable[[Iterable[Chunk]], dict[str, list[str | None]]]

TEXTS = {
    "delimited": "label,x\n1,a\n0,b\n",
    "libffm": "1 0:5:1\n0 0:6:1\n",
    "libsvm": "1 3:1 7:1\n0 4:1 8:1\n",
}


@pytest.mark.parametrize("format", [*TEXTS, "parquet"])
def test_a_table_is_read_by_its_format(tmp_path: Path, table_of: Join, format: str) -> None:
    path = tmp_path / "table"
    if format == "parquet":
        pq.write_table(pa.table({"label": [1, 0]}), path)
    else:
        path.write_text(TEXTS[format])
    found = look(path)
    assert found.format == format
    (chunk,) = read(path, found)
    assert (len(chunk), table_of([chunk])["label"]) == (2, ["1", "0"])
    assert list(read(path, found, chunk.at)) == []

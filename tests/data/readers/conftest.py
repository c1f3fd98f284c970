"""Chunks back to rows."""

from collections.abc import Callable, Iterable

import pytest

from fmbench.data.readers.words import HOLE, LIST, Chunk

Table = dict[str, list[str | None]]


@pytest.fixture
def table_of() -> Callable[[Iterable[Chunk]], Table]:
    """Return what joins chunks: name to cells, None for a hole, lists with a bar."""

    def joined(chunks: Iterable[Chunk]) -> Table:
        table: Table = {}
        for chunk in chunks:
            for name, words in chunk.columns.items():
                assert len(words.codes) == len(chunk)
                assert len(set(words.texts)) == len(words.texts)
                texts = [*(text.replace(LIST, "|") for text in words.texts), None]
                codes = words.codes.tolist()
                seen = [code for code in dict.fromkeys(codes) if code != HOLE]
                assert seen == list(range(len(words.texts)))
                table.setdefault(name, []).extend(texts[code] for code in codes)
        return table

    return joined

"""Vocabularies against a naive dictionary: words of chunks, in a file and merged into one."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmbench.data import vocabulary
from fmbench.data.readers.words import Words
from fmbench.data.vocabulary import Vocabulary, merge, write_words

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=4)
chunks = st.lists(st.lists(words, unique=True, max_size=6), min_size=1, max_size=5)


def written(folder: Path, chunks: Sequence[Sequence[str]], *, by_arrow: bool) -> Path:
    path = folder / "chunks"
    with path.open("wb") as file:
        for texts in chunks:
            held = pa.array(["", *texts], pa.string())[1:] if by_arrow else list(texts)
            write_words(file, Words(held, np.arange(len(texts), dtype=np.int32)))
    return path


@pytest.mark.parametrize("by", ["_by_arrow", "_by_python"])
@settings(deadline=None, max_examples=60)
@given(chunks, st.booleans(), st.booleans(), st.sampled_from([1, 4, 100]))
def test_chunks_against_a_naive_dictionary(
    by: str,
    tmp_path_factory: pytest.TempPathFactory,
    chunks: list[list[str]],
    has_holes: bool,
    by_arrow: bool,
    at_once: int,
) -> None:
    folder = tmp_path_factory.mktemp("words")
    path = written(folder, chunks, by_arrow=by_arrow)
    with pytest.MonkeyPatch.context() as patch:
        if by == "_by_python":
            patch.setattr(importlib.util, "find_spec", lambda name: None)
        patch.setattr(vocabulary, "AT_ONCE", at_once)
        patch.setattr(vocabulary, {"_by_arrow": "_by_python", "_by_python": "_by_arrow"}[by], None)
        found = [each.tolist() for each in merge(path, folder / "merged", has_holes)]
    places: dict[str, int] = {"": 0} if has_holes else {}
    for text in (text for texts in chunks for text in texts):
        places.setdefault(text, len(places))
    assert found == [[*(places[text] for text in texts), 0] for texts in chunks]
    merged = Vocabulary(folder / "merged")
    assert len(merged) == len(places)
    assert merged[:] == [*places]
    assert len(merged) == len(merged[:])


def test_who_wrote_the_words_does_not_show(tmp_path: Path) -> None:
    chunks = [["b", "나"], [], ["a" * 500, "b"]]
    listed = written(tmp_path, chunks, by_arrow=False).read_bytes()
    assert written(tmp_path, chunks, by_arrow=True).read_bytes() == listed


def test_words_are_read_when_they_are_asked_for(tmp_path: Path) -> None:
    list(merge(written(tmp_path, [["a", "b"]], by_arrow=False), tmp_path / "merged", False))
    found = Vocabulary(tmp_path / "merged")
    assert len(found) == 2
    (tmp_path / "merged").unlink()
    assert len(found) == 2
    with pytest.raises(FileNotFoundError):
        found.load()


@pytest.mark.parametrize("kept", [0, 7, 8, 12, -1])
def test_a_file_that_is_cut_short_is_no_vocabulary(kept: int, tmp_path: Path) -> None:
    merged = tmp_path / "merged"
    list(merge(written(tmp_path, [["a", "b"]], by_arrow=False), merged, True))
    merged.write_bytes(merged.read_bytes()[:kept])
    with pytest.raises(ValueError):
        Vocabulary(merged)

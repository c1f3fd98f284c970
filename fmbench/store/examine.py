"""Examining a store: is all of it there, and what would be put right."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fmbench.errors import StoreError
from fmbench.files import DRAFT
from fmbench.store.predictions import Missing
from fmbench.store.store import Store, best

Kind = Literal["damaged", "superseded", "draft", "orphan", "foreign", "missing"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a file that its owner should know."""

    path: Path
    kind: Kind
    why: str
    is_damage: bool
    """Whether a file that is there cannot be read. Predictions may be missing, as in a clone: they
    are kept out of git; the rest only takes up room."""

    @property
    def is_movable(self) -> bool:
        """Whether `repair` moves the file out of the way."""
        return self.kind not in ("foreign", "missing")


def examine(store: Store) -> list[Finding]:
    """Return what is not as it should be, in the order of the files; an empty list: all is well.

    Raises:
        UsageError: There is no store.
        StoreError: A record is newer than this program.
        EnvironmentFault: A folder cannot be read.
    """
    return sorted(_findings(store), key=lambda finding: str(finding.path))


def repair(store: Store, findings: Sequence[Finding]) -> dict[Path, Path]:
    """Move what can be moved to `root/damaged`, where its bytes are kept; say what went where.

    Raises:
        EnvironmentFault: It cannot be moved.
    """
    return {f.path: store.move_aside(f.path) for f in findings if f.is_movable}


def _findings(store: Store) -> Iterator[Finding]:
    stored, damages = store.scan()
    for damage in damages:
        yield Finding(damage.path, "damaged", damage.why, is_damage=True)
    chosen = {item.path for item in best(stored)}
    for item in stored:
        if item.path not in chosen:
            why = f"another record of {item.record.spec.model}, seed {item.record.spec.seed} counts"
            yield Finding(item.path, "superseded", why, is_damage=False)
    named = set()
    for item in stored:
        if item.record.predictions is None:
            continue
        path = store.predictions_path(item.record.predictions)
        named.add(path)
        try:
            store.predictions(item.record)
        except Missing as error:
            yield Finding(path, "missing", str(error), is_damage=False)
        except StoreError as error:
            yield Finding(path, "damaged", str(error), is_damage=True)
        for path in store.valid_paths(item.record):
            named.add(path)
            try:
                store.valid_predictions(item.record)
            except StoreError as error:
                yield Finding(path, "damaged", str(error), is_damage=True)
    whole = {item.path for item in stored} | {damage.path for damage in damages} | named
    for folder in (store.records, store.predicted):
        for path in store.files(folder):
            if path not in whole:
                yield _stranger(path, folder == store.predicted)


def _stranger(path: Path, is_predictions: bool) -> Finding:
    if path.name.startswith(".") and path.name.endswith(DRAFT):
        return Finding(path, "draft", "a write that was stopped; nothing refers to it", False)
    if is_predictions and path.suffix == ".f32z":
        return Finding(path, "orphan", "predictions that no record names", False)
    return Finding(path, "foreign", "not a file of fmbench's; left alone", False)

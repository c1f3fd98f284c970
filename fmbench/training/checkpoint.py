"""Checkpoints: a long cell goes on after its last finished epoch, bit by bit as if never stopped.

Tensors are in safetensors and the rest in JSON: nothing in a checkpoint is ever run. One that is
damaged, or of another machine or version, whose bits might come out otherwise, is left unused.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from typing import Any

import msgspec
from torch import Tensor

from fmbench import files
from fmbench.record import Epoch
from fmbench.spec import RunSpec
from fmbench.training import tensor_file

log = logging.getLogger("fmbench.checkpoint")

EVERY = 10.0
"""Seconds of work that may be lost: a cell that is done sooner never writes a checkpoint."""

Identity = Mapping[str, Any]
"""All that decides a run's bits, as JSON has it."""


class State(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How far training had come; the tensors are beside it."""

    identity: dict[str, Any]
    tensors: str
    """SHA-256 of their file."""
    curve: list[Epoch]
    best_epoch: int
    time_to_best_s: float
    elapsed_s: float
    """Seconds since the first step, without the time between being stopped and going on."""


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A state and the SHA-256 of its JSON."""

    sha256: str
    state: State


class Checkpoint:
    """Where one cell keeps how far it has come."""

    def __init__(self, folder: Path, spec: RunSpec, identity: Identity) -> None:
        self.folder, self.name = folder, spec.cell
        self.identity = msgspec.to_builtins({**identity, "case": spec.case, "seed": spec.seed})

    def save(
        self,
        tensors: Mapping[str, Tensor],
        *,
        path: str,
        curve: list[Epoch],
        best_epoch: int,
        time_to_best_s: float,
        elapsed_s: float,
    ) -> None:
        """Write a checkpoint; the one before it is there until this one is whole.

        Raises:
            OSError: It cannot be written.
        """
        odd = {tensor.dtype for tensor in tensors.values()} - tensor_file.NAMES.keys()
        if odd:
            log.warning("a checkpoint cannot be written: its format has no type for %s", odd.pop())
            return
        digest = hashlib.sha256()
        for part in tensor_file.parts(tensors):
            digest.update(part)
        state = State(
            identity={**self.identity, "path": path},
            tensors=digest.hexdigest(),
            curve=curve,
            best_epoch=best_epoch,
            time_to_best_s=time_to_best_s,
            elapsed_s=elapsed_s,
        )
        files.make(self.folder)
        of_tensors = self._tensors(state)
        files.write_parts(of_tensors, tensor_file.parts(tensors))
        sealed = Sealed(_hash(state), state)
        files.write(self._file, msgspec.json.encode(sealed))
        for older in self.folder.glob(f"{self.name}-*.safetensors"):
            if older != of_tensors:
                older.unlink(missing_ok=True)

    @property
    def is_there(self) -> bool:
        """Whether something was saved, whatever can be made of it."""
        try:
            return self._file.exists()
        except OSError:  # reading it will tell why
            return True

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.name}.json"

    def load(
        self, *, path: str, into: Mapping[str, Tensor] | None = None
    ) -> tuple[State, dict[str, Tensor]] | None:
        """Return what was saved, if there is anything that this run may go on from.

        Tensors are read into those of `into`, where these are like them. They may have changed
        even where None is returned.
        """
        try:
            if not self._file.exists():
                return None
            sealed = msgspec.json.decode(files.read(self._file), type=Sealed)
            with files.open_regular(self._tensors(sealed.state)) as opened:
                return self._whole(sealed, path, opened, into)
        except (OSError, ValueError, RuntimeError) as error:
            self.unused(f"it cannot be read: {type(error).__name__}")
            return None

    def _whole(
        self,
        sealed: Sealed,
        path: str,
        opened: BufferedReader,
        into: Mapping[str, Tensor] | None,
    ) -> tuple[State, dict[str, Tensor]] | None:
        """Return a checkpoint whose tensors are at hand, if it is whole and of this run."""
        state = sealed.state
        found = hashlib.file_digest(opened, "sha256").hexdigest()
        if (sealed.sha256, state.tensors) != (_hash(state), found):
            self.unused("it is damaged")
            return None
        wanted = {**self.identity, "path": path}
        if state.identity != wanted:
            keys = sorted(wanted.keys() | state.identity.keys())
            other = [key for key in keys if state.identity.get(key) != wanted.get(key)]
            self.unused(f"it is of another {', '.join(other)}")
            return None
        opened.seek(0)
        return state, tensor_file.read(opened, into)

    def unused(self, why: str) -> None:
        """Say that a checkpoint is left alone."""
        log.warning("the checkpoint of %s is not used: %s", self.name, why)

    def _tensors(self, state: State) -> Path:
        if not set(state.tensors) <= set("0123456789abcdef"):
            raise ValueError("the name of the tensors' file is not a hash")
        return self.folder / f"{self.name}-{state.tensors[:12]}.safetensors"


def forget(folder: Path, spec: RunSpec) -> None:
    """Remove a cell's checkpoint, once its record is stored."""
    for path in (folder / f"{spec.cell}.json", *folder.glob(f"{spec.cell}-*.safetensors")):
        with suppress(OSError):
            path.unlink(missing_ok=True)


def tidy(folder: Path, finished: Iterable[RunSpec]) -> None:
    """Remove what a process that was killed left: unfinished files, checkpoints of what is done."""
    for spec in finished:
        forget(folder, spec)
    for draft in folder.glob(f".*{files.DRAFT}"):
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _hash(state: State) -> str:
    return hashlib.sha256(msgspec.json.encode(state, order="sorted")).hexdigest()

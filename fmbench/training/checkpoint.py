"""Checkpoints: a long cell goes on after its last finished epoch, bit by bit as if never stopped.

Tensors are in safetensors and the rest in JSON: nothing in a checkpoint is ever run. One that is
damaged, or of another machine or version, whose bits might come out otherwise, is left unused.
"""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from fmbench import files
from fmbench.record import Epoch
from fmbench.spec import RunSpec

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
    """Since the first step, without the time between being stopped and going on."""


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
        # Tied weights are one tensor under two names, which safetensors would refuse.
        content = save({n: t.detach().clone().contiguous() for n, t in tensors.items()})
        state = State(
            identity={**self.identity, "path": path},
            tensors=hashlib.sha256(content).hexdigest(),
            curve=curve,
            best_epoch=best_epoch,
            time_to_best_s=time_to_best_s,
            elapsed_s=elapsed_s,
        )
        files.make(self.folder)
        of_tensors = self._tensors(state)
        files.write(of_tensors, content)
        sealed = Sealed(_hash(state), state)
        files.write(self.folder / f"{self.name}.json", msgspec.json.encode(sealed))
        for older in self.folder.glob(f"{self.name}-*.safetensors"):
            if older != of_tensors:
                older.unlink(missing_ok=True)

    def load(self, *, path: str) -> tuple[State, dict[str, Tensor]] | None:
        """Return what was saved, if there is anything that this run may go on from."""
        file = self.folder / f"{self.name}.json"
        try:
            if not file.exists():
                return None
            sealed = msgspec.json.decode(file.read_bytes(), type=Sealed)
            state = sealed.state
            content = self._tensors(state).read_bytes()
        except (OSError, ValueError, RecursionError) as error:
            self.unused(f"it cannot be read: {type(error).__name__}")
            return None
        if (sealed.sha256, state.tensors) != (_hash(state), hashlib.sha256(content).hexdigest()):
            self.unused("it is damaged")
            return None
        wanted = {**self.identity, "path": path}
        if state.identity != wanted:
            keys = sorted(wanted.keys() | state.identity.keys())
            other = [key for key in keys if state.identity.get(key) != wanted.get(key)]
            self.unused(f"it is of another {', '.join(other)}")
            return None
        try:
            tensors = load(content)
        except (KeyError, ValueError, SafetensorError):
            self.unused("its tensors are none")
            return None
        return state, tensors

    def unused(self, why: str) -> None:
        """Say that a checkpoint is left alone."""
        log.warning("the checkpoint of %s is not used: %s", self.name, why)

    def _tensors(self, state: State) -> Path:
        if not set(state.tensors) <= set("0123456789abcdef"):
            raise ValueError("the name of the tensors' file is none")
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

"""What every executor keeps to: specs go in, and whatever goes wrong comes out as an outcome."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from fmbench.harness import Setting
from fmbench.record import Record
from fmbench.spec import RunSpec


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a cell."""

    record: Record
    logits: bytes | None = None
    """The test logits, float32 little endian."""
    valid: bytes | None = None
    """The validation logits, alike."""


class Executor(Protocol):
    """What runs cells, such as the processes of one machine."""

    def get_ready(self) -> None:
        """Begin with what takes a while and depends on no spec; called where cells will run.

        Raises:
            OSError: It cannot begin; the first cell will tell of it.
        """

    def run(
        self, specs: Sequence[RunSpec], setting: Setting, plugins: Sequence[Path]
    ) -> Generator[Outcome]:
        """Run every spec once, as many side by side as `setting` says; yield outcomes as they come.

        No error of a cell ends the others. When the caller stops early, so does all that runs.
        """

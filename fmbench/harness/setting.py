"""The setting of cells: where they run and how many, which is not part of their case."""

from dataclasses import dataclass, field
from pathlib import Path

from fmbench.data import Where


@dataclass(frozen=True, slots=True)
class Setting:
    """Where cells run and how many side by side, which is not part of their case."""

    where: Where = field(default_factory=Where)
    device: str = "cpu"
    threads: int = 1
    jobs: int = 1
    """Cells side by side on this machine."""
    timeout: float | None = None
    """Wall seconds that a cell may take; None: as many as it likes."""
    unfinished: Path | None = None
    """The folder that long cells keep checkpoints in; None: they keep none."""

"""Where cells run, none of which decides what comes of them."""

from dataclasses import dataclass, field
from pathlib import Path

from fmbench.data import Where


@dataclass(frozen=True, slots=True)
class Setting:
    """Where cells run, none of which decides what comes of them."""

    where: Where = field(default_factory=Where)
    device: str = "cpu"
    threads: int = 1
    jobs: int = 1
    """Cells side by side on this machine."""
    timeout: float | None = None
    """Wall seconds that a cell may take; None: as many as it likes."""
    unfinished: Path | None = None
    """Where long cells keep how far they have come; None: nowhere."""

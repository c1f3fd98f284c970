"""Progress on stderr, for a person who watches; nothing where nobody does."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from fmbench.printable import printable
from fmbench.record import Record


class Bars:
    """What is told how far work is: called for each record, and for what is read before."""

    def __init__(self, bar: Progress, what: str) -> None:
        self._bar = bar
        self._records = bar.add_task(what, total=None, last="")
        self._rows: TaskID | None = None

    def __call__(self, done: int, total: int, record: Record) -> None:
        """Show how many records there are, of how many, and which came last."""
        last = f"{record.spec.name} seed {record.spec.seed}: {record.status}"
        self._bar.update(self._records, completed=done, total=total, last=printable(last))

    def reading(self, rows: int, share: float | None) -> None:
        """Show how much of a table has been read; in rows, and of all where that is known."""
        if self._rows is None:
            self._rows = self._bar.add_task("reading", last="")
        total = rows / share if share else None
        self._bar.update(self._rows, completed=rows, total=total, last=f"{rows:,} rows")


@contextmanager
def progress(what: str) -> Iterator[Bars]:
    """Show how many records there are and how long the rest will take."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[last]}", markup=False),
    )
    bar = Progress(*columns, console=console, disable=not console.is_terminal, transient=True)
    with bar:
        yield Bars(bar, what)

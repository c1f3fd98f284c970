"""Progress on stderr, for a person who watches; nothing where nobody does."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from fmbench.printable import printable
from fmbench.record import Record, Watch


@contextmanager
def progress(what: str) -> Iterator[Watch]:
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
        task = bar.add_task(what, total=None, last="")

        def watch(done: int, total: int, record: Record) -> None:
            last = f"{record.spec.name} seed {record.spec.seed}: {record.status}"
            bar.update(task, completed=done, total=total, last=printable(last))

        yield watch

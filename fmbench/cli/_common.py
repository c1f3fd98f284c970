"""What several verbs share: flags that mean the same everywhere."""

import argparse
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from fmbench.errors import NOTE, EnvironmentFault, StoreError, UnknownName, shown
from fmbench.printable import printable

if TYPE_CHECKING:
    from fmbench.api.reports import Damage

log = logging.getLogger("fmbench")

FORMATS = ("table", "md", "csv", "json", "latex", "html")


def put(text: str, end: str = "\n") -> None:
    """Write a result to standard output, and at once, so that what goes wrong goes wrong here.

    Raises:
        EnvironmentFault: It is closed, full, gone, or has no such letters.
    """
    if sys.stdout is None:
        raise EnvironmentFault("standard output is closed")
    try:
        print(text, end=end, flush=True)
    except OSError as error:
        sys.stdout = None  # or the interpreter tries once more at its end
        raise EnvironmentFault(f"standard output cannot be written: {error.strerror}") from error
    except UnicodeEncodeError as error:
        letter = ascii(error.object[error.start])
        raise EnvironmentFault(
            f"standard output cannot be written: {error.encoding} has no {letter}",
            hint="PYTHONIOENCODING=utf-8",
        ) from error


def write(path: Path, text: str) -> None:
    """Write a result to a file, in place of what it holds.

    Raises:
        EnvironmentFault: It cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(f"{shown(path)} cannot be written: {error.strerror}") from error


def tell(line: str) -> None:
    """Write a line to standard error; where that is closed or full, the exit code has to do.

    What it quotes may be anybody's: nothing in it is for a terminal or a CI runner.
    """
    if sys.stderr is not None:
        indent = line[: len(line) - len(line.lstrip(" "))]
        with suppress(OSError):
            print(indent + printable(line), file=sys.stderr, flush=True)


class Formatter(logging.Formatter):
    """Writes a warning or a note as `tell` does."""

    def format(self, record: logging.LogRecord) -> str:
        """Return one plain line."""
        return printable(super().format(record))


def add_format(parser: argparse.ArgumentParser, formats: Sequence[str] = FORMATS) -> None:
    """Add `--format`."""
    kind = one_of("format", formats)
    parser.add_argument(
        "--format", type=kind, default="table", metavar="|".join(formats), help="how to show it"
    )


def one_of(kind: str, names: Iterable[str]) -> Callable[[str], str]:
    """Return an argparse type that accepts these names and suggests the nearest for any other."""
    known = tuple(names)

    def check(text: str) -> str:
        if text not in known:
            raise UnknownName(kind, text, known)
        return text

    return check


class _Former(argparse.Action):
    """Takes an option by the name that it had before, and says which one it has now."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option: str | None = None,
    ) -> None:
        """Store the value where that of the new name goes."""
        log.log(NOTE, "%s is now called --%s", option, self.dest)
        setattr(namespace, self.dest, values)


def add_former(parser: argparse.ArgumentParser, former: str, name: str) -> None:
    """Add the former name of an option, which help leaves out."""
    parser.add_argument(
        former,
        action=_Former,
        dest=name.removeprefix("--"),
        help=argparse.SUPPRESS,
        default=argparse.SUPPRESS,
    )


def add_data_dir(parser: argparse.ArgumentParser) -> None:
    """Add `--data-dir`."""
    parser.add_argument(
        "--data-dir",
        type=Path,
        metavar="DIR",
        help="where the raw files are; else $FMBENCH_DATA, the cache, the network",
    )


def add_plugins(parser: argparse.ArgumentParser) -> None:
    """Add `--plugin`."""
    parser.add_argument(
        "--plugin",
        type=Path,
        action="append",
        default=[],
        metavar="FILE.py",
        help="a file that registers models or datasets of your own (may be given more than once)",
    )


def load_plugins(paths: list[Path]) -> None:
    """Register what the user's own files offer."""
    from fmbench.registry import load_plugin

    for path in paths:
        load_plugin(path)


def damage(root: Path, damages: "Sequence[Damage]") -> int:
    """Name what is damaged in a store whose other records were shown; return the exit code."""
    if not damages:
        return 0
    for each in damages:
        log.warning("%s", each.why)
    log.warning("the others are shown; `fmbench doctor %s --repair` sets these aside", root)
    return StoreError.exit_code

"""Registry: names in, builders out. One class serves models, datasets and baselines."""

import importlib
import importlib.util
import inspect
import logging
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.machinery import SourceFileLoader
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType
from typing import Any, Generic, TypeVar

from fmbench.errors import UnknownName, UsageError
from fmbench.space import Range, Space

log = logging.getLogger("fmbench")

T = TypeVar("T", bound=Callable[..., Any])

NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
"""What a name may look like: it becomes part of file names, on every system."""


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """One registered thing and what is said about it in listings."""

    name: str
    build: T
    about: Mapping[str, str | int] = field(default_factory=dict)
    space: Space = field(default_factory=dict)
    """The ranges that tuning may try; empty where there is nothing to tune."""

    @property
    def summary(self) -> str:
        """The first paragraph of its own docstring; that of a base class says nothing of it."""
        return " ".join((self.build.__doc__ or "").strip().partition("\n\n")[0].split())

    @property
    def notes(self) -> dict[str, str]:
        """The paragraphs of its docstring that begin with a word and a colon, by that word."""
        found = {}
        for paragraph in inspect.cleandoc(self.build.__doc__ or "").split("\n\n")[1:]:
            word, colon, text = " ".join(paragraph.split()).partition(": ")
            if colon and word.isalpha():
                found[word.lower()] = text
        return found

    @property
    def defaults(self) -> dict[str, Any]:
        """The builder's keyword-only arguments: the one place where defaults are written."""
        parameters = inspect.signature(self.build).parameters.values()
        return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


class Registry(Mapping[str, Entry[T]]):
    """A mapping of names to entries that refuses duplicates and helps with typing errors."""

    def __init__(self, kind: str, shared: Space | None = None) -> None:
        """Name the kind of thing, and the ranges beside arguments that all of them share."""
        self.kind = kind
        self._shared: Space = shared or {}
        self._entries: dict[str, Entry[T]] = {}

    def register(
        self, name: str, space: Space | None = None, /, **about: str | int
    ) -> Callable[[T], T]:
        """Return a decorator that registers what it decorates under `name`.

        Without a `space`, tuning searches what all things of this kind share.

        Raises:
            UsageError: The name is taken or cannot be a file name, an argument has no default, or
                the space has an unknown key.
        """
        if not NAME.fullmatch(name):
            raise UsageError(
                f"{self.kind} name {name!r} cannot be a file name; expected up to 64 of a-z, 0-9, "
                "_, . and -, a letter or digit first"
            )

        def decorate(build: T) -> T:
            if name in self._entries:
                raise UsageError(f"{self.kind} {name!r} is registered twice; names are unique")
            entry = Entry(name, build, about, self._shared if space is None else space)
            for argument, default in entry.defaults.items():
                if default is inspect.Parameter.empty:
                    raise UsageError(f"{self.kind} {name!r} has no default for {argument!r}")
            self._check_space(entry)
            self._entries[name] = entry
            return build

        return decorate

    def _check_space(self, entry: Entry[T]) -> None:
        known = [*self._shared, *entry.defaults]
        for key, values in entry.space.items():
            if key not in known:
                raise UnknownName(f"{entry.name} search key", key, known)
            if not isinstance(values, Range):
                raise UsageError(
                    f"{self.kind} {entry.name!r} searches {key} over {values!r}; expected a "
                    "Choice, Uniform or LogUniform"
                )

    def __getitem__(self, name: str) -> Entry[T]:
        try:
            return self._entries[name]
        except KeyError:
            raise UnknownName(self.kind, name, self._entries) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def resolve(self, name: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """Return the builder's defaults overlaid with `args`; an unknown argument is an error."""
        defaults = self[name].defaults
        for key in args:
            if key not in defaults:
                raise UnknownName(f"{name} argument", key, defaults)
        return {**defaults, **args}


def import_modules(package: str, path: list[str]) -> None:
    """Import every module of `package` without a leading underscore, so that it registers."""
    for module in sorted(m.name for m in pkgutil.iter_modules(path) if m.name[0] != "_"):
        importlib.import_module(f"{package}.{module}")


def load_entry_points(group: str) -> None:
    """Import what installed packages offer in `group`.

    A broken one is a warning: it must not take the command down with it.
    """
    for point in entry_points(group=group):
        try:
            point.load()
        except Exception as error:
            log.warning("plugin %s (%s) does not load: %s", point.name, point.value, _line(error))


class _Source(SourceFileLoader):
    """Runs the file that was named, and no bytecode that lies in a folder beside it."""

    def get_code(self, fullname: str) -> CodeType:
        """Compile the source."""
        return self.source_to_code(self.get_data(self.path), self.path)


def load_plugin(path: Path) -> None:
    """Run a Python file that registers models or datasets.

    Raises:
        UsageError: The file is missing, or fails while it runs.
    """
    name = f"fmbench_plugin_{path.stem}"
    spec = importlib.util.spec_from_loader(name, _Source(name, str(path)))
    if path.suffix != ".py" or not _is_file(path) or spec is None or spec.loader is None:
        raise UsageError(f"plugin {str(path)!r} is missing or not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:  # a script that ends itself must not end the run
        del sys.modules[name]
        raise UsageError(f"plugin {str(path)!r} fails: {_line(error)}") from error


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long
        return False


def _line(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())

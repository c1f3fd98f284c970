"""The datasets, and where their raw files come from."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fmbench.data.table import Table
from fmbench.errors import UsageError
from fmbench.registry import Registry

Builder = Callable[..., Table]
B = TypeVar("B", bound=Builder)


WHOLE = ("columns", "full")
"""The choices of `fields` that read all columns there are, and the files of metadata with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A dataset's raw files: their names, their hashes, and where they are fetched from."""

    files: Mapping[str, str | None] = field(default_factory=dict)
    """Name to checksum of files that are always read; the first is looked for. A checksum is a
    SHA-256, or `md5:` and an MD5 where its publisher gives only that; None: it is not known."""
    metadata: Mapping[str, str | None] = field(default_factory=dict)
    """Name to checksum of files that are read for the `fields` of `WHOLE` alone."""
    url: str = ""
    """The folder that the files are fetched from, ending in a slash; empty: never fetched."""
    is_declared: bool = False
    """Whether its builder also takes a hash of the files and who is told of the reading, and its
    `file` may be several."""
    archives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Zip file under `url` to the files that it holds; files in none are fetched as they are."""
    checksums: Mapping[str, str] = field(default_factory=dict)
    """Zip file to its checksum, where its publisher gives that of the whole."""
    shared: Mapping[str, Any] = field(default_factory=dict)
    """Other defaults of options that all datasets have."""

    @property
    def all_files(self) -> dict[str, str | None]:
        """Name to checksum of every file."""
        return {**self.files, **self.metadata}

    def main(self, args: Mapping[str, Any]) -> str | None:
        """Return the file that a dataset cannot be read without; None for a generated dataset."""
        return next(iter(self.reads(args)), None)

    def reads(self, args: Mapping[str, Any]) -> dict[str, str | None]:
        """Return name to checksum of the files that a load with resolved `args` reads."""
        is_whole = args["fields"] in WHOLE
        if self.is_declared:
            sides = (*self.metadata, *(args.get("join") or ())) if is_whole else ()
            return {name: self.all_files.get(name) for name in [*self.tables(args), *sides]}
        always = {args["file"]: None} if "file" in args else self.files
        return {**always, **(self.metadata if is_whole else {})}

    def tables(self, args: Mapping[str, Any]) -> list[str]:
        """Return the files that a load with resolved `args` reads rows from."""
        if self.is_declared:
            return args["file"] if isinstance(args["file"], list) else [args["file"]]
        return [*self.reads(args)]


DATASETS: Registry[Builder] = Registry("dataset")
SOURCES: dict[str, Source] = {}


def register_dataset(
    name: str,
    *,
    files: Mapping[str, str | None] | None = None,
    metadata: Mapping[str, str | None] | None = None,
    archives: Mapping[str, tuple[str, ...]] | None = None,
    checksums: Mapping[str, str] | None = None,
    url: str = "",
    is_declared: bool = False,
    shared: Mapping[str, Any] | None = None,
    **about: str | int,
) -> Callable[[B], B]:
    """Return a decorator that registers `function(folder, *, option=default, ...) -> Table`.

    `folder` holds the files of `Source` (for a dataset without files it means nothing). What the
    function declares as keyword-only arguments are options of the dataset, with their defaults; a
    shared option that it declares gets another default, as `label="rate>3"` for up to five stars.
    Three names mean more: who declares `fields` may leave out columns that `fields=ids` does not
    need; who declares `rows` makes that many rows itself, instead of having the first ones taken;
    who declares `file` lets its main file be named. `about` (licence, paper, year, and the `home`
    where it is to be had) is for listings.
    """
    source = Source(
        files=files or {},
        metadata=metadata or {},
        archives=archives or {},
        checksums=checksums or {},
        url=url,
        is_declared=is_declared,
        shared=shared or {},
    )

    def decorate(function: B) -> B:
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind is parameter.KEYWORD_ONLY and parameter.default is parameter.empty:
                raise UsageError(f"option {parameter.name!r} of dataset {name!r} has no default")
        DATASETS.register(name, **({"url": url} if url else {}), **about)(function)
        SOURCES[name] = source
        return function

    return decorate

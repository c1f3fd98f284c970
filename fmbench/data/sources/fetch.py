"""Fetching: raw files from where their authors published them into the cache."""

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from fmbench.data.readers.unzip import extract
from fmbench.data.registry import DATASETS, SOURCES, Source
from fmbench.data.sources.hashes import MD5, algorithm, difference, written
from fmbench.data.sources.where import NO_FOLDER, Where, find_file
from fmbench.errors import DataError, EnvironmentFault, shown
from fmbench.files import lock_file

log = logging.getLogger("fmbench")

LARGEST_DOWNLOAD = 1 << 30
_TIMEOUT = (3, 30)
"""Seconds to connect, and without a byte."""
_CHUNK = 1 << 16


def fetch(name: str, where: Where) -> Path:
    """Download, verify and cache what the cache does not hold yet; return the folder.

    An interruption leaves whole files or none, and the next call goes on with the rest.

    Raises:
        UnknownName: No dataset has this name.
        DataError: There is no network, or what it holds is not the published file.
        EnvironmentFault: The cache cannot be written.
    """
    DATASETS[name]
    files = SOURCES[name].files
    return _fetch(name, next(iter(files)), where) if files else NO_FOLDER


def locate(name: str, main: str | None, where: Where) -> Path:
    """Return the folder that holds `main`, the dataset's main file, fetched if need be.

    Raises:
        As `fetch`.
    """
    found = find_file(name, main, where)
    return _fetch(name, str(main), where) if found is None else found


def _fetch(name: str, main: str, where: Where) -> Path:
    source, folder = SOURCES[name], where.fetched(name)
    looked = ", ".join(shown(place) for place in where.folders(name)) or "no folder was named"
    hint = (
        f"set FMBENCH_DATA to a folder that holds {name}/{main}, or pass --data-dir "
        f"(looked in: {looked})"
    )
    if not source.url:
        home = DATASETS[name].about.get("home")
        way = f"; expected it as {home} has it, which fmbench does not fetch from" if home else ""
        raise DataError(f"{name}: there is no file {main}{way}", hint)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with lock_file(folder.parent / f"{name}.lock"):
            _fetch_missing(source, folder, hint)
    except OSError as error:
        raise EnvironmentFault(
            f"{shown(folder)}: cannot be written: {error.strerror or error}",
            "FMBENCH_CACHE names another folder for the cache",
        ) from None
    return folder


def _fetch_missing(source: Source, folder: Path, hint: str) -> None:
    archived = {file for files in source.archives.values() for file in files}
    for file, pin in source.all_files.items():
        if file not in archived:
            _download(source.url + file, folder / file, pin, hint)
    for archive, files in source.archives.items():
        if not all((folder / file).is_file() for file in files):
            with TemporaryDirectory(dir=folder, prefix=".") as place:
                pin = source.checksums.get(archive)
                _download(source.url + archive, Path(place) / archive, pin, hint)
                extract(Path(place) / archive, files, folder)


def _download(url: str, path: Path, pin: str | None, hint: str) -> None:
    import pooch  # with requests 0.1 s: only if need be

    pooch.get_logger().setLevel(logging.WARNING)
    pooch.retrieve(
        url,
        known_hash=pin and f"{algorithm(pin)}:{pin.removeprefix(MD5)}",
        fname=path.name,
        path=path.parent,
        downloader=_downloader(pin, hint),
    )


def _downloader(pin: str | None, hint: str) -> Callable[[str, Any, Any], None]:
    """Return a downloader for pooch, which moves the file into its place when it is whole."""

    def download(url: str, output: Any, _: Any) -> None:
        import requests

        log.info("fetching %s", url)
        try:
            with (
                Path(output).open("wb") as file,
                requests.get(
                    url,
                    stream=True,
                    timeout=_TIMEOUT,
                    allow_redirects=False,
                    headers={"Accept-Encoding": "identity"},
                ) as response,
            ):
                if response.status_code != requests.codes.ok:
                    raise DataError(f"{url} answers {response.status_code}; expected 200", hint)
                how = algorithm(pin)
                digest = hashlib.new(how)
                _copy(response.iter_content(_CHUNK), file, url, digest.update)
        except requests.RequestException as error:
            raise DataError(f"{url} cannot be fetched ({type(error).__name__})", hint) from None
        found = written(digest.hexdigest(), how)
        if pin not in (None, found):
            raise DataError(f"{url} gives {difference(found, str(pin))}, the published file")

    return download


def _copy(chunks: Any, file: BinaryIO, url: str, note: Callable[[bytes], None]) -> None:
    """Write the chunks, each of which is noted."""
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > LARGEST_DOWNLOAD:
            raise DataError(f"{url} is larger than {LARGEST_DOWNLOAD} bytes; not fetched")
        note(chunk)
        file.write(chunk)

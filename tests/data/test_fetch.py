"""Finding and fetching: places in order, a loopback server, interruptions."""

import hashlib
import io
import threading
import time
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fmbench.data import Where, fetch, find, load
from fmbench.data.registry import SOURCES, Source
from fmbench.data.sources.raw import open_raw
from fmbench.errors import DataError, EnvironmentFault, UnknownName

RATES = b"user,movie,rate,time\n1,2,3,1500000000\n"
MOVIES = b"movie\ttitle\ttitle_eng\tyear\tgrade\n"


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Server:
    """A loopback server: path to content; counts what is asked for."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.status: dict[str, int] = {}
        self.cut: set[str] = set()
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rsplit("/", 1)[-1]
                server.asked.append(name)
                content = server.content.get(name, b"")
                self.send_response(server.status.get(name, 200 if name in server.content else 404))
                self.send_header("Location", f"{server.url}elsewhere")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content[: len(content) // 2] if name in server.cut else content)

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_port}/"
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.delenv("FMBENCH_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    server = Server()
    server.content = {"rates.csv": RATES, "movies.txt": MOVIES}
    source = Source(
        files={"rates.csv": sha256(RATES)}, metadata={"movies.txt": sha256(MOVIES)}, url=server.url
    )
    monkeypatch.setitem(SOURCES, "kmrd-small", source)
    yield server
    server.http.shutdown()
    server.http.server_close()


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if not path.name.endswith(".lock"))


def test_places_in_order(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FMBENCH_DATA", raising=False)
    monkeypatch.setitem(SOURCES, "kmrd-small", Source(files={"rates.csv": None}, url="http://x/"))
    assert find("kmrd-small", Where()) is None
    places = [cache / "raw" / "kmrd-small", tmp_path / "env" / "kmrd-small", tmp_path / "flag",
              tmp_path / "flag" / "kmrd-small"]  # fmt: skip
    monkeypatch.setenv("FMBENCH_DATA", str(tmp_path / "env"))
    (tmp_path / "flag").mkdir()
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
        (place / "rates.csv").write_bytes(RATES)
        assert find("kmrd-small", Where(tmp_path / "flag")) == place
    assert find("kmrd-small", Where()) == tmp_path / "env" / "kmrd-small"
    assert find("kmrd-synth", Where()) is not None
    with pytest.raises(DataError, match=r"--data-dir .*gone: no such folder"):
        find("kmrd-small", Where(tmp_path / "gone"))
    with pytest.raises(UnknownName):
        find("kmrd", Where())


def test_fetched_once_and_found_then(server: Server, cache: Path) -> None:
    assert find("kmrd-small", Where()) is None
    folder = fetch("kmrd-small", Where())
    assert folder == cache / "raw" / "kmrd-small" == find("kmrd-small", Where())
    assert files_in(cache / "raw") == ["kmrd-small", "movies.txt", "rates.csv"]
    assert (folder / "rates.csv").read_bytes() == RATES
    assert fetch("kmrd-small", Where()) == folder
    assert server.asked == ["rates.csv", "movies.txt"]


def test_half_a_fetch_is_no_fetch_and_goes_on(server: Server, cache: Path) -> None:
    del server.content["movies.txt"]
    with pytest.raises(DataError, match=r"movies.txt answers 404; expected 200") as caught:
        fetch("kmrd-small", Where())
    assert "FMBENCH_DATA" in caught.value.hint
    assert "--data-dir" in caught.value.hint
    assert find("kmrd-small", Where()) is None
    server.content["movies.txt"] = MOVIES
    fetch("kmrd-small", Where())
    assert server.asked == ["rates.csv", "movies.txt", "movies.txt"]


def test_a_damaged_file_in_the_cache_is_fetched_anew(server: Server) -> None:
    folder = fetch("kmrd-small", Where())
    (folder / "rates.csv").write_bytes(RATES[:-5])
    with pytest.raises(DataError, match=r"has SHA-256 .*; expected") as caught:
        load("kmrd-small", {}, Where())
    assert "fmbench data fetch kmrd-small" in caught.value.hint
    fetch("kmrd-small", Where())
    assert (folder / "rates.csv").read_bytes() == RATES


def test_another_file_than_the_published_one(server: Server, cache: Path) -> None:
    server.content["rates.csv"] = b"tampered"
    with pytest.raises(DataError) as caught:
        fetch("kmrd-small", Where())
    assert caught.value.exit_code == 3
    assert f"SHA-256 {sha256(b'tampered')[:16]}…; expected {sha256(RATES)[:16]}…" in str(
        caught.value
    )
    assert files_in(cache / "raw") == ["kmrd-small"]


def test_own_file_in_the_place_of_a_published_one(server: Server, tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_bytes(RATES + RATES)
    with pytest.raises(DataError) as caught:
        load("kmrd-small", {}, Where(tmp_path))
    assert str(tmp_path / "rates.csv") in str(caught.value)
    assert f"has SHA-256 {sha256(RATES + RATES)[:16]}…" in str(caught.value)
    assert f"expected {sha256(RATES)[:16]}…" in str(caught.value)
    assert caught.value.hint == "for your own ratings use the dataset 'ratings'"
    assert server.asked == []


def test_connection_lost(server: Server, cache: Path) -> None:
    server.cut = {"rates.csv"}
    with pytest.raises(DataError, match=r"rates.csv cannot be fetched \(ChunkedEncodingError\)"):
        fetch("kmrd-small", Where())
    assert files_in(cache / "raw") == ["kmrd-small"]


@pytest.mark.parametrize(
    "interruption", [KeyboardInterrupt, OSError(28, "No space left on device")]
)
def test_interruption_leaves_nothing(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, interruption: BaseException
) -> None:
    def interrupted(chunks: Iterator[bytes], file: io.BufferedWriter, *_: object) -> None:
        file.write(next(chunks)[:10])
        raise interruption

    with monkeypatch.context() as patch:
        patch.setattr("fmbench.data.sources.fetch._copy", interrupted)
        with pytest.raises((KeyboardInterrupt, EnvironmentFault)):
            fetch("kmrd-small", Where())
    assert files_in(cache / "raw") == ["kmrd-small"]
    assert fetch("kmrd-small", Where()).is_dir()


def test_redirects_are_not_followed(server: Server) -> None:
    server.status["rates.csv"] = 302
    with pytest.raises(DataError, match=r"rates.csv answers 302; expected 200"):
        fetch("kmrd-small", Where())
    assert server.asked == ["rates.csv"]


def test_size_is_capped(server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fmbench.data.sources.fetch.LARGEST_DOWNLOAD", 10)
    with pytest.raises(DataError, match=r"rates.csv is larger than 10 bytes; not fetched"):
        fetch("kmrd-small", Where())
    assert files_in(cache / "raw") == ["kmrd-small"]


def test_no_network_fails_fast_and_helps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FMBENCH_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    source = Source(files={"rates.csv": None}, url="http://127.0.0.1:9/")
    monkeypatch.setitem(SOURCES, "kmrd-small", source)
    start = time.monotonic()
    with pytest.raises(
        DataError, match=r"rates.csv cannot be fetched \(ConnectionError\)"
    ) as caught:
        load("kmrd-small", {}, Where())
    assert time.monotonic() - start < 3
    assert caught.value.exit_code == 3
    assert caught.value.hint == (
        "set FMBENCH_DATA to a folder that holds kmrd-small/rates.csv, or pass --data-dir "
        "(looked in: no folder was named)"
    )


def test_cache_that_cannot_be_written(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FMBENCH_CACHE", str(tmp_path / "file"))
    with pytest.raises(
        EnvironmentFault, match="kmrd-small: cannot be written: Not a directory"
    ) as caught:
        fetch("kmrd-small", Where())
    assert caught.value.exit_code == 6
    assert "FMBENCH_CACHE" in caught.value.hint


def test_what_is_never_fetched(where: Where) -> None:
    with pytest.raises(DataError, match=r"ratings: there is no file mine.csv") as caught:
        load("ratings", {"file": "mine.csv"}, where)
    assert "pass --data-dir" in caught.value.hint
    assert f"(looked in: {where.data_dir}" in caught.value.hint
    with pytest.raises(DataError, match=r"ratings: there is no file rates.csv") as caught:
        fetch("ratings", Where())
    assert "no folder was named" in caught.value.hint
    assert fetch("kmrd-synth", where) == find("kmrd-synth", where)


def test_archives_are_unpacked_and_forgotten(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("folder/rates-2m.csv", RATES)
        archive.writestr("folder/other", b"?")
    server.content["rates-2m.zip"] = made.getvalue()
    source = Source(
        files={"rates-2m.csv": None}, archives={"rates-2m.zip": ("rates-2m.csv",)}, url=server.url
    )
    monkeypatch.setitem(SOURCES, "kmrd-2m", source)
    folder = fetch("kmrd-2m", Where())
    assert files_in(folder) == ["rates-2m.csv"]
    assert (folder / "rates-2m.csv").read_bytes() == RATES
    fetch("kmrd-2m", Where())
    assert server.asked == ["rates-2m.zip"]
    server.content["rates-2m.zip"] = b"<html>"
    (folder / "rates-2m.csv").unlink()
    with pytest.raises(DataError, match=r"rates-2m.zip cannot be read as a zip archive"):
        fetch("kmrd-2m", Where())
    assert files_in(folder) == []


@pytest.mark.parametrize("kind", ["", "md5:"])
def test_checksums_of_archives_and_files(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    def checksum(content: bytes) -> str:
        return kind + (hashlib.md5 if kind else hashlib.sha256)(content).hexdigest()

    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("ml-2m/rates-2m.csv", RATES)
    server.content |= {"rates-2m.zip": made.getvalue(), "movies.txt": MOVIES}
    source = Source(
        files={"rates-2m.csv": checksum(RATES), "movies.txt": checksum(MOVIES)},
        archives={"rates-2m.zip": ("rates-2m.csv",)},
        checksums={"rates-2m.zip": checksum(made.getvalue())},
        url=server.url,
    )
    monkeypatch.setitem(SOURCES, "kmrd-2m", source)
    folder = fetch("kmrd-2m", Where())
    assert files_in(folder) == ["movies.txt", "rates-2m.csv"]
    open_raw("kmrd-2m", {}, Where())
    for name, content in (("movies.txt", MOVIES), ("rates-2m.zip", made.getvalue())):
        (folder / {"rates-2m.zip": "rates-2m.csv"}.get(name, name)).unlink()
        server.content[name] = content + b"?"
        with pytest.raises(DataError) as caught:
            fetch("kmrd-2m", Where())
        found, wanted = (
            checksum(of).removeprefix(kind)[:16] for of in (server.content[name], content)
        )
        said = f"{name} gives {'MD5' if kind else 'SHA-256'} {found}…; expected {wanted}…"
        assert said in str(caught.value)
        server.content[name] = content
        fetch("kmrd-2m", Where())
    (folder / "rates-2m.csv").write_bytes(RATES + b"0,1,5,1500000000\n")
    with pytest.raises(DataError, match=r"rates-2m.csv has (MD5|SHA-256) .*; expected"):
        open_raw("kmrd-2m", {}, Where())


def test_files_that_change_while_they_are_read(
    where: Where, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fmbench.data.datasets import _kmrd

    original = _kmrd.read_integers

    def grown(path: Path, columns: dict[str, _kmrd.Integer]) -> object:
        found = original(path, columns)
        with path.open("a") as file:
            file.write("1,2,3,1500000000\n")
        return found

    monkeypatch.setattr(_kmrd, "read_integers", grown)
    with pytest.raises(DataError, match=r"rates.csv: changed while it was read; try again"):
        load("ratings", {}, where)


def test_every_address_is_https() -> None:
    urls = [source.url for source in SOURCES.values() if source.url]
    assert urls
    assert [url for url in urls if not url.startswith("https://")] == []

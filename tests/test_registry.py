"""Names in, builders out; what is wrong with a name or a plugin is said in one line."""

import logging
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from fmbench import registry
from fmbench.errors import UnknownName, UsageError
from fmbench.models import MODELS
from fmbench.registry import Registry, load_entry_points, load_plugin


@pytest.fixture
def shelf() -> Registry[Callable[..., int]]:
    """Return a registry with one thing in it."""
    shelf: Registry[Callable[..., int]] = Registry("thing")

    @shelf.register("deep_one", paper="https://example.org", year=2010)
    def deep_one(first: int, *, size: int = 3, kind: str = "a") -> int:
        """Return first
        and size.

        More of it.
        """
        return first + size

    return shelf


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Let a test register models that no other test sees."""
    monkeypatch.setattr(MODELS, "_entries", dict(MODELS._entries))
    monkeypatch.setattr(sys, "modules", dict(sys.modules))
    return MODELS


def test_an_entry_knows_what_listings_say(shelf: Registry) -> None:
    entry = shelf["deep_one"]
    assert (entry.name, entry.build(1)) == ("deep_one", 4)
    assert entry.about == {"paper": "https://example.org", "year": 2010}
    assert entry.summary == "Return first and size."
    assert entry.defaults == {"size": 3, "kind": "a"}


def test_an_entry_without_docstring_does_not_borrow_its_base_class_s(shelf: Registry) -> None:
    class Base:
        """The base."""

    shelf.register("bare")(type("Bare", (Base,), {}))
    assert shelf["bare"].summary == ""


def test_a_registry_is_a_mapping_in_order_of_registration(shelf: Registry) -> None:
    shelf.register("another")(lambda: 0)
    assert list(shelf) == ["deep_one", "another"]
    assert len(shelf) == 2
    assert "deep_one" in shelf
    assert "other" not in shelf


def test_a_name_is_taken_once(shelf: Registry) -> None:
    with pytest.raises(UsageError, match="thing 'deep_one' is registered twice"):
        shelf.register("deep_one")(lambda: 0)
    assert shelf["deep_one"].build(1) == 4


@pytest.mark.parametrize("name", ["a", "0", "kmrd-2m", "wide_deep", "v1.2", "x" * 64])
def test_a_name_that_can_be_a_file_name_is_taken(shelf: Registry, name: str) -> None:
    shelf.register(name)(lambda: 0)
    assert name in shelf


@pytest.mark.parametrize(
    "name", ["", "FM", "../fm", "a/b", "a b", ".a", "-a", "_a", "é", "a\n", "x" * 65]
)
def test_a_name_that_cannot_be_a_file_name_is_refused(shelf: Registry, name: str) -> None:
    with pytest.raises(UsageError, match=r"^thing name ") as caught:
        shelf.register(name)(lambda: 0)
    assert repr(name) in str(caught.value)
    assert list(shelf) == ["deep_one"]


def test_an_argument_without_default_is_refused(shelf: Registry) -> None:
    def build(first: int, *, size: int) -> int:
        return first

    with pytest.raises(UsageError, match="thing 'bad' has no default for 'size'"):
        shelf.register("bad")(build)
    assert "bad" not in shelf


@pytest.mark.parametrize("name", ["deepone", "deep-one", "Deep_One", "dep_one"])
def test_an_unknown_name_says_the_nearest_and_all(shelf: Registry, name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        shelf[name]
    assert str(caught.value) == f"unknown thing {name!r}; did you mean 'deep_one'?"
    assert caught.value.hint == "known things: deep_one"
    assert caught.value.exit_code == 2


def test_an_unknown_name_like_no_other_has_no_guess(shelf: Registry) -> None:
    with pytest.raises(UnknownName, match=r"^unknown thing 'zzz'$"):
        shelf["zzz"]


def test_a_name_with_dashes_is_near_to_one_with_dashes() -> None:
    shelf: Registry = Registry("dataset")
    shelf.register("kmrd-2m")(lambda: 0)
    with pytest.raises(UnknownName, match="did you mean 'kmrd-2m'"):
        shelf["kmrd-2mm"]


def test_resolve_lays_arguments_over_defaults(shelf: Registry) -> None:
    assert shelf.resolve("deep_one", {}) == {"size": 3, "kind": "a"}
    assert shelf.resolve("deep_one", {"kind": "b"}) == {"size": 3, "kind": "b"}


@pytest.mark.parametrize("argument", ["sizes", "first"])
def test_resolve_refuses_an_argument_that_is_no_option(shelf: Registry, argument: str) -> None:
    with pytest.raises(UnknownName, match=f"unknown deep_one argument '{argument}'") as caught:
        shelf.resolve("deep_one", {argument: 1})
    assert caught.value.hint == "known deep_one arguments: kind, size"


def test_resolve_of_a_thing_without_options_says_so(shelf: Registry) -> None:
    shelf.register("plain")(lambda: 0)
    with pytest.raises(UnknownName) as caught:
        shelf.resolve("plain", {"size": 1})
    assert caught.value.hint == "known plain arguments: none"


def test_a_plugin_file_registers_its_model(models: Registry, tmp_path: Path) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text(
        "from dataclasses import dataclass\n"
        "from torch import nn\n"
        "from fmbench.models import register_model\n"
        "@dataclass\n"  # looks its own module up by name
        "class Note:\n    text: 'str'\n"
        "@register_model('mine', paper='https://example.org', year=2020)\n"
        "class Mine(nn.Module):\n"
        "    'A model of my own.'\n"
        "    def __init__(self, fields, *, size=3):\n        super().__init__()\n"
    )
    load_plugin(plugin)
    assert models["mine"].summary == "A model of my own."
    assert models.resolve("mine", {}) == {"size": 3}


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise ValueError('two\\n  lines')", "ValueError: two lines"),
        ("import nonesuch", "ModuleNotFoundError: No module named 'nonesuch'"),
        ("def", "SyntaxError: "),
        (
            "from fmbench.models import register_model\n"
            "register_model('fm', paper='', year=1)(object)",
            "UsageError: model 'fm' is registered twice; names are unique",
        ),
    ],
)
def test_a_plugin_that_fails_is_one_line(
    models: Registry, tmp_path: Path, code: str, reason: str
) -> None:
    plugin = tmp_path / "mine.py"
    plugin.write_text(code)
    with pytest.raises(UsageError) as caught:
        load_plugin(plugin)
    message = str(caught.value)
    assert message.startswith(f"plugin {str(plugin)!r} fails: {reason}")
    assert "\n" not in message
    assert "fmbench_plugin_mine" not in sys.modules


@pytest.mark.parametrize("name", ["missing.py", "notes.txt", "folder", "folder.py"])
def test_a_plugin_that_is_no_python_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("x = 1")
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match=r"is missing or not a Python file$"):
        load_plugin(tmp_path / name)


def test_a_broken_package_is_one_line_of_warning_and_the_next_one_loads(
    models: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "broken_package.py").write_text("raise ValueError('no\\ngood')")
    (tmp_path / "good_package.py").write_text("loaded = True")
    monkeypatch.syspath_prepend(tmp_path)
    points = [EntryPoint(n, f"{n}_package", "fmbench.models") for n in ("broken", "good")]
    monkeypatch.setattr(registry, "entry_points", lambda *, group: points)
    with caplog.at_level(logging.WARNING, "fmbench"):
        load_entry_points("fmbench.models")
    assert caplog.messages == ["plugin broken (broken_package) does not load: ValueError: no good"]
    assert sys.modules["good_package"].loaded

"""The command as a whole: how fast it starts, what it loads, how it ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from statistics import median

import pytest

from fmbench import pages
from fmbench.cli import _common, main
from fmbench.cli.main import VERBS

from .conftest import Cli

HEAVY = ("torch", "numpy", "scipy", "pandas", "sklearn", "rich", "requests")


def processor_seconds(*command: str) -> float:
    """Return what a process took of the processor, which a busy machine makes no longer."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_utime + usage.ru_stime


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="this system does not say")
def test_help_is_there_at_once() -> None:
    command = (sys.executable, "-m", "fmbench", "--help")
    assert median(processor_seconds(*command) for _ in range(5)) < 0.3


def loaded(*argv: str) -> set[str]:
    """Return which heavy modules a command loads."""
    code = (
        "import sys\n"
        "from fmbench.cli import main\n"
        "try:\n"
        "    code = main(sys.argv[1:])\n"
        "except SystemExit as end:\n"
        "    code = end.code\n"
        f"print(*{{*{HEAVY}}} & {{*sys.modules}}, file=sys.stderr)\n"
        "sys.exit(code)"
    )
    command = [sys.executable, "-c", code, *argv]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("argv", [("--help",), ("--version",), ("run", "--help")])
def test_help_loads_nothing_heavy(argv: tuple[str, ...]) -> None:
    assert loaded(*argv) == set()


def test_what_shows_results_does_not_load_torch(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    heavy = {"torch", "pandas", "sklearn", "rich", "requests"}
    assert not loaded("list", "metrics") & heavy
    assert not loaded("list", "datasets") & heavy
    assert not loaded("report", str(tmp_path)) & heavy


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([verb, "--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: fmbench {verb} ")
    assert VERBS[verb].DESCRIPTION.splitlines()[0] in out


def test_the_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    out = capsys.readouterr().out
    for verb, module in VERBS.items():
        assert verb in out
        assert module.SUMMARY in out


def test_the_module_is_the_command() -> None:
    script = Path(sys.executable).with_name("fmbench")
    if not script.exists():
        pytest.skip("fmbench is not installed beside this Python")
    outs = {
        subprocess.run([*command, "list", "metrics"], capture_output=True, check=True).stdout
        for command in ([script], [sys.executable, "-m", "fmbench"])
    }
    assert len(outs) == 1


def test_formats_are_those_of_reports() -> None:
    assert pages.FORMATS == _common.FORMATS


@pytest.mark.parametrize("listing", ["models", "datasets", "metrics"])
@pytest.mark.parametrize("format", _common.FORMATS)
def test_listings_have_every_format(listing: str, format: str, cli: Cli) -> None:
    done = cli(f"list {listing} --format {format}")
    assert (done.code, done.err) == (0, "")
    assert {"models": "deepfm", "datasets": "kmrd-small", "metrics": "auc"}[listing] in done.out


def test_debugging_shows_a_traceback(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FMBENCH_DEBUG", "1")
    command = [sys.executable, "-m", "fmbench", "list", "modles"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr.startswith("Traceback")
    assert done.stderr.splitlines()[-1].startswith("fmbench.errors.UnknownName: unknown listing")


def test_a_bug_is_one_line_too(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> int:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr(VERBS["list"], "call", broken)
    cli("list models").refuses(
        70, "error: a bug in fmbench: ZeroDivisionError: two lines\n", "FMBENCH_DEBUG=1"
    )


@pytest.mark.parametrize(("line", "code"), [("list metrics", 0), ("list nothing", 2)])
def test_who_calls_the_command_gets_signals_back_as_they_were(
    line: str, code: int, cli: Cli
) -> None:
    numbers = (signal.SIGINT, signal.SIGTERM)
    for number in numbers:
        signal.signal(number, signal.default_int_handler)
    assert cli(line).code == code
    assert [signal.getsignal(number) for number in numbers] == [signal.default_int_handler] * 2

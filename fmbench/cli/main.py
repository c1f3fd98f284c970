"""The command `fmbench`: its parser, its exit codes, its way of saying what went wrong."""

import argparse
import logging
import os
import platform
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import NoReturn

from fmbench.cli import (
    _common,
    ab,
    ablate,
    check,
    check_model,
    compare,
    data,
    doctor,
    history,
    list_,
    reference,
    report,
    run,
    selftest,
    show,
    tune,
)
from fmbench.errors import NOTE, EnvironmentFault, FmbenchError, UnknownName, UsageError

log = logging.getLogger("fmbench")

VERBS = {
    "run": run,
    "tune": tune,
    "ablate": ablate,
    "list": list_,
    "show": show,
    "report": report,
    "compare": compare,
    "check": check,
    "reference": reference,
    "ab": ab,
    "history": history,
    "selftest": selftest,
    "data": data,
    "check-model": check_model,
    "doctor": doctor,
}

FORMER = {"baseline": "reference"}
"""Verbs by the name that they had before, to the one they have now."""

EXIT_CODES = """exit codes:
  0    done
  1    the check says no: worse, missing, broken or not comparable
  2    usage: a flag, suite or name makes no sense
  3    data: missing, damaged, or not what it should be
  4    some cells failed; the others are stored and shown
  5    the store is damaged or newer than this program
  6    the environment: a full disk, a folder that cannot be written, a noisy machine
  7    inconclusive, under --strict
  70   a bug in fmbench
  130  interrupted (143: terminated); what was finished is kept"""


class Stopped(BaseException):
    """SIGINT or SIGTERM arrived; like KeyboardInterrupt, no business of `except Exception`.

    Python remembers a KeyboardInterrupt that passed through `exec` of a string, as dataclasses use
    it, and then ends by SIGINT even if main has caught it; it does not remember this one.
    """


class _Stop:
    """Handler of SIGINT and SIGTERM: raises, and keeps the number in case that gets lost."""

    def __init__(self) -> None:
        self.came: int | None = None
        self.before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)}
        for number, handler in self.before.items():
            if handler is not signal.SIG_IGN:  # as `nohup` and `&` set it
                signal.signal(number, self)

    def set_back(self) -> None:
        """Leave signals to the caller of the command; where one has ended it, they stay ignored."""
        for number, handler in self.before.items():
            if signal.getsignal(number) is self:
                signal.signal(number, handler)

    def __call__(self, number: int, frame: FrameType | None) -> NoReturn:
        self.came = number
        raise Stopped


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are fmbench's one line and a hint."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage."""
        raise UsageError(message, hint=f"{self.prog} --help")

    def _print_message(self, message: str, file: object = None) -> None:
        """Print help as any result, where argparse would hide that it cannot be written."""
        _common.put(message, end="")


class Version(argparse.Action):
    """Print the version; looked up only when asked for, since that takes as long as all else."""

    def __call__(self, parser: argparse.ArgumentParser, *rest: object) -> NoReturn:
        """Print it and exit."""
        from importlib.metadata import version

        _common.put(f"fmbench {version('fmbench')}")
        parser.exit()


def parser() -> Parser:
    """Return the parser of the whole command."""
    whole = Parser(
        prog="fmbench",
        description="Benchmark factorization models for click and rating prediction.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    whole.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    verbs = whole.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, module in VERBS.items():
        verb = verbs.add_parser(
            name,
            help=module.SUMMARY,
            description=module.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        module.add_arguments(verb)
        verb.set_defaults(call=module.call)
    return whole


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    handler = logging.StreamHandler()
    handler.setFormatter(_common.Formatter("fmbench: %(levelname)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=NOTE)
    logging.addLevelName(logging.WARNING, "warning")
    logging.addLevelName(NOTE, "note")
    stop = _Stop()
    try:
        return _call(sys.argv[1:] if argv is None else list(argv))
    except FmbenchError as error:
        return _say(error)
    except (Stopped, KeyboardInterrupt):
        return _stopped(stop.came or signal.SIGINT)
    except Exception as error:
        if stop.came:  # the interrupted code raised another error
            return _stopped(stop.came)
        if os.environ.get("FMBENCH_DEBUG"):
            raise
        text = f"{type(error).__name__}: {error}"
        return _say(FmbenchError(f"a bug in fmbench: {text}", hint="FMBENCH_DEBUG=1 shows where"))
    finally:
        stop.set_back()


def _call(argv: list[str]) -> int:
    whole = parser()
    (verbs,) = (a for a in whole._actions if isinstance(a, argparse._SubParsersAction))
    first = argv[0] if argv else "--help"
    if first in FORMER:
        log.log(NOTE, "`fmbench %s` is now `fmbench %s`", first, FORMER[first])
        argv = [first := FORMER[first], *argv[1:]]
    if first.startswith("-") and first not in ("-h", *_options(whole)):
        raise UnknownName("argument", first, _options(whole))
    if not first.startswith("-") and first not in VERBS:
        raise UnknownName("verb", first, VERBS)
    args, unknown = whole.parse_known_args(argv)
    if unknown:
        known = _options(verbs.choices[args.verb])
        raise UnknownName("argument", unknown[0].partition("=")[0], known)
    _look_around()
    code: int = args.call(args)
    return code


def _look_around() -> None:
    """See that this is a system and a place that a verb can work in; help needs neither.

    Raises:
        EnvironmentFault: It is not.
    """
    if find_spec("fcntl") is None:
        raise EnvironmentFault(
            f"the system is {platform.system()}; expected Linux or macOS",
            "on Windows, fmbench runs in WSL: https://learn.microsoft.com/windows/wsl",
        )
    try:
        Path.cwd()
    except OSError as error:  # libraries fail on it without our form and exit code
        raise EnvironmentFault(
            f"the working folder cannot be entered ({error.strerror}); expected one that is there",
            "cd to another folder",
        ) from None


def _options(parser: argparse.ArgumentParser) -> list[str]:
    """Return a parser's options, to suggest one of them."""
    options = (option for action in parser._actions for option in action.option_strings)
    return [option for option in options if option != "-h"]


def _say(error: FmbenchError) -> int:
    if os.environ.get("FMBENCH_DEBUG"):
        raise error
    _common.tell(f"fmbench: error: {error}")
    if error.hint:
        _common.tell(f"  hint: {error.hint}")
    return error.exit_code


def _stopped(by: int) -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # what comes now finds nothing left to stop
    word = "interrupted" if by == signal.SIGINT else "terminated"
    _common.tell(f"fmbench: {word}; everything finished so far is kept")
    return 128 + by

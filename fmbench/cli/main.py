"""The command `fmbench`: its parser, its exit codes, its way of saying what went wrong."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from fmbench.cli import data, list_, report, run
from fmbench.errors import EnvironmentFault, FmbenchError, UnknownName, UsageError

VERBS = {"run": run, "list": list_, "report": report, "data": data}

EXIT_CODES = """exit codes:
  0    done
  2    usage: a flag, suite or name makes no sense
  3    data: missing, damaged, or not what it should be
  4    some cells failed; the others are stored and shown
  5    the store is damaged or newer than this program
  6    the environment: a full disk, a folder that cannot be written
  70   a bug in fmbench
  130  interrupted (143: terminated); what was finished is kept"""


class Terminated(BaseException):
    """SIGTERM arrived; like KeyboardInterrupt, no business of `except Exception`."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose errors are fmbench's one line and a hint."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage."""
        raise UsageError(message, hint=f"{self.prog} --help")


class Version(argparse.Action):
    """Print the version; looked up only when asked for, since that takes as long as all else."""

    def __call__(self, parser: argparse.ArgumentParser, *rest: object) -> NoReturn:
        """Print it and exit."""
        from importlib.metadata import version

        print(f"fmbench {version('fmbench')}")
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
    logging.basicConfig(format="fmbench: %(levelname)s: %(message)s", level=logging.WARNING)
    logging.addLevelName(logging.WARNING, "warning")
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return _call(sys.argv[1:] if argv is None else list(argv))
    except FmbenchError as error:
        return _say(error)
    except KeyboardInterrupt:
        return _stopped("interrupted", 130)
    except Terminated:
        return _stopped("terminated", 143)
    except Exception as error:
        if os.environ.get("FMBENCH_DEBUG"):
            raise
        text = f"{type(error).__name__}: {error}".splitlines()[0]
        return _say(FmbenchError(f"a bug in fmbench: {text}", hint="FMBENCH_DEBUG=1 shows where"))


def _call(argv: list[str]) -> int:
    whole = parser()
    if argv and argv[0][0:1] != "-" and argv[0] not in VERBS:
        raise UnknownName("verb", argv[0], VERBS)
    args, unknown = whole.parse_known_args(argv)
    if unknown:
        raise UnknownName("argument", unknown[0], _options(whole, args.verb))
    code: int = args.call(args)
    try:
        sys.stdout.flush()
    except OSError as error:
        sys.stdout = None  # or the interpreter tries once more at its end
        raise EnvironmentFault(f"standard output cannot be written: {error.strerror}") from error
    return code


def _options(whole: argparse.ArgumentParser, verb: str) -> list[str]:
    """Return the options of a verb, to suggest one of them."""
    (verbs,) = (a for a in whole._actions if isinstance(a, argparse._SubParsersAction))
    actions = verbs.choices[verb]._actions
    return [option for action in actions for option in action.option_strings if option != "-h"]


def _say(error: FmbenchError) -> int:
    if os.environ.get("FMBENCH_DEBUG"):
        raise error
    print(f"fmbench: error: {error}", file=sys.stderr)
    if error.hint:
        print(f"  hint: {error.hint}", file=sys.stderr)
    return error.exit_code


def _stopped(how: str, code: int) -> int:
    print(f"fmbench: {how}; everything finished so far is kept", file=sys.stderr)
    return code


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise Terminated

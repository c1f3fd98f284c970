"""fmbench data: get a dataset, check it, show it."""

import argparse
import json
from pathlib import Path
from typing import Any

from fmbench.cli import _common, _suite

SUMMARY = "fetch, audit or describe a dataset"
DESCRIPTION = """Get a dataset, check it, show it.

  fetch     download the raw files into the cache, checked by SHA-256
  audit     what the rows hold, and what each way to split them leaks
  describe  fields, files and options; of a file of your own, what its columns are taken for"""

ACTIONS = ("fetch", "audit", "describe")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fmbench data`."""
    what = _common.one_of("action", ACTIONS)
    parser.add_argument("what", type=what, metavar="|".join(ACTIONS), help="what to do")
    parser.add_argument(
        "dataset",
        metavar="DATASET|FILE|FOLDER",
        help="`fmbench list datasets` names them; or a file of your own",
    )
    _suite.add_options(parser, "data.KEY, such as data.duplicates=keep")
    parser.add_argument(
        "--write",
        type=Path,
        metavar="NAME.toml",
        help="keep what a file of your own is taken for; `--dataset NAME.toml` runs it",
    )
    _common.add_data_dir(parser)
    _common.add_plugins(parser)
    _common.add_format(parser)


def call(args: argparse.Namespace) -> int:
    """Do one of the actions and show what it found."""
    content: dict[str, Any] = {"dataset": args.dataset}
    _suite.overlay(content, args, tables=("data",))
    _common.load_plugins(args.plugin)

    from fmbench.api import datasets
    from fmbench.pages import table

    if args.what == "fetch":
        _common.put(str(datasets.fetch(content, args.data_dir)))
        return 0
    if args.write is not None:
        datasets.schema(content, args.write)
    look = datasets.audit if args.what == "audit" else datasets.describe
    facts, listings = look(content, args.data_dir)
    if args.format == "json":
        # ASCII only and no command to GitHub's runner, as what it quotes may be anybody's.
        _common.put(json.dumps(facts, indent=1).replace("##[", r"##\u005b"))
    else:
        _common.put("\n\n".join(table(headers, rows, args.format) for headers, rows in listings))
    return 0

"""What several verbs share: flags that mean the same everywhere."""

import argparse
from pathlib import Path

FORMATS = ("table", "md", "csv", "json", "latex", "html")


def add_format(parser: argparse.ArgumentParser) -> None:
    """Add `--format`."""
    parser.add_argument("--format", choices=FORMATS, default="table", help="how to show it")


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

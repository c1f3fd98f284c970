"""The command line: one file a verb; each parses, calls one function, prints."""

from fmbench.cli.main import main as main

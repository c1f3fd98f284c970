"""Models: what one is, and whether it keeps the contract."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from fmbench.contract import Check, check_import
from fmbench.contract.process import printing_to
from fmbench.harness import check_model
from fmbench.models import MODELS
from fmbench.registry import load_plugin
from fmbench.space import Choice, Range


def show(model: str) -> list[tuple[str, str]]:
    """Return what is known of a registered model, each piece with its name.

    Raises:
        UnknownName: No model has this name.
    """
    entry = MODELS[model]
    facts = {
        "what it is": entry.summary,
        "family": str(entry.about.get("family", "other")),
        "paper": f"{entry.about['paper']} ({entry.about['year']})",
        **entry.notes,
        "needs": str(entry.about.get("needs", "")).replace(" ", ", "),
        "arguments": ", ".join(f"{key}={value}" for key, value in entry.defaults.items()),
        "searched": ", ".join(f"{key} {_range(of)}" for key, of in entry.space.items()),
    }
    return [(name, text) for name, text in facts.items() if text]


def _range(of: Range) -> str:
    """Say what tuning may try of one setting."""
    if isinstance(of, Choice):
        return f"of {' '.join(str(value).replace(' ', '') for value in of.values)}"
    return f"{of.low:g} to {of.high:g}"


def check(model: str) -> tuple[list[str], list[tuple[str, Check]]]:
    """Check a registered model, or a file and every model that it registers.

    Returns:
        The names of the models, and each check with what it is of: one of these, or the file.

    Raises:
        UsageError: The file fails, or no model has this name.
    """
    checks = []
    with _printing_aside():
        names = [MODELS[model].name] if not model.endswith(".py") else []
        if not names:
            before = set(MODELS)
            checks.append((model, check_import(lambda: load_plugin(Path(model)))))
            names = sorted(set(MODELS) - before)
        checks += [(name, each) for name in names for each in check_model(name)]
    return names, checks


@contextmanager
def _printing_aside() -> Iterator[None]:
    """Send what models print to standard error: standard output is for the result alone."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        file = nowhere.fileno() if sys.stderr is None else 2
        with redirect_stdout(sys.stderr or nowhere), printing_to(file):
            yield

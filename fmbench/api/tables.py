"""Own tables: which files are meant, and what is to be known of them before anything runs."""

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fmbench.data import Proposal, Where, propose
from fmbench.data.infer.roles import PARTS
from fmbench.errors import DataError, UsageError, shown
from fmbench.printable import printable
from fmbench.spec import read_toml

Own = tuple[Where, dict[str, Any]]
"""Where the files are, and the options that name them."""


def is_path(named: str) -> bool:
    """Tell whether a dataset's name is one of a file or folder, or of several between commas."""
    return "/" in named or any(os.path.lexists(each) or Path(each).suffix for each in _each(named))


def own_table(named: str, options: Mapping[str, Any], where: Where) -> Own:
    """Return what a file, a folder, several files or a schema stand for.

    Three files called after parts (train, valid, test) are these parts, in a folder or between
    commas; other files are one table, their rows in the order of the names.

    Raises:
        DataError: There is no such file, or a folder holds files of several kinds.
        UsageError: A schema is not one.
    """
    paths = [Path(each) for each in _each(named)]
    for path in paths:
        if not os.path.lexists(path):
            raise DataError(
                f"dataset {str(path)!r}: no such file; expected a file, a folder, or a name",
                "`fmbench list datasets` names those that have one",
            )
    if len(paths) == 1 and paths[0].suffix.lower() == ".toml":
        return _of_schema(paths[0], options, where)
    if len(paths) == 1 and paths[0].is_dir():
        paths = _inside(paths[0])
    sides = [_beside(each, paths[0]) for each in options.get("join") or ()]
    folder = Path(os.path.commonpath([path.absolute().parent for path in (*paths, *sides)]))
    names, join = (
        [path.absolute().relative_to(folder).as_posix() for path in each] for each in (paths, sides)
    )
    own: dict[str, Any] = {"file": names[0] if len(names) == 1 else names}
    options = {**options, "join": join} if join else options
    parts = [PARTS.get(path.name.lower().partition(".")[0]) for path in paths]
    if len(parts) > 1 and "train" in parts and all(parts):
        own["parts"] = parts
    return dataclasses.replace(where, data_dir=folder, is_exact=True), {**own, **options}


def look(named: str, options: Mapping[str, Any], where: Where) -> tuple[Where, Proposal]:
    """Return what a table is taken for; nothing is trained or written.

    Raises:
        UsageError, DataError: As `own_table` and `propose`.
    """
    where, options = own_table(named, options, where)
    return where, propose(where.data_dir or Path(), options)


def write_schema(proposal: Proposal, where: Where, path: Path) -> None:
    """Write what a table is taken for as a file that `--dataset` takes in its place.

    Raises:
        UsageError: The file is there already, or cannot be written.
    """
    content = _from_elsewhere(proposal.options, where.data_dir or Path(), path.parent)
    lines = [f"# {printable(note)}" for note in proposal.found.notes]
    lines += [f"{key} = {_toml(value)}" for key, value in content.items() if value is not None]
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except FileExistsError:
        raise UsageError(f"{shown(path)} is there already; expected a new name") from None
    except OSError as error:
        raise UsageError(f"{shown(path)} cannot be written: {error.strerror}") from error


def _each(named: str) -> list[str]:
    return [named] if os.path.lexists(named) else [each for each in named.split(",") if each]


def _beside(named: str, table: Path) -> Path:
    """Return a side file as it was named from here, or else beside the table."""
    path = Path(named)
    return path if os.path.lexists(path) else table.parent / path


def _inside(folder: Path) -> list[Path]:
    """Return the files of a folder, which are parts of one table."""
    found = sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] not in "._")
    kinds = sorted({"".join(path.suffixes) or path.name for path in found})
    if len(kinds) != 1:
        raise DataError(
            f"{shown(folder)}: holds {', '.join(kinds) or 'no files'}; expected the files of one "
            "table, all ending alike",
            "--dataset FILE names one of them, --dataset FILE,FILE several",
        )
    return found


def _of_schema(path: Path, options: Mapping[str, Any], where: Where) -> Own:
    content = read_toml(path, "schema")
    file = content.get("file")
    names = _names(path, "file", [file] if isinstance(file, str) else file)
    sides = _names(path, "join", content.get("join", []))
    paths = [(path.parent / name).absolute() for name in (*names, *sides)]
    folder = Path(os.path.commonpath([each.parent for each in paths]))
    own = {**_from_elsewhere(content, path.parent, folder), **options}
    return dataclasses.replace(where, data_dir=folder, is_exact=True), own


def _names(path: Path, key: str, value: Any) -> list[str]:
    """Return the names of files that a schema gives."""
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return value
    raise UsageError(
        f"schema {str(path)!r}: {key} is {value!r}; expected the name of a file, or a list",
        "`fmbench data describe FILE --write NAME.toml` makes such a schema",
    )


def _from_elsewhere(options: Mapping[str, Any], folder: Path, other: Path) -> dict[str, Any]:
    """Return options that name files in a folder as another folder names them."""
    found = dict(options)
    for key in ("file", "join"):
        names = found.get(key)
        if isinstance(names, str):
            found[key] = _named_from(folder / names, other)
        elif names:
            found[key] = [_named_from(folder / name, other) for name in names]
    return found


def _named_from(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix()


def _toml(value: Any) -> str:
    """Return a value as TOML has it, which writes text, numbers and lists as JSON does.

    But for a character of which JSON makes two, or which only TOML refuses.
    """
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_toml(key)} = {_toml(each)}" for key, each in value.items())
        return f"{{ {inner} }}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")

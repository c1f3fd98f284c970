"""A study: a plan with the cells that it stands for, fixed before the first of them runs."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec.structs import replace

from fmbench import files
from fmbench.ablation.control import Size, controls
from fmbench.ablation.expand import BASE, Arguments, Cell, expand
from fmbench.ablation.plan import Plan
from fmbench.errors import StoreError, UsageError
from fmbench.spec import RunSpec

SCHEMA = 1
FOLDER = "plans"
"""Where a store keeps the studies that its records were run for."""


class Study(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a report of a plan needs beside records."""

    schema: int = SCHEMA
    plan: Plan
    cells: list[Cell]

    def specs(self) -> list[RunSpec]:
        """Return every spec to run, each once, however many cells it serves."""
        specs = [spec for cell in self.cells for spec in cell.specs(self.plan)]
        return list({(spec.case, spec.seed): spec for spec in specs}.values())


def design(
    plan: Plan, arguments: Arguments, resolve: Callable[[RunSpec], RunSpec], size: Size
) -> Study:
    """Return a plan's study.

    Args:
        plan: What is asked.
        arguments: The arguments of a model.
        resolve: Writes every default into a spec.
        size: The parameters of a resolved spec.

    Raises:
        UsageError: A variant is its base, or a key makes no sense where it stands.
    """
    cells = [replace(cell, spec=resolve(cell.spec)) for cell in expand(plan, arguments)]
    bases = {cell.context: cell.spec.case for cell in cells if cell.kind == BASE}
    for cell in cells:
        if cell.kind not in (BASE, "sweep") and cell.spec.case == bases[cell.context]:
            raise UsageError(f"{cell.name!r} of plan {plan.name!r} is the base itself")
    # A control that is the base again asks nothing: widening undid what narrowed it.
    asking = [c for c in controls(plan, cells, size) if c.spec.case != bases[c.context]]
    return Study(plan=plan, cells=[*cells, *asking])


def keep(study: Study, root: Path) -> None:
    """Write a study into a store before its cells run.

    Raises:
        UsageError: The store holds another study of that name: a plan that is changed once results
            are known is another plan.
        EnvironmentFault: It cannot be written.
    """
    path = root / FOLDER / f"{study.plan.name}.json"
    content = msgspec.json.format(msgspec.json.encode(study), indent=1) + b"\n"
    with files.writing(path):
        if path.exists():
            if files.read(path, within=root) == content:
                return
            raise UsageError(
                f"plan {study.plan.name!r} in {str(root)!r} is a different one; "
                "a plan is fixed before it runs",
                hint="give it another name, or name another folder with --out",
            )
        files.make(path.parent)
        files.write(path, content)


def kept(root: Path) -> list[Study]:
    """Return the studies of a store, by name.

    Raises:
        StoreError: One of them cannot be read.
    """
    return [_read(path, root) for path in sorted((root / FOLDER).glob("*.json"))]


def _read(path: Path, root: Path) -> Study:
    try:
        study = msgspec.json.decode(files.read(path, within=root), type=Study)
    except OSError as error:
        raise StoreError(f"{path.name} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"{path.name} is not a study: {error}") from error
    if study.schema != SCHEMA:
        raise StoreError(f"{path.name} has schema {study.schema}; expected {SCHEMA}")
    return study

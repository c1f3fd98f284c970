"""What predictions say of a study, kept beside it: a clone has its records, and no predictions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from fmbench import document
from fmbench.ablation.effects import FAMILY, Results, Scored, rows_p
from fmbench.ablation.expand import Cell
from fmbench.ablation.study import Study
from fmbench.record import Record

SCHEMA = 1

FOLDER = "answers"
"""Where a store keeps them."""

RowsP = Mapping[tuple[str, str], float]
"""p-values by context and variant: would other test rows alone make the difference?"""


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A p value, and a digest of the predictions that it was asked of."""

    p: float
    of: str


class Answers(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The answers about a study."""

    schema: int = SCHEMA
    rows_p: dict[str, dict[str, Answer]] = {}
    """Answers by context and variant."""


def ask(study: Study, records: Sequence[Record], rows: Mapping[str, Scored]) -> Answers:
    """Return what other rows would say of each variant, where its context is in reach."""
    results, found = Results(records), Answers()
    for cell, base in _asked(study) if study.plan.metric == "auc" else ():
        scored = rows.get(cell.context)
        p = None if scored is None else rows_p(scored, cell, base, study.plan.seed_list)
        if p is not None:
            of = _digest(results, study, cell, base)
            found.rows_p.setdefault(cell.context, {})[cell.name] = Answer(p, of)
    return found


def known(study: Study, records: Sequence[Record], answers: Answers) -> RowsP:
    """Return the answers about these records, without those about earlier ones."""
    results = Results(records)
    return {
        (cell.context, cell.name): answer.p
        for cell, base in _asked(study)
        if (answer := answers.rows_p.get(cell.context, {}).get(cell.name)) is not None
        and answer.of == _digest(results, study, cell, base)
    }


def keep_answers(study: Study, answers: Answers, root: Path) -> None:
    """Write answers into a store, beside those that are there of contexts not asked again.

    Raises:
        EnvironmentFault: They cannot be written.
    """
    before = kept_answers(study, root)
    whole = Answers(rows_p=before.rows_p | answers.rows_p)
    if whole != before:
        document.write(_path(study, root), whole)


def kept_answers(study: Study, root: Path) -> Answers:
    """Return the answers that a store keeps about a study, if any.

    Raises:
        EnvironmentFault: They cannot be read.
        StoreError: They are damaged or newer than this program.
    """
    return document.read(_path(study, root), Answers, SCHEMA, within=root) or Answers()


def _path(study: Study, root: Path) -> Path:
    return root / FOLDER / f"{study.plan.name}.json"


def _asked(study: Study) -> list[tuple[Cell, Cell]]:
    """Return each variant with its base."""
    bases = {cell.context: cell for cell in study.cells if cell.kind == "base"}
    return [(cell, bases[cell.context]) for cell in study.cells if cell.kind in FAMILY]


def _digest(results: Results, study: Study, cell: Cell, base: Cell) -> str:
    """Return a hash of the predictions of a variant and its base."""
    seeds = study.plan.seed_list
    told = [f"{r.spec.seed} {r.predictions}" for c in (cell, base) for r in results.ok(c, seeds)]
    return document.digest(told)

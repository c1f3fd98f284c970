"""Reports of studies, with the test rows where they are at hand."""

from typing import TYPE_CHECKING

from fmbench import ablation
from fmbench.errors import FmbenchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fmbench.ablation import Scored, Study
    from fmbench.data import Where
    from fmbench.record import Record
    from fmbench.store import Store


def show(
    studies: "Sequence[Study]",
    records: "Sequence[Record]",
    store: "Store",
    where: "Where",
    format: str,
) -> str:
    """Return the reports of studies in a format."""
    analyses = [
        ablation.analyse(study, records, _scored(study, records, store, where)) for study in studies
    ]
    return ablation.show(analyses, format)


def _scored(
    study: "Study", records: "Sequence[Record]", store: "Store", where: "Where"
) -> "dict[str, Scored]":
    """Return the test rows of each context whose data and predictions are within reach."""
    from fmbench.ablation import Scored
    from fmbench.data import load

    found = {}
    for base in (cell for cell in study.cells if cell.kind == "base"):
        cases = {c.spec.case for c in study.cells if c.context == base.context}
        own = [r for r in records if r.spec.case in cases and r.status == "ok"]
        try:
            dataset = load(base.spec.dataset, base.spec.dataset_args, where)
            if any(
                r.fingerprint != dataset.fingerprint for r in own if r.spec.case == base.spec.case
            ):
                continue
            logits = {(r.spec.case, r.spec.seed): store.predictions(r) for r in own}
        except FmbenchError:
            continue
        found[base.context] = Scored(dataset.test.labels > 0, logits)
    return found

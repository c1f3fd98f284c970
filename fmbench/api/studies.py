"""Studies in a store: what its records say of them, and what its predictions do."""

from collections.abc import Sequence

from fmbench import ablation
from fmbench.ablation import Analysis, Scored, Study
from fmbench.ablation import read_plan as read_plan
from fmbench.data import Where, load
from fmbench.errors import FmbenchError
from fmbench.record import Record
from fmbench.report import Verification
from fmbench.store import Store


def analyses(studies: Sequence[Study], records: Sequence[Record], store: Store) -> list[Analysis]:
    """Return what a store says of studies: its records, and the answers that it keeps."""
    return [
        ablation.analyse(
            study,
            records,
            ablation.known(study, records, ablation.kept_answers(study, store.root)),
        )
        for study in studies
    ]


def ask(studies: Sequence[Study], records: Sequence[Record], store: Store, where: Where) -> None:
    """Keep in the store what predictions say of studies, while they are at hand."""
    for study in studies:
        answers = ablation.ask(study, records, _scored(study, records, store, where))
        ablation.keep_answers(study, answers, store.root)


def verify(records: Sequence[Record], store: Store, where: Where, found: Verification) -> None:
    """Ask again what predictions say of a store's studies, and hold it against what is kept."""
    for study in ablation.kept(store.root):
        kept = ablation.known(study, records, ablation.kept_answers(study, store.root))
        again = ablation.ask(study, records, _scored(study, records, store, where))
        asked = ablation.known(study, records, again)
        for (context, name), p in kept.items():
            of = ", ".join(filter(None, (study.plan.name, context, name)))
            if (context, name) in asked:
                found.hold(of, "other rows: p", p, asked[context, name])
            else:
                found.miss("other rows: p", "predictions or data are out of reach")


def _scored(
    study: Study, records: Sequence[Record], store: Store, where: Where
) -> dict[str, Scored]:
    """Return the test rows of each context whose data and predictions are within reach."""
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
        found[base.context] = Scored(dataset.test.is_positive, logits)
    return found

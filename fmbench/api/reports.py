"""Reports: what a store says, in every view and format, as files, and held against its sources."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fmbench import ablation, pages, report
from fmbench.api import answers, folder, studies
from fmbench.api.averages import averages
from fmbench.api.verify import AtHand
from fmbench.data import Where
from fmbench.errors import UsageError
from fmbench.pages import Report
from fmbench.record import Record
from fmbench.report import VERIFICATION, Verification
from fmbench.store import Damage as Damage
from fmbench.store import Store


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as text, and what of the store could not be read for it."""

    text: str
    damages: Sequence[Damage]
    code: int = 0
    """Exit code: 1 where something that was said does not hold."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A store that was read, and where its data may be."""

    store: Store
    records: Sequence[Record]
    damages: Sequence[Damage]
    where: Where
    averages: bool = False
    """Whether averages are asked for, and shown from two seeds on."""

    @classmethod
    def of(cls, root: Path, data_dir: Path | None, *, averages: bool = False) -> "Opened":
        """Read a store.

        Raises:
            UsageError, StoreError: There is no store, or it is newer than this program.
        """
        store = Store(root)
        records, damages = store.read()
        return cls(store, records, damages, Where(data_dir), averages)

    @property
    def trials(self) -> int:
        """How many records are trials of tuning, which no report shows."""
        return sum(not record.spec.tests for record in self.records)

    def keep_answers(self, *, of_ablations: bool) -> None:
        """Keep in the store what predictions say of it, as far as they are at hand."""
        if of_ablations:
            studies.ask(ablation.kept(self.store.root), self.records, self.store, self.where)
        else:
            answers.keep(self.records, self.store, self.where)

    def write(self, to: Path, *, of_ablations: bool) -> list[tuple[str, int]]:
        """Write all of a report into a folder; return the names of its files and their bytes."""
        return folder.write(self.report(of_ablations=of_ablations), to)

    def report(self, *, of_ablations: bool) -> Report:
        """Return all that is written of the store.

        Raises:
            UsageError: It holds no plan, and ablations were asked for.
        """
        if not of_ablations:
            return report.report_of(
                self.records, answers.answers(self.records, self.store, self.where)
            )
        plans = ablation.kept(self.store.root)
        if not plans:
            raise UsageError(
                f"{str(self.store.root)!r} holds no plan; expected what `fmbench ablate` left"
            )
        return ablation.report_of(studies.analyses(plans, self.records, self.store), self.records)

    def show(self, view: str, format: str) -> str:
        """Return a view of the store: `table`, `pairs`, `slices`, `pareto` or `ablations`."""
        return VIEWS[view](self, format)


def _table(of: Opened, format: str) -> str:
    asked = answers.answers(of.records, of.store, of.where)
    averaged = averages(of.records, of.store, of.where, is_asked=of.averages)
    return report.show(of.records, format, asked, averaged)


def _pairs(of: Opened, format: str) -> str:
    def score(table: report.Table) -> report.Scored | None:
        return answers.score(answers.load(table, of.where), of.records, of.store)

    return report.show_pairs(of.records, format, score)


def _slices(of: Opened, format: str) -> str:
    return report.show_slices(
        of.records, format, lambda table: answers.cut(table, of.records, of.store, of.where)
    )


def _pareto(of: Opened, format: str) -> str:
    return report.show_pareto(of.records, format)


def _ablations(of: Opened, format: str) -> str:
    found = studies.analyses(ablation.kept(of.store.root), of.records, of.store)
    return ablation.show(found, of.records, format)


VIEWS = {
    "table": _table,
    "pairs": _pairs,
    "slices": _slices,
    "pareto": _pareto,
    "ablations": _ablations,
}


def verify(
    root: Path, data_dir: Path | None, to: Path | None, format: str, *, of_ablations: bool
) -> Shown:
    """Recompute what a store's records say, and what the files in `to` say of them.

    Raises:
        UsageError, StoreError, EnvironmentFault: The store or the folder cannot be read.
    """
    store, where = Store(root), Where(data_dir)
    stored, damages = store.scan()
    found: Verification = report.verify(stored, AtHand(store, where))
    opened = Opened(store, store.read().records, damages, where)
    answers.verify(opened.records, store, where, found)
    studies.verify(opened.records, store, where, found)
    if to:
        folder.hold(opened.report(of_ablations=of_ablations), to, found)
    text = pages.table(VERIFICATION, found.listing(), format)
    return Shown(text, damages, found.exit_code)

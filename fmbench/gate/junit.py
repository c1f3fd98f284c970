"""JUnit XML: the check as the test reports that CI systems show, a suite a metric, a case a cell.

Written from a template with escaping on, like the pages; no XML is ever read.
"""

from collections.abc import Sequence
from importlib.resources import files
from typing import Literal

from fmbench.gate.verdict import BLOCKING, UNSETTLED, Cell, Check
from fmbench.printable import printable

Outcome = Literal["failure", "error", "skipped", "passed"]

_NOT_XML = dict.fromkeys((0xFFFE, 0xFFFF))
"""Letters that XML 1.0 has no way to write; control characters are gone before."""


def junit(check: Check) -> str:
    """Return a check as JUnit XML."""
    # Imported here, as for HTML: no other format has to wait for it.
    from jinja2 import Environment, StrictUndefined

    template = files(__package__).joinpath("junit.xml").read_text(encoding="utf-8")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["printable"] = lambda text: printable(text).translate(_NOT_XML)
    cases = [(cell, outcome(cell, check)) for cell in check.cells]
    suites = {
        metric: [case for case in cases if case[0].metric == metric]
        for metric in sorted({cell.metric for cell in check.cells})
    }
    return environment.from_string(template).render(
        check=check, cases=cases, suites=suites, count=_count
    )


def outcome(cell: Cell, check: Check) -> Outcome:
    """Return what a CI system is told of a cell: red where the exit code is, never green for more.

    A regression that is put up with is skipped, and so is what is inconclusive, unless that is
    what the check did not pass for.
    """
    if not cell.is_open:
        return "skipped"
    if cell.verdict in BLOCKING:
        return "failure" if cell.verdict == "REGRESSED" else "error"
    if cell.verdict == "INCONCLUSIVE":
        return "failure" if check.exit == UNSETTLED else "skipped"
    return "passed"


def _count(cases: Sequence[tuple[Cell, Outcome]], kind: Outcome) -> int:
    return sum(outcome == kind for _, outcome in cases)

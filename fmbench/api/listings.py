"""Listings: what is registered, with what is known about it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fmbench.registry import Entry

Table = tuple[Sequence[str], list[Sequence[Any]]]
"""Headers and rows."""


def _models() -> Table:
    from fmbench.models import CORE, MODELS

    order = [*CORE, *sorted(set(MODELS) - set(CORE))]
    rows: list[Sequence[Any]] = [
        [
            entry.name,
            entry.about.get("family", "other"),
            entry.about["year"],
            entry.summary,
            entry.about.get("procedure", "gradient descent"),
            _arguments(entry.defaults),
            entry.about["paper"],
        ]
        for entry in map(MODELS.__getitem__, order)
    ]
    return ("model", "family", "year", "what it is", "fitted by", "arguments", "paper"), rows


def _baselines() -> Table:
    from fmbench.baselines import BASELINES, is_installed, needs

    rows: list[Sequence[Any]] = [
        [
            entry.name,
            entry.about["year"],
            entry.summary,
            _arguments(entry.defaults),
            ", ".join(filter(None, (str(entry.about["package"]), *needs(entry.name)))) or "nothing",
            "yes" if is_installed(entry.name) else "no",
            entry.about["paper"],
        ]
        for entry in BASELINES.values()
    ]
    headers = ("baseline", "year", "what it is", "arguments", "needs", "installed", "paper")
    return headers, rows


def _arguments(defaults: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}={value}" for key, value in defaults.items())


def _datasets() -> Table:
    from fmbench.data import DATASETS, Where, find

    where = Where()
    rows: list[Sequence[Any]] = [
        [name, entry.about.get("rows"), _reach(entry, find(name, where)), entry.summary]
        for name, entry in DATASETS.items()
    ]
    return ("dataset", "rows", "within reach", "what it is"), rows


def _reach(entry: Entry[Any], folder: Path | None) -> str:
    if folder is not None:
        return "yes"
    return "fetched when asked for" if "url" in entry.about else "no"


def _metrics() -> Table:
    from fmbench.metrics import METRICS

    rows: list[Sequence[Any]] = [
        [m.name, m.unit, "higher" if m.higher_is_better else "lower", m.summary]
        for m in METRICS.values()
    ]
    return ("metric", "unit", "better", "what it is"), rows


LISTINGS: dict[str, Callable[[], Table]] = {
    "models": _models,
    "baselines": _baselines,
    "datasets": _datasets,
    "metrics": _metrics,
}

"""The figures of the page of results: dots with intervals, one row a model."""

from collections.abc import Sequence
from typing import Any

import vl_convert

from fmbench.report import Table
from fmbench.report.rows import Row
from fmbench.tuning import Search

CHANCE = 0.5
BEST, OTHERS = "#c0392b", "#44546a"
TIED, BEHIND = "tied with the best by AUC", "not tied with the best by AUC"
FONT = "Liberation Sans, Arial, sans-serif"
"""Liberation Sans comes with the converter: the same letters, and so the same file, everywhere."""

TITLES = {"auc": "AUC (right is better)", "logloss": "logloss, nats (left is better)"}


CONFIG: dict[str, Any] = {
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "ticks": False,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
}
"""What all figures look like."""


def effort(searches: Sequence[Search]) -> str:
    """Return the best validation logloss to expect of n trials, one line a model, as SVG."""
    values = [
        {"model": search.model, "trials": budget, "loss": loss}
        for search in searches
        for budget, loss in search.expected.items()
        if loss is not None
    ]
    loss = {
        "title": "validation logloss, nats",
        "scale": {"zero": False},
        "axis": {"format": ".3f"},
    }
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "data": {"values": values},
        "width": 480,
        "height": 240,
        "mark": {"type": "line", "point": True, "strokeWidth": 2},
        "encoding": {
            "x": {
                "field": "trials",
                "type": "quantitative",
                "title": "trials (n)",
                "scale": {"type": "log", "nice": False, "padding": 12},
                "axis": {"grid": False, "values": sorted({value["trials"] for value in values})},
            },
            "y": {"field": "loss", "type": "quantitative", **loss},
            "color": {
                "field": "model",
                "type": "nominal",
                "title": None,
                "scale": {"scheme": "tableau20"},
            },
        },
        "background": "white",
        "config": CONFIG,
    }
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg + "\n"


def figure(table: Table) -> str:
    """Return AUC and logloss of a table's models with their 95 % intervals, as SVG."""
    # A constant guess, whose AUC is a half, would press all others into a corner.
    rows = [row for row in table.rows if row.metrics["auc"].mean != CHANCE]
    panels = [_panel(rows, metric, is_first=metric == "auc") for metric in TITLES]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "hconcat": panels,
        "spacing": 24,
        "background": "white",
        "config": CONFIG,
    }
    svg: str = vl_convert.vegalite_to_svg(spec)
    return svg + "\n"


def _panel(shown: Sequence[Row], metric: str, *, is_first: bool) -> dict[str, Any]:
    values = [
        {
            "model": row.name,
            "mean": interval.mean,
            "low": interval.mean if interval.low is None else interval.low,
            "high": interval.mean if interval.high is None else interval.high,
            "kind": TIED if row.group == 1 else BEHIND,
        }
        for row in shown
        if (interval := row.metrics[metric]).mean is not None
    ]
    order = [row.name for row in shown]
    rows = {"field": "model", "type": "nominal", "sort": order, "title": None}
    axis = {"labelLimit": 200, "labelPadding": 8, "grid": True, "gridColor": "#e6e9ed"}
    y = {**rows, "axis": axis if is_first else {**axis, "labels": False}}
    x = {"type": "quantitative", "scale": {"zero": False}, "title": TITLES[metric]}
    legend = {"orient": "bottom", "labelFontSize": 12, "columnPadding": 32}
    colour = {
        "field": "kind",
        "type": "nominal",
        "title": None,
        "scale": {
            "domain": [TIED, BEHIND],
            "range": [BEST, OTHERS],
        },
        "legend": legend if is_first else None,
    }
    x_axis = {
        "axis": {
            "grid": False,
            "tickCount": 5,
            "format": ".3f",
            "labelOverlap": True,
            "labelSeparation": 12,
        }
    }
    return {
        "data": {"values": values},
        "width": 300,
        "height": {"step": 24},
        "encoding": {"y": y, "color": colour},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 2},
                "encoding": {"x": {**x, **x_axis, "field": "low"}, "x2": {"field": "high"}},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
                "encoding": {"x": {**x, **x_axis, "field": "mean"}},
            },
        ],
    }

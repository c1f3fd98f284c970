"""Figures of a study: what stands where."""

from fmbench.ablation import analyse, show
from fmbench.ablation.figures import cost, forest, map_of, response
from fmbench.ablation.sections import ordered, sections
from fmbench.ablation.study import Study

from .conftest import PARTS, records_of, study_of


def auc(name: str, seed: int) -> float:
    worth = {"no deep part": -0.01, "movie alone": -0.03, "dropout 0.5": 0.004}
    return 0.79 + worth.get(name, 0.0) + 1e-5 * ((seed * len(name)) % 7)


def test_a_forest_has_each_effect_left_or_right_of_none(parts: Study) -> None:
    effects = ordered(analyse(parts, records_of(parts, auc)).effects)
    chart = forest(effects, "auc", 0.001)
    assert chart is not None
    dots = {m.title.partition(":")[0]: m for m in chart.marks if m.tag == "circle"}
    assert list(dots) == [effect.name for effect in effects]
    (zero,) = (m for m in chart.marks if m.attributes["class"] == "zero")
    band = next(m for m in chart.marks if m.attributes["class"] == "zone").attributes
    x = {name: float(mark.attributes["cx"]) for name, mark in dots.items()}
    assert x["movie alone"] < x["no deep part"] < float(band["x"]) < x["narrow"]
    assert abs(x["narrow"] - float(zero.attributes["x1"])) < float(band["width"]) / 2
    assert "needed" in str(dots["movie alone"].attributes["class"])
    assert "spare" in str(dots["narrow"].attributes["class"])


def test_cheaper_stands_left_and_a_map_needs_contexts(parts: Study) -> None:
    analysis = analyse(parts, records_of(parts, auc))
    chart = cost(analysis.effects, analysis.bases[0].value.mean, "auc")
    assert chart is not None
    x = {m.title.partition(":")[0]: m.attributes["cx"] for m in chart.marks if m.tag == "circle"}
    assert float(x["narrow"]) < float(x["no deep part"]) < float(x["without user"])
    faded = {
        m.title.partition(":")[0] for m in chart.marks if "faded" in str(m.attributes["class"])
    }
    points = {e.name: (e.value.mean or 0, e.cost.time_ratio or 0) for e in analysis.effects}
    points["base"] = (analysis.bases[0].value.mean or 0, 1.0)
    behind = {
        name
        for name, (value, time) in points.items()
        if any(v >= value and t <= time and (v, t) != (value, time) for v, t in points.values())
    }
    assert faded & points.keys() == behind
    assert 0 < len(behind) < len(points)
    assert map_of(analysis.effects, [""], "auc") is None
    contexts = {"a": {}, "b": {"data": {"split": "temporal"}}}
    study = study_of({**PARTS, "contexts": contexts})
    found = analyse(study, records_of(study, auc))
    chart = map_of(found.effects, list(contexts), "auc")
    assert chart is not None
    assert len([m for m in chart.marks if m.tag == "rect"]) == len(found.effects)
    charts = [chart.title for section in sections(found) for chart in section.charts]
    assert charts.count("Variants and contexts") == 1
    assert charts.count("Effects") == 2


def test_a_response_marks_the_level_that_was_chosen(parts: Study) -> None:
    (curve,) = analyse(parts, records_of(parts, auc)).curves
    chart = response(curve, "auc")
    assert chart is not None
    dots = [m for m in chart.marks if m.tag == "circle"]
    assert [str(m.attributes["class"]) for m in dots] == ["mean s0", "mean s0", "mean s1"]
    assert float(dots[2].attributes["cy"]) < float(dots[0].attributes["cy"])


def test_a_report_hangs_on_its_records_alone(parts: Study) -> None:
    records = records_of(parts, auc)
    for form in ("html", "md", "json"):
        first = show([analyse(parts, records)], records, form)
        assert show([analyse(parts, records[::-1])], records[::-1], form) == first

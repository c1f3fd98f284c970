"""fmbench show: a model in words."""

import json

import pytest

from fmbench.cli.main import main


def test_a_model_is_shown_with_paper_variant_and_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "ncf", "--format", "json"]) == 0
    shown = {row[""]: row["ncf"] for row in json.loads(capsys.readouterr().out)["rows"]}
    assert shown["paper"] == "https://arxiv.org/abs/1708.05031 (2017)"
    assert shown["family"] == "deep"
    assert shown["needs"] == "user, item"
    assert {"what it is", "variant", "elsewhere", "cost", "arguments", "searched"} < shown.keys()
    assert "embed_dim of 4 8 16 32" in shown["searched"]
    assert "dropout 0 to 0.6" in shown["searched"]


def test_an_unknown_model_says_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "dcnv2"]) == 2
    assert "unknown model 'dcnv2'; did you mean 'dcn_v2'?" in capsys.readouterr().err

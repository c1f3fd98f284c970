import pytest
from markdown_it import MarkdownIt

from fmbench.pages import escape
from fmbench.printable import printable

PAYLOADS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "a|b",
    "a\\|b",
    "`code` ``more``",
    "[link](https://evil.example)",
    "![picture](https://evil.example/x.png)",
    "https://evil.example and www.evil.example",
    "<https://evil.example>",
    "@everyone #1 someone@evil.example",
    "**bold** _slanted_ ~~gone~~ $x^2$",
    "&lt;b&gt; &#124;",
    "한국어 모델",
    "wide_deep",
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1b]0;title\x07name", "name"),
        ("\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bcreset", "reset"),
        ("\x1b\u200b[31mred", "[31mred"),
        ("two\nlines\r\nand\ttabs", "two lines and tabs"),
        ("back\x08space\x00\x7f\x85", "backspace"),
        ("evil\u202egpj.exe\u2066", "evilgpj.exe"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("broken\ud800surrogate", "brokensurrogate"),
        ("line\u2028separator", "line separator"),
        ("한국어  모델 ", "한국어 모델"),
        ("::error::x ::b std::vector", ": :error::x : :b std::vector"),
        ("\x1b[0m\u200b::x ##[y]", ": :x ## [y]"),
    ],
)
def test_nothing_moves_the_cursor(text: str, expected: str) -> None:
    assert printable(text) == expected


@pytest.mark.parametrize("payload", PAYLOADS)
def test_markdown_reads_a_name_back_as_text(payload: str) -> None:
    source = f"| name | next |\n|---|---|\n| {escape.markdown(payload)} | {'x'} |\n"
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(source)
    inline = [token for token in tokens if token.type == "inline"]
    assert [token.content for token in inline][::2] == ["name", escape.markdown(payload)]
    assert inline[-1].content == "x"
    children = inline[2].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    assert "".join(child.content for child in children).replace("\u2060", "") == payload


@pytest.mark.parametrize("bait", ["@everyone", "https://evil.example", "www.evil.example", "#1"])
def test_markdown_breaks_what_is_linked_after_parsing(bait: str) -> None:
    inline = MarkdownIt("commonmark").parseInline(escape.markdown(bait))
    text = "".join(child.content for child in inline[0].children or [])
    assert bait not in text
    assert text.replace("\u2060", "") == bait


def test_latex_specials_typeset_as_themselves() -> None:
    assert escape.latex(r"a_b & 5 % \input{x} $ # ^ ~") == (
        r"a\_b \& 5 \% \textbackslash{}input\{x\} \$ \# \textasciicircum{} \textasciitilde{}"
    )
    assert escape.latex("0.79 ± 0.01 – x") == r"0.79 \(\pm\) 0.01 -- x"


def test_latex_takes_no_name_for_the_argument_of_a_row_end() -> None:
    assert escape.latex("[9cm] *x") == "{[}9cm{]} {*}x"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " =", "\u200b=", "＝"])
def test_csv_cells_are_no_formulas(start: str) -> None:
    assert escape.csv_cell(f"{start}1+1").startswith("'")
    assert escape.csv_cell(f"a;{start}1+1").startswith("a;'")


def test_csv_leaves_other_text_alone() -> None:
    assert escape.csv_cell("wide_deep a-b=c") == "wide_deep a-b=c"

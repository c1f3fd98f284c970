"""How a file is to be read is found out from what is in it."""

import gzip
from pathlib import Path

import msgspec
import pytest
import zstandard

from fmbench.data.readers.look import look
from fmbench.data.readers.reading import Reading
from fmbench.errors import DataError, FmbenchError, UsageError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table"


CRITEO = "\n".join(
    f"{i % 2}\t{i or ''}\t\t{7 * i}\t68fd1e6{i}\t{'' if i % 3 else 'be589b51'}" for i in range(9)
)
SHAPES = {
    "csv": ("user,movie,rate\n7,2,6\n3,5,5\n", ",", ["user", "movie", "rate"]),
    "tabs": ("user\tmovie\n7\t2\n3\t5\n", "\t", ["user", "movie"]),
    "index": (",user,rate\n0,7,2\n1,3,5\n", ",", ["column_1", "user", "rate"]),
    "u.data": ("7\t2\t3\t88\n3\t5\t3\t89\n", "\t", ["c1", "c2", "c3", "c4"]),
    "ml-1m": ("7::2::3\n3::5::3\n", "::", ["c1", "c2", "c3"]),
    "criteo": (CRITEO, "\t", ["c1", "c2", "c3", "c4", "c5", "c6"]),
    "avazu": (
        "id,click,hour,site\n1000000000000000019,0,14102100,85f7\n1000000000000000020,1,1,d9\n",
        ",",
        ["id", "click", "hour", "site"],
    ),
    "kkbox": (
        "msno,song_id,tab,screen,target\nQ1=,s6/+,,,1\nQ2=,s7/+,my library,,0\n",
        ",",
        ["msno", "song_id", "tab", "screen", "target"],
    ),
    "genres": (
        'user,title,genres\n7,"Movie 2, The (1995)",Comedy|Action\n3,"Movie 5 (1996)",Action\n',
        ",",
        ["user", "title", "genres"],
    ),
    "semicolons and commas": ("a;b;c\n1,5;2,5;3,0\n4,5;2,5;3,0\n", ";", ["a", "b", "c"]),
    "bars": ("1|24|M\n2|53|F\n", "|", ["c1", "c2", "c3"]),
    "blanks": ("1 24 M\n2 53 F\n", " ", ["c1", "c2", "c3"]),
    "control-A": ("1\x0124\n2\x0153\n", "\x01", ["c1", "c2"]),
    "times with a blank": (
        "user,time\n7,2020-01-01 10:00:00\n3,2020-01-01 11:00:00\n",
        ",",
        ["user", "time"],
    ),
    "text alone": ("user,page\nann,home\nbob,home\ncid,shop\n", ",", ["user", "page"]),
    "text alone, no names": ("ann,home\nbob,home\nann,shop\n", ",", ["c1", "c2"]),
    "numbers and holes": ("user,age\nann,?\nbob,31\ncid,NA\n", ",", ["user", "age"]),
    "one column": ("label\n1\n0\n", "\t", ["label"]),
}


@pytest.mark.parametrize(("text", "delimiter", "columns"), SHAPES.values(), ids=SHAPES)
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_delimiter_and_names_are_found(
    path: Path, text: str, delimiter: str, columns: list[str], ends: str
) -> None:
    for start in (b"", b"\xef\xbb\xbf"):
        path.write_bytes(start + text.replace("\n", ends).encode())
        found = look(path)
        assert (found.format, found.delimiter, found.columns) == ("delimited", delimiter, columns)
        assert found.header is (columns[0] != "c1")


def test_packed_text_is_looked_through(path: Path) -> None:
    text = b"user,movie\n7,2\n3,5\n"
    path.write_bytes(text)
    plain = look(path)
    for packed in (gzip.compress(text), zstandard.compress(text)):
        path.write_bytes(packed)
        assert look(path) == plain


def test_types_of_a_header_are_taken_off_the_names(path: Path) -> None:
    path.write_text("user_id:token\trating:float\tclass:token_seq\n7\t3\ta b\n")
    found = look(path)
    assert found.columns == ["user_id", "rating", "class"]
    assert found.kinds == {"user_id": "token", "rating": "float", "class": "token_seq"}


def test_a_reading_survives_json_and_holds_what_is_not_usual_alone(path: Path) -> None:
    path.write_text("user,movie\n7,2\n3,5\n")
    written = msgspec.json.encode(look(path))
    assert written == b'{"format":"delimited","columns":["user","movie"]}'
    assert msgspec.json.decode(written, type=Reading) == look(path)


def test_quotes_that_stand_in_values_are_text(path: Path) -> None:
    path.write_text('1,5" disk\n2,"Great" show\n3,plain\n')
    assert look(path).quotes is False
    path.write_text('1,5" disk\n2,"a, b"\n3,"c"\n')
    assert look(path).quotes is True


def test_a_line_break_in_quotes_ends_no_row(path: Path) -> None:
    path.write_text('a,b\n1,"x\n,y"\n2,"z"\n')
    found = look(path)
    assert (found.columns, found.quotes, found.header) == (["a", "b"], True, True)


def test_only_the_first_lines_are_looked_at(path: Path) -> None:
    path.write_text("a,b\n" + '1,"x\ny"\n' * 900 + "1,2,3\n" * 5000)
    assert look(path).columns == ["a", "b"]


def test_what_is_said_is_taken(path: Path) -> None:
    path.write_text("user,movie\n7,2\n3,5\n")
    assert look(path, header=False).columns == ["c1", "c2"]
    assert look(path, columns=["u", "m"]) == msgspec.structs.replace(look(path), columns=["u", "m"])
    assert look(path, delimiter=";").columns == ["user,movie"]
    assert look(path, quotes=False).quotes is False
    path.write_text("7,2\n3,5\n")
    assert look(path, header=True).columns == ["7", "2"]
    assert look(path, columns=["u", "m"]).header is False
    path.write_text("1 3:1\n0 4:1\n")
    assert look(path, format="delimited").delimiter == " "
    path.write_bytes("이름,수\n가,1\n".encode("cp949"))
    assert look(path, encoding="cp949").columns == ["이름", "수"]


REFUSED = {
    "empty": (b"", ": 0 bytes of text; expected rows", ""),
    "breaks alone": (b"\n\r\n", ": 3 bytes of text; expected rows", ""),
    "header alone": (b"a,b\n", ": only a header; expected rows below it", ""),
    "zip": (b"PK\x03\x04abc", ": is a zip archive", "unzip it"),
    "xz": (b"\xfd7zXZ\0abc", ": is xz data", "unxz"),
    "bzip2": (b"BZh91AY", ": is bzip2 data", "bunzip2"),
    "HDF5": (b"\x89HDF\r\n\x1a\n", ": is HDF5", "Parquet"),
    "Feather": (b"ARROW1\0\0", ": is Arrow data", "read_feather"),
    "pickle": (b"\x80\x04\x95abc", ": is a pickle", "to_parquet"),
    "UTF-16": ("a,b\n1,2\n".encode("utf-16"), ": is UTF-16 or UTF-32 text", "iconv"),
    "UTF-16, bare": ("a,b\n1,2\n".encode("utf-16-le"), ": looks like UTF-16", "iconv"),
    "tar": (b"x" * 257 + b"ustar" + b"\0" * 99, ": is a tar archive", "unpack"),
    "tar in gzip": (gzip.compress(b"x" * 257 + b"ustar" + b"\0" * 99), ": is a tar archive", ""),
    "gzip, cut": (gzip.compress(b"a,b\n1,2\n")[:-9], ": the gzip data ends too early", "cut short"),
    "gzip, damaged": (gzip.compress(b"a,b\n1,2\n" * 9)[:-8] + b"\0" * 8, ": the gzip data is", ""),
    "zstd, cut": (zstandard.compress(b"a,b\n1,2\n")[:-3], ": the zstd data ends too early", ""),
    "zstd, damaged": (zstandard.compress(b"a,b\n")[:4] + b"\xff" * 40, ": the zstd data is", ""),
    "NUL": (b"a,b\n1,2\n1,\0\n", ":3: there is a NUL byte at offset 10", ""),
    "CP949": ("a,b\n1,구\n".encode("cp949"), ":2: byte 0xb1 at offset 6 is not UTF-8", "cp949"),
    "twice": (b"a,b,a\n1,2,3\n", ":1: column 'a' is there twice", "data.columns"),
    "names": (b"a,b\n1,2,3\n4,5,6\n", ":1: 2 names above rows of 3 values", "data.columns"),
    "old Mac": (b"a,b\r1,2\r3,4\r", ":1: there is a carriage return", "tr"),
    "long": (b"a," * (1 << 20), ":1: the line is longer than 1 MiB", ""),
}


@pytest.mark.parametrize(("content", "what", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused_in_a_line_that_leads_on(
    path: Path, content: bytes, what: str, hint: str
) -> None:
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        look(path)
    assert str(caught.value).startswith(f"{path}{what}")
    assert "\n" not in str(caught.value)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ({"delimiter": ""}, "the delimiter is ''"),
        ({"delimiter": "\n"}, "the delimiter is"),
        ({"delimiter": "x"}, "the delimiter is 'x'"),
        ({"delimiter": "::", "quotes": True}, "quotes and the delimiter '::'"),
        ({"encoding": "utf-16"}, "the encoding is 'utf-16'"),
        ({"encoding": "nonsense"}, "the encoding is 'nonsense'"),
        ({"encoding": "rot13"}, "the encoding is 'rot13'"),
        ({"columns": ["a"]}, "2 columns; expected 1"),
        ({"columns": ["a", "a"]}, "column 'a' is there twice"),
        ({"format": "parquet"}, "is no Parquet"),
    ],
)
def test_what_is_said_must_make_sense(path: Path, how: dict[str, object], what: str) -> None:
    path.write_text("a,b\n1,2\n")
    with pytest.raises(FmbenchError) as caught:
        look(path, **how)
    assert what in str(caught.value)
    assert isinstance(caught.value, DataError | UsageError)


def test_what_is_no_file_is_refused(path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        look(path)
    path.mkdir()
    with pytest.raises(DataError, match="it is a folder"):
        look(path)


def test_a_quote_in_recboles_format_is_text(path: Path) -> None:
    path.write_text('id:token\tname:token_seq\n1\t"Angel\n2\tb\n')
    assert look(path).quotes is False


def test_a_quote_that_stays_open_is_left_to_the_reader(path: Path) -> None:
    path.write_text('a,b\n1,"x\n2,y\n')
    found = look(path)
    assert (found.columns, found.quotes) == (["a", "b"], True)

"""XML in whatever encoding it is declared, and none that does harm."""

import pytest

from ssd_lib.data.decoding import decode
from ssd_lib.data.voc.xml_files import BrokenXml, read_xml

BODY = "<annotation><name>{}</name></annotation>"


def declared(encoding, name="색인", written=None):
    text = f"<?xml version='1.0' encoding=\"{encoding}\"?>{BODY.format(name)}"
    return text.encode(written or encoding)


def read(tmp_path, content):
    file = tmp_path / "a.xml"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_xml(file)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (BODY.format("색인"), "색인"),
        (declared("utf-8"), "색인"),
        (declared("UTF-8", written="utf-8-sig"), "색인"),
        (declared("utf-16"), "색인"),
        (declared("utf-16", written="utf-16-le"), "색인"),
        (declared("utf-16", written="utf-16-be"), "색인"),
        (declared("utf-32"), "색인"),
        (BODY.format("색인").encode("utf-16"), "색인"),
        (BODY.format("색인").encode("utf-16-be"), "색인"),
        (BODY.format("색인").encode("utf-32-le"), "색인"),
        (declared("utf-16", written="utf-8"), "색인"),  # .NET's StringWriter says so
        (declared("gb2312", written="utf-8-sig"), "색인"),  # a mark is no accident
        (declared("gb2312", "斑点"), "斑点"),
        (declared("GB2312", "镕", written="gbk"), "镕"),  # which gb2312 lacks
        (declared("gbk", "马"), "马"),
        (declared("big5", "點"), "點"),
        (declared("shift_jis", "斑点①", written="cp932"), "斑点①"),
        (declared("euc-kr", "똠", written="cp949"), "똠"),
        (declared("windows-1252", "é€"), "é€"),
        (declared("koi8-r", "кот"), "кот"),
        ("\n\n" + BODY.format("a") + "\n", "a"),
        ("\n<?xml version='1.0'?>" + BODY.format("a"), "a"),
    ],
)
def test_each_encoding_is_read(content, name, tmp_path):
    root = read(tmp_path, content)
    assert (root.tag, root.findtext("name")) == ("annotation", name)


@pytest.mark.parametrize(
    "text",
    [
        '<annotation xmlns="http://example.org/voc"><name>a</name></annotation>',
        '<v:annotation xmlns:v="u:v"><v:name>a</v:name></v:annotation>',
        "<Annotation><NAME>a</NAME></Annotation>",
        "<!-- made by hand --><annotation><?p q?><name>a</name></annotation>",
        '<!DOCTYPE annotation SYSTEM "voc.dtd"><annotation><name>a</name></annotation>',
    ],
)
def test_tags_are_plain(text, tmp_path):
    root = read(tmp_path, text)
    assert (root.tag, root.findtext("name")) == ("annotation", "a")


@pytest.mark.parametrize(
    ("content", "reason", "line"),
    [
        ("", "it is empty", None),
        (b"\xef\xbb\xbf \n", "it is empty", None),
        ("<a>\n<b>", "it ends too early", 2),
        ("<a>\n</b>", "mismatched tag", 2),
        ("no xml", "syntax error", 1),
        ("<a>\n\x00</a>", "not well-formed (invalid token)", 2),
        (bytes(100), "not well-formed (invalid token)", 1),
        ("<a/><a/>", "junk after document element", 1),
        ("<v:a/>", "unbound prefix", 1),
        ("<a>&nbsp;</a>", "undefined entity", 1),
        (
            declared("utf-8", "é", written="latin-1"),
            "it declares utf-8, and is not in it",
            None,
        ),
        (
            BODY.format("é").encode("latin-1"),
            "it names no encoding but UTF-8, and is not in it",
            None,
        ),
        (
            declared("gb2312", "斑", written="utf-8"),
            "it declares gb2312, and is not in it",
            None,
        ),
        (
            declared("gb2312", "斑点", written="utf-8"),
            "it declares gb2312, and is in UTF-8",
            None,
        ),
        (
            declared("windows-1252", "é", written="utf-8"),
            "it declares windows-1252, and is in UTF-8",
            None,
        ),
        (b"\xff\xfe<\0a\0>", "it has the mark of UTF-16-LE, and is not in it", None),
        *(
            (
                f"<?xml version='1.0' encoding='{name}'?><a/>",
                f"it declares {name}, which is no encoding of text",
                None,
            )
            for name in ("klingon", "hex", "rot13", "idna", "unicode_escape", "utf-7")
        ),
    ],
)
def test_what_cannot_be_read_is_told_in_a_few_words(content, reason, line, tmp_path):
    with pytest.raises(BrokenXml) as caught:
        read(tmp_path, content)
    assert str(caught.value) == f"cannot be read as XML: {reason}"
    assert caught.value.line == line


def test_bombs_and_files_that_are_not_ones_own_are_refused(tmp_path):
    (tmp_path / "secret.txt").write_text("secret")
    for entity in (
        '<!ENTITY e "aaaa">',
        f'<!ENTITY e SYSTEM "{(tmp_path / "secret.txt").as_uri()}">',
        '<!ENTITY % e "aaaa">',
    ):
        text = f"<!DOCTYPE a [{entity}]><a>&e;</a>"
        with pytest.raises(BrokenXml, match="it has entities, which are refused"):
            read(tmp_path, text)
        with pytest.raises(BrokenXml, match="it has entities, which are refused"):
            read(tmp_path, text.encode("utf-16"))


def test_any_depth_is_read(tmp_path):
    root = read(tmp_path, "<A>" * 100_000 + "</A>" * 100_000)
    assert (root.tag, root[0].tag) == ("a", "a")


def test_words_of_east_asia_are_not_taken_for_utf_8():
    word = "隆隆".encode("gb2312")  # two bytes each that UTF-8 could have, too
    assert word.decode() == "¡¡"
    assert decode(word, "gb2312") == "隆隆"

"""Addresses in full, once the site has one."""

import sys
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

from docutils.nodes import document, paragraph
from docutils.utils import new_document

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "book/_ext"))
import sharing  # noqa: E402

ADDRESS = "https://example.org/ssd/"


def app(address):
    config = SimpleNamespace(html_baseurl=address, html_title="A book", author="Somebody")
    env = SimpleNamespace(found_docs={"book/intro", "book/boxes"})
    builder = SimpleNamespace(name="html")
    return SimpleNamespace(config=config, env=env, builder=builder, srcdir=str(ROOT))


def described(page, address, words="Some words."):
    text: document = new_document("page")
    text += paragraph("", words)
    context = {"title": "Boxes <1>", "metatags": ""}
    sharing.describe(app(address), page, "page.html", context, text)
    return context


def test_with_an_address_everything_is_in_full(tmp_path):
    sharing.write(app(ADDRESS), tmp_path)
    tree = ElementTree.parse(tmp_path / "sitemap.xml")
    assert [one.text for one in tree.iter() if one.tag.endswith("loc")] == [
        f"{ADDRESS}book/boxes.html",
        ADDRESS,
    ]
    assert f"Sitemap: {ADDRESS}sitemap.xml" in (tmp_path / "robots.txt").read_text()
    first, other = described("book/intro", ADDRESS), described("book/boxes", ADDRESS)
    assert first["pageurl"] == ADDRESS
    assert f'"og:image" content="{ADDRESS}_static/cards/boxes.jpg"' in other["metatags"]
    assert f'"og:url" content="{ADDRESS}book/boxes.html"' in other["metatags"]
    lost: dict = {}
    sharing.describe(app(ADDRESS), "404", "404.html", lost, None)
    assert f'<base href="{ADDRESS}">' in lost["metatags"]


def test_without_one_nothing_claims_to_be_in_full(tmp_path):
    sharing.write(app(""), tmp_path)
    assert not (tmp_path / "sitemap.xml").exists()
    assert "Sitemap" not in (tmp_path / "robots.txt").read_text()
    page = described("book/glossary", "")
    assert "pageurl" not in page
    assert "og:url" not in page["metatags"]
    assert '"og:image" content="../_static/cards/intro.jpg"' in page["metatags"]


def test_words_stay_words():
    said = described("book/faq", "", 'A "quoted" </script> & more')["metatags"]
    assert "&quot;quoted&quot; &lt;/script&gt; &amp; more" in said
    assert said.count("</script>") == 1
    long = described("book/faq", "", "word " * 100)["metatags"]
    assert 'word…"' in long

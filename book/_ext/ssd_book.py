"""What the book's pages need beyond Jupyter Book: widgets, mathematics, no CDN.

- The widgets' JavaScript and the pictures go to ``_static``, where
  ``loader.js`` finds them.
- Mathematics is set by KaTeX while the book is built; its style sheet and fonts
  come from the npm package ``katex`` and are served from the site.
- Buttons that need the repository's address appear when ``_config.yml`` has one.
- What the theme would load from elsewhere, or asks for in a way that a page
  opened from a file cannot answer, is taken out.
- No script stays in the text of a page: ``inline_scripts.py``.
"""

import atexit
import base64
import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinxcontrib import katex

import cards
import downloads
import drawings
import embedded
import faces
import first_page
import folding
import highlighting
import inline_scripts
import keeping
import labels
import links
import notes
import npm_packages
import places
import reference
import road
import search_index
import sharing
import site_scripts
import spacing
import style_sheets

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "ssd_lib" / "figures"
STATIC = ROOT / "book" / "_static"
sys.path.insert(0, str(ROOT))  # no ssd_lib is installed where the book is built
from ssd_lib.widgets.asking import all_asked  # noqa: E402
from ssd_lib.widgets.modules import FOLDER as WIDGETS  # noqa: E402
from ssd_lib.widgets.modules import (  # noqa: E402
    module_sheet,
    module_source,
    trainer_source,
    widget_names,
    worker_source,
)

NETWORK = "toy_tiny"  # the one that runs in pages, of data/weights
TIMES = ROOT / "data" / "runs" / "chapter_times.json"
TIMES_PLACE = "#how-long-the-chapters-run"  # of the page on running it
COLAB = "https://colab.research.google.com"
HEAD = re.compile(r"You will .* · needs .* · \d+ minutes")  # tools/notebooks.py checks it
NO_ADDRESS = "cd ssd-book  # the folder with the book's files"  # as pages write it
# Font preloads, which file:// blocks, and preloads of scripts, which hold up the text; a
# script of 1.5 MB for icons that the style sheet has, too; and what belongs to extensions
# that this book does not use.
UNWANTED = re.compile(
    r'<link [^>]*rel="preload"[^>]*as="font"[^>]*>\s*'
    r'|<link [^>]*rel="preload"[^>]*(?:fontawesome|as="script")[^>]*>\s*'
    r'|<script src="[^"]*fontawesome[^"]*"></script>\s*'
    r"|<link [^>]*/(?:sphinx-design|sphinx-thebe|graphviz)[^>]*>\s*"
    r"|<script [^>]*(?:design-tabs|togglebutton)[^>]*></script>\s*"
    r"|<script>(?:let toggleHint|var togglebutton)[^<]*</script>\s*"
    r"|<script(?:(?!</script>).)*thebe(?:(?!</script>).)*</script>\s*"
    r"|<script>(?:kernelName|DOCUMENTATION_OPTIONS\.pagename) = [^<]*</script>\s*",
    re.DOTALL | re.IGNORECASE,
)
# A script that has a file and does not wait, but for the one that must not.
HASTY = re.compile(rf"<script(?=[^>]* src=)(?![^>]*\b(?:defer|{inline_scripts.EARLY}))")


def collect_static(app: Sphinx) -> None:
    """Gather everything that pages load into one folder that Sphinx copies."""
    static = Path(app.doctreedir).parent / "ssd_static"
    style_sheets.clear(Path(app.outdir))
    downloads.clear(Path(app.outdir))
    shutil.rmtree(static, ignore_errors=True)
    (static / "widgets").mkdir(parents=True)
    (static / "pictures").mkdir()
    for name in widget_names():
        texts = ", ".join(map(json.dumps, (name, module_source(name), module_sheet(name))))
        (static / "widgets" / f"{name}.js").write_text(f"ssdWidget({texts});\n", encoding="utf-8")
    packed = (ROOT / "data/weights" / f"{NETWORK}.packed").read_bytes()
    (static / f"{NETWORK}.packed").write_bytes(packed)
    files = {
        "engine": worker_source(),
        "trainer": trainer_source(),
        NETWORK: base64.b64encode(packed).decode(),  # for file://
        "questions": json.dumps(all_asked(), ensure_ascii=False),
    }
    for name, text in files.items():
        call = f"ssdFile({json.dumps(name)}, {json.dumps(text)});\n"
        (static / f"{name}.js").write_text(call, encoding="utf-8")
    for picture in (ROOT / "data").glob("*.webp"):
        shutil.copy(picture, static / "pictures")
    shutil.copy(WIDGETS / "widgets.css", static)
    shutil.copy(FIGURES / "tokens.css", static)
    copy_katex(static)
    app.config.html_static_path.append(str(static))
    for sheet in style_sheets.OWN:
        app.add_css_file(sheet)
    for script in ("memory.js", "states.js", "loader.js", "reading.js", "frames.js", "printing.js"):
        app.add_js_file(script)


def copy_katex(static: Path) -> None:
    """KaTeX's style sheet and fonts."""
    npm_packages.fetch()
    katex_files = npm_packages.MODULES / "katex" / "dist"
    shutil.copytree(katex_files / "fonts", static / "fonts", ignore=only_woff2)
    shutil.copy(katex_files / "katex.min.css", static)


def only_woff2(_folder: str, names: list[str]) -> list[str]:
    """Names to leave out: every browser of the last ten years reads woff2."""
    return [name for name in names if not name.endswith(".woff2")]


def use_address(app: Sphinx, config: Config) -> None:
    """Show the buttons that need the repository's address if there is one."""
    options = config.html_theme_options
    if address := options.get("repository_url"):
        options["use_repository_button"] = True
        if address.startswith("https://github.com/"):  # Colab opens no other
            options["launch_buttons"] = {"colab_url": COLAB}


def write_address(app: Sphinx, docname: str, source: list[str]) -> None:
    """Say where the book's files come from, if the repository has an address."""
    if address := app.config.html_theme_options.get("repository_url"):
        source[0] = source[0].replace(NO_ADDRESS, f"git clone {address} ssd-book; cd ssd-book")


def write_times(app: Sphinx, docname: str, source: list[str]) -> None:
    """Put the recorded running times where the text asks for them."""
    if ":running-times:" in source[0]:
        record = json.loads(TIMES.read_text(encoding="utf-8"))
        rows = "".join(
            f"| [{row['title']}]({row['file']}.ipynb) | {row['cells']} | {row['seconds']:.0f} |\n"
            for row in record["chapters"]
        )
        total = sum(row["seconds"] for row in record["chapters"])
        threads = f"{record['threads']} thread" + "s" * (record["threads"] != 1)
        table = (
            f"| chapter | cells | seconds |\n|---|---|---|\n{rows}| all "
            f"| {sum(row['cells'] for row in record['chapters'])} | {total:.0f} |\n\n"
            f"Measured with `{record['command']}` at commit `{record['commit']}`: "
            f"{record['device']}, {threads}, "
            f"Python {record['python']}, torch {record['torch']}."
        )
        source[0] = source[0].replace(":running-times:", table)


def mark_head(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Set the line under a chapter's title apart, and add how long its cells run."""
    chapters = json.loads(TIMES.read_text(encoding="utf-8"))["chapters"]
    seconds = {f"book/{row['file']}": row["seconds"] for row in chapters}
    for paragraph in doctree.findall(nodes.paragraph):
        if HEAD.fullmatch(paragraph.astext()):
            paragraph["classes"].append("ssd-head")
            if docname in seconds:
                page = app.builder.get_relative_uri(docname, "book/running") + TIMES_PLACE
                words = f"runs in {seconds[docname]:.0f} seconds"
                link = nodes.reference("", words, refuri=page, internal=True)
                paragraph += [nodes.Text(" · "), link]
            return


def after_first_paint(page: str) -> str:
    """Let the scripts of a page wait until the text is there."""
    return HASTY.sub("<script defer", page)


def clean_page(app: Sphinx, exception: Exception | None) -> None:
    """Take out of the finished pages what the theme adds and this book cannot use."""
    if exception is not None or app.builder.format != "html":
        return
    for template in Path(app.outdir, "_static").glob("*webpack-macros.html"):
        template.unlink()
    there = {
        embedded.digest(picture.read_bytes()): f"_static/pictures/{picture.name}"
        for picture in Path(app.outdir, "_static/pictures").glob("*.webp")
    }
    for page in Path(app.outdir).rglob("*.html"):
        text = UNWANTED.sub("", page.read_text(encoding="utf-8"))
        text = first_page.once(text)
        # A role that lists of references must not have as children any more.
        text = text.replace('role="doc-biblioentry"', 'role="listitem"')
        # A folded cell is called what its line says.
        text = text.replace('<summary aria-label="Toggle hidden content">', "<summary>")
        text = places.keep(cards.name_cells(spacing.signed(text)), page)
        root = style_sheets.root_of(page, Path(app.outdir))
        text, scripts = inline_scripts.move(after_first_paint(text), root)
        text, pictures = embedded.move(drawings.proportioned(drawings.slim(text)), root, there)
        page.write_text(text, encoding="utf-8")
        files = pictures | {path: code.encode() for path, code in scripts.items()}
        for path, content in files.items():
            file = Path(app.outdir, path)
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
    search_index.write(Path(app.outdir))
    style_sheets.join(Path(app.outdir), [*WIDGETS.glob("*.js"), *STATIC.glob("*.js")])
    faces.write(Path(app.outdir))
    first_page.write(Path(app.outdir))
    sharing.write(app, Path(app.outdir))
    site_scripts.join(Path(app.outdir))


class Renderer(subprocess.Popen):
    """A process that does not outlive the build, however that ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        """Start it."""
        super().__init__(*args, **kwargs)
        atexit.register(self.kill)


START = katex.KaTeXServer.start_server_process


def start_patiently(rundir: Path, timeout: float) -> tuple:
    """Start KaTeX's server; on a busy machine it may be asked before it listens."""
    for attempt in range(5):
        try:
            return START(rundir, timeout)
        except ConnectionRefusedError:
            (rundir / "katex.sock").unlink(missing_ok=True)
            time.sleep(attempt)
    return START(rundir, timeout)


def render_patiently() -> None:
    """Let the mathematics be set by our node, and give it time."""
    katex.NODEJS_BINARY = str(npm_packages.NODE)
    # On a cold or busy machine node takes longer to start than the 5 s allowed for it.
    katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 120.0
    katex.Popen = Renderer
    katex.KaTeXServer.start_server_process = staticmethod(start_patiently)
    katex.KATEX_DEFAULT_OPTIONS["throwOnError"] = True


def setup(app: Sphinx) -> dict:
    """Register with Sphinx."""
    render_patiently()
    highlighting.use()
    app.connect("config-inited", use_address)
    app.connect("source-read", write_address)
    app.connect("source-read", write_times)
    app.connect("source-read", folding.fold)
    app.connect("source-read", reference.expand_modules)
    app.connect("missing-reference", reference.find_by_last_name)
    app.connect("builder-inited", collect_static)
    app.connect("env-updated", labels.add)
    app.connect("doctree-resolved", road.draw)
    app.connect("html-page-context", road.say_what_comes)
    app.connect("html-page-context", sharing.describe)
    app.connect("html-collect-pages", sharing.lost)
    app.connect("doctree-resolved", keeping.offer)
    app.connect("doctree-resolved", mark_head)
    app.connect("doctree-resolved", notes.place)
    app.connect("doctree-resolved", links.add_links)
    app.connect("doctree-resolved", spacing.hold)
    app.connect("build-finished", clean_page, priority=900)  # the theme writes until the end
    return {
        "version": "1",
        "parallel_read_safe": True,
        "parallel_write_safe": False,
    }

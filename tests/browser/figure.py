"""A widget in a built page, as a reader meets it; each widget's tests add to it."""

from pathlib import Path

from waiting import wait_until

SCREENSHOTS = Path(__file__).parents[2] / "screenshots"
TWO_FRAMES = """() => new Promise((done) =>
    requestAnimationFrame(() => requestAnimationFrame(done)))"""
# The page's own time: what glides for less than this had its first frame no later.
REST = """(ms) => new Promise((done) => {
    let first;
    const step = (now) => {
        first ??= now;
        if (now - first < ms) requestAnimationFrame(step);
        else done();
    };
    requestAnimationFrame(step);
})"""
# What stays in its place when the page is scrolled.
NOTHING_BEFORE_IT = "#pst-skip-link, .bd-header-article { visibility: hidden !important }"
DOUBLE_MS = 300  # a player takes no second press within this time: it is of a double click
LOOKS = [(1280, False), (360, True)]  # both widths and both schemes, each once


class Figure:
    """The mounted figure of one widget, scrolled to.

    A subclass names the ``widget`` and the ``path`` of its page, and where in it the
    reader chooses, if that is no picture.
    """

    widget: str
    path: str
    ready = ".ssd-stage"

    def __init__(self, watched):
        self.watched = watched
        self.page = watched.open(self.path)
        self.figure = self.page.locator(f"figure[data-widget={self.widget}]")
        self.figure.scroll_into_view_if_needed()
        self.page.locator(f"figure.ssd-mounted[data-widget={self.widget}]").wait_for()
        self.stage = self.figure.locator(self.ready)
        self.stage.scroll_into_view_if_needed()

    def number(self, name):
        """What the figure writes as the number of that name, with spaces that may break."""
        return self.figure.locator(f"[data-number={name}]").inner_text().replace("\xa0", " ")

    def answered(self):
        """What stands where a question is answered, with spaces that may break."""
        return self.figure.locator(".ssd-answer").inner_text().replace("\xa0", " ")

    def to_page(self, x, y):
        """Where in the window a place of the picture is."""
        self.stage.scroll_into_view_if_needed()
        frame = self.stage.bounding_box()
        return frame["x"] + x * frame["width"], frame["y"] + y * frame["height"]

    def wait_until(self, is_true):
        """Let the page go on until something is true of it."""
        wait_until(is_true, pause=lambda: self.page.wait_for_timeout(50))

    def rest(self, ms=400):
        """Wait until what glides has come to rest, however slow the machine is."""
        self.page.evaluate(REST, ms)
        self.page.evaluate(TWO_FRAMES)

    def press_anew(self, button):
        """Press a player's button, and not as the second half of a double click."""
        self.page.wait_for_timeout(DOUBLE_MS + 50)
        button.click()

    def look(self, width, dark):
        """Show the page as wide as this, and by day or night."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.emulate_media(color_scheme="dark" if dark else "light")

    def screenshot(self, name):
        """Keep an image of the figure for a look, once it is drawn."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.evaluate(TWO_FRAMES)
        self.figure.screenshot(path=SCREENSHOTS / f"{name}.png", style=NOTHING_BEFORE_IT)
        return (SCREENSHOTS / f"{name}.png").stat().st_size

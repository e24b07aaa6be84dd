"""A strict host of the book, and pages whose every complaint is kept."""

from pathlib import Path

from playwright.sync_api import expect
from serving import serving
from waiting import PATIENT_S

expect.set_options(timeout=1000 * PATIENT_S)
ROOT = Path(__file__).parents[2]
# The strictest policy that a host may set, as book/running.md says.
POLICY = (
    "default-src 'self'; script-src 'self' blob: 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; worker-src blob:"
)
REPORT = """
document.addEventListener("securitypolicyviolation", (event) => {
  console.error(`forbidden by the policy: ${event.effectiveDirective} ${event.blockedURI}`);
});
"""
# In the window, all at one moment: a page may move between two looks.
PLACES = """(all) => all.map((one) => {
    const { x, y, width, height } = one.getBoundingClientRect();
    return { x, y, width, height };
})"""


def strictly_serving(folder):
    """Serve a folder; a browser names on the console what the policy forbids."""
    return serving(folder, **{"Content-Security-Policy": POLICY})


def places(*locators):
    """Where these are at one and the same moment, to be compared with each other."""
    handles = [one.element_handle() for one in locators]
    return locators[0].page.evaluate(PLACES, handles)


# Scripts come after the first paint (start.js), but for those of pages with some of their own.
STARTED = "html[data-started], script[defer][src*='site.js']"


FACES = "document.fonts.ready.then(() => 0)"


class Watched:
    """A page that may speak to the book alone; what goes wrong is kept."""

    def __init__(self, context, address, runs_scripts=True):
        self.address = address
        self.runs_scripts = runs_scripts
        self.trouble = []
        context.route("**/*", self.route)
        context.add_init_script(REPORT)
        self.page = context.new_page()
        self.page.on("console", self.console)
        self.page.on("pageerror", lambda error: self.trouble.append(f"raised {error}"))
        self.page.on("requestfailed", self.failed)

    def failed(self, request):
        """Note what could not be fetched; not what was given up, for the page was left."""
        if request.failure != "net::ERR_ABORTED":
            self.trouble.append(f"failed {request.url}: {request.failure}")

    def route(self, route):
        url = route.request.url
        if url.startswith((self.address, "blob:", "data:")):
            route.continue_()
        else:
            self.trouble.append(f"asked another host: {url}")
            route.abort()

    def console(self, message):
        if message.type in ("error", "warning"):
            self.trouble.append(f"console: {message.text}")

    def open(self, path):
        self.page.goto(self.address + path)
        if self.runs_scripts:
            self.page.locator(STARTED).first.wait_for(state="attached")
            self.page.evaluate(FACES)  # when they come, lines may break anew
        return self.page

"""A strict server of files, and pages whose every complaint is kept."""

import contextlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import expect

PATIENT_S = 120  # how long anything may take on a busy machine
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


class StrictHandler(SimpleHTTPRequestHandler):
    def end_headers(self):
        """Forbid what the policy forbids; a browser then names it on the console."""
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_):
        """Say nothing: a test's output is its failures."""


@contextlib.contextmanager
def serving(folder):
    handler = partial(StrictHandler, directory=folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


class Watched:
    """A page that may speak to the book alone; what goes wrong is kept."""

    def __init__(self, context, address):
        self.address = address
        self.trouble = []
        context.route("**/*", self.route)
        context.add_init_script(REPORT)
        self.page = context.new_page()
        self.page.on("console", self.console)
        self.page.on("pageerror", lambda error: self.trouble.append(f"raised {error}"))
        self.page.on("requestfailed", lambda r: self.trouble.append(f"failed {r.url}"))

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
        return self.page

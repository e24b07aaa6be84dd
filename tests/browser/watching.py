"""A server of files, and pages whose every complaint is kept."""

import contextlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class SilentHandler(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        """Say nothing: a test's output is its failures."""


@contextlib.contextmanager
def serving(folder):
    handler = partial(SilentHandler, directory=folder)
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

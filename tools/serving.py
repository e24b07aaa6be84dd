"""Servers on this machine, for as long as somebody needs one, that log nothing."""

import contextlib
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer


class Silent(BaseHTTPRequestHandler):
    def log_message(self, *_):
        """Log nothing: what a test or a tool says is its own."""


class Files(Silent, SimpleHTTPRequestHandler):
    """The files of a folder, each with some more headers."""

    def __init__(self, *args, more_headers, **options):
        self.more_headers = more_headers
        super().__init__(*args, **options)  # answers the request

    def end_headers(self):
        for name, value in self.more_headers.items():
            self.send_header(name, value)
        super().end_headers()


@contextlib.contextmanager
def running(server):
    """Answer requests in a thread of its own; the address, with a slash at its end."""
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def serving(folder, **more_headers):
    handler = partial(Files, directory=folder, more_headers=more_headers)
    return running(ThreadingHTTPServer(("127.0.0.1", 0), handler))

"""Servers on this machine, for as long as somebody needs one, that log nothing."""

import contextlib
import gzip
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


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


class Packed(Files):
    """As hosts serve them: texts compressed, many files over one connection."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        content, kind = path.read_bytes(), self.guess_type(path)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if kind.startswith("text/") or kind.endswith(("javascript", "json", "xml")):
            content = gzip.compress(content)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextlib.contextmanager
def running(server):
    """Answer requests in a thread of its own; the address, with a slash at its end."""
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


def serving(folder, handler=Files, **more_headers):
    handler = partial(handler, directory=folder, more_headers=more_headers)
    return running(ThreadingHTTPServer(("127.0.0.1", 0), handler))

"""Downloads, from servers that hang, break off, lie, or are asked by two at once."""

import contextlib
import hashlib
import http.server
import subprocess
import sys
import threading

import pytest
from serving import Silent, running
from waiting import wait_until

from ssd_lib import download as module
from ssd_lib.download import check_digest, download, scratch_beside

CONTENT = bytes(range(256)) * 8192  # 2 MB
DIGEST = f"sha256:{hashlib.sha256(CONTENT).hexdigest()}"


class Server(http.server.ThreadingHTTPServer):
    """Answers each request as the next behaviour says, and the last one again."""

    def __init__(self, *behaviours):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = list(behaviours)
        self.ranges = []
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}/folder/file.bin"


class Handler(Silent):
    def do_GET(self):
        server = self.server
        server.ranges.append(self.headers["Range"])
        behaviours = server.behaviours
        behaviour = behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]
        behaviour(self)

    def start(self, content=CONTENT, first=0, code=200):
        self.send_response(code)
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        return content[first:]

    def asked_from(self):
        asked = self.headers["Range"]
        return int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0


def whole(handler):
    handler.wfile.write(handler.start())


def the_rest(handler):
    first = handler.asked_from()
    if first >= len(CONTENT):
        handler.send_error(416)
    else:
        handler.wfile.write(handler.start(first=first, code=206 if first else 200))


def breaks_off(handler):
    """Half of what is missing, and the connection is closed."""
    first = handler.asked_from()
    rest = handler.start(first=first, code=206 if first else 200)
    handler.wfile.write(rest[: len(rest) // 2])


def hangs(handler):
    handler.server.over.wait(60)


def hangs_midway(handler):
    handler.wfile.write(handler.start()[:1000])
    handler.server.over.wait(60)


def drips(handler):
    for byte in handler.start()[:100]:
        handler.server.over.wait(0.02)
        handler.wfile.write(bytes([byte]))


def never_ends(handler):
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.over.is_set():
        handler.wfile.write(CONTENT)


def says(code):
    return lambda handler: handler.send_error(code)


def talks_nonsense(handler):
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")


@pytest.fixture
def serve(monkeypatch):
    monkeypatch.setattr(module, "PAUSE_S", 0.0)
    with contextlib.ExitStack() as until_the_end:

        def start(*behaviours):
            server = Server(*behaviours)
            server.handle_error = lambda *_: None  # a client that has left
            until_the_end.enter_context(running(server))
            until_the_end.callback(server.over.set)
            return server

        yield start


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new" / "file.bin"


def visible(path):
    return sorted(f.name for f in path.parent.iterdir() if f.name[0] != ".")


@pytest.mark.parametrize("digest", ["", DIGEST, DIGEST[:15], "md5:"])
def test_a_file_is_fetched_once(serve, path, digest):
    server = serve(whole)
    for _ in range(2):
        download(server.url, str(path), digest, largest=len(CONTENT))
        assert path.read_bytes() == CONTENT
    assert server.ranges == [None]
    assert visible(path) == ["file.bin"]


def test_a_file_that_is_there_needs_no_lock(path, monkeypatch):
    """It may lie where nothing can be written."""
    path.parent.mkdir()
    path.write_bytes(b"mine")
    monkeypatch.setattr(module, "FileLock", lambda _: pytest.fail("locked"))
    download("http://127.0.0.1:9/not asked", path, DIGEST)
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("behaviour", "timeout", "reason"),
    [
        (hangs, 0.1, r"no answer for 0\.1 s"),
        (hangs_midway, 0.1, r"no answer for 0\.1 s"),
        (drips, 0.5, "only [0-9]+ bytes came|no answer"),
        (breaks_off, 30, "it ended after 1835008 of 2097152 bytes"),
        (says(500), 30, "HTTP Error 500"),
        (talks_nonsense, 30, "SSH"),
    ],
)
@pytest.mark.parametrize("digest", ["", DIGEST])
def test_what_cannot_be_had_is_told_after_some_tries(
    serve, path, monkeypatch, behaviour, timeout, reason, digest
):
    monkeypatch.setattr(module, "TIMEOUT_S", timeout)
    server = serve(behaviour)
    with pytest.raises(OSError, match=f"{server.url} cannot be downloaded: .*{reason}"):
        download(server.url, path, digest)
    wait_until(lambda: len(server.ranges) >= module.TRIES)  # the server may be slower
    assert len(server.ranges) == module.TRIES
    assert not path.exists()


@pytest.mark.parametrize("code", [403, 404])
def test_a_refusal_is_not_tried_again(serve, path, code):
    server = serve(says(code))
    with pytest.raises(OSError, match=f"file.bin cannot be downloaded: .* {code}"):
        download(server.url, path)
    assert len(server.ranges) == 1


def test_nobody_there_is_told(serve, path):
    server = serve(whole)
    server.server_close()
    with pytest.raises(OSError, match=r"cannot be downloaded: .*refused"):
        download(server.url, path)


@pytest.mark.parametrize("digest", ["", DIGEST])
def test_it_goes_on_where_it_broke_off(serve, path, digest):
    server = serve(breaks_off, breaks_off, the_rest)
    download(server.url, path, digest)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=1048576-", "bytes=1572864-"]


def test_a_server_that_cannot_go_on_begins_anew(serve, path):
    server = serve(breaks_off, whole)
    download(server.url, path, DIGEST)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("left", "asked"),
    [
        (CONTENT[:500], ["bytes=500-"]),
        (b"of another file", ["bytes=15-", None]),
        (CONTENT, ["bytes=2097152-", None]),
        (CONTENT + b"too much", ["bytes=2097160-", None]),
    ],
)
def test_what_a_killed_process_left_is_continued_or_thrown_away(serve, path, left, asked):
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(left)
    server = serve(the_rest)
    download(server.url, path, DIGEST)
    assert path.read_bytes() == CONTENT
    assert server.ranges == asked
    assert visible(path) == ["file.bin"]


def test_without_a_digest_nothing_old_is_continued(serve, path):
    path.parent.mkdir()
    path.with_name("file.bin.part").write_bytes(b"of another file")
    server = serve(the_rest)
    download(server.url, path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None]


@pytest.mark.parametrize(("behaviour", "largest"), [(whole, 1000), (never_ends, 10**7)])
def test_what_is_too_long_is_not_kept(serve, path, behaviour, largest):
    url = serve(behaviour).url
    with pytest.raises(ValueError, match=f"{url} must have {largest} bytes at most"):
        download(url, path, largest=largest)
    assert visible(path) == []


@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_another_file_is_not_kept(serve, path, kind):
    server = serve(whole)
    found = hashlib.new(kind, CONTENT).hexdigest()
    with pytest.raises(ValueError, match=f"{server.url} must have {kind} 00, got {found}"):
        download(server.url, path, f"{kind}:00")
    assert visible(path) == []


def test_a_full_disk_is_told_with_the_path(serve, path):
    resource = pytest.importorskip("resource", reason="limits are POSIX's")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    url = serve(whole).url
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with pytest.raises(OSError, match=f"{path}.part cannot be written: File too"):
            download(url, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    download(url, path)
    assert path.read_bytes() == CONTENT


ASK = """
import sys
from ssd_lib.download import download
print("ready", flush=True)
sys.stdin.readline()
download(*sys.argv[1:])
"""


def test_of_two_processes_one_downloads(serve, path):
    """As those of a distributed run do, which know nothing of each other yet."""
    both = threading.Event()

    def once_both_have_asked(handler):
        if len(handler.server.ranges) == 2:
            both.set()
        both.wait(0.5)  # in vain: the other one must not ask
        whole(handler)

    server = serve(once_both_have_asked)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ASK, server.url, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert len(server.ranges) == 1
    assert path.read_bytes() == CONTENT


def test_a_file_is_compared_with_its_digest(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(CONTENT)
    check_digest(file, DIGEST)
    check_digest(file, DIGEST[:12])
    with pytest.raises(ValueError, match=f"{file} must have md5 123, got [0-9a-f]+$"):
        check_digest(file, "md5:123")


def test_the_scratch_folder_is_empty_and_does_not_stay(tmp_path):
    old = tmp_path / ".data.part"
    old.mkdir()
    (old / "left by a killed process").write_text("")
    with (
        contextlib.suppress(ZeroDivisionError),
        scratch_beside(tmp_path / "data") as new,
    ):
        assert list(new.iterdir()) == []
        (new / "file").write_text(str(1 / 0))
    assert list(tmp_path.iterdir()) == []

"""All that the book says of a GPU, measured in one call of under ten minutes.

python tools/gpu_runs.py --out data/runs [--folder downloads/bccd] [--only steps,toy]
python tools/gpu_runs.py --dry-run

Each part runs in a process of its own, against its own clock, and writes gpu_PART.json
after every row. What fails takes nothing else along; the table at the end says what it
was. `--device cpu --tiny` rehearses everything without a GPU. CONTRIBUTING.md says how
to bring what a machine without network lacks.
"""

import argparse
import contextlib
import importlib
import json
import os
import shlex
import signal
import subprocess
import sys
import time
import types
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tools"), str(ROOT), str(ROOT / "benchmarks")]
LIMITS_S = {"steps": 210, "inference": 45, "loss": 35, "toy": 145, "folder": 105, "loader": 40}
START_S = 7.0  # of a part: imports, and the first use of the device
ALL_S = 585  # of the whole call
MARGIN_S = 3.0  # a part ends by itself so long before it is stopped
PATIENCE = 20  # of a rehearsal, which may share a slow machine
PROCESSES = 4  # of one part, when its device breaks
BROKEN = 3  # the exit code that gpu_parts/rows.py has for it


def read_xml_without_defusedxml():
    """Let the standard library read one's own label files where defusedxml is missing.

    ssd_lib imports it when it is imported, and knows nothing of this.
    """
    try:
        import defusedxml.ElementTree  # noqa: F401
    except ImportError:
        import xml.etree.ElementTree as ElementTree

        stand_in = types.ModuleType("defusedxml")
        stand_in.ElementTree, stand_in.DefusedXmlException = ElementTree, ValueError
        sys.modules["defusedxml"] = stand_in
        sys.modules["defusedxml.ElementTree"] = ElementTree


def rows_of(name, args):
    """A part's rows; of the other parts nothing is imported."""
    module, function = {
        "toy": ("training", "toy_rows"),
        "folder": ("training", "folder_rows"),
    }.get(name, (name, "rows"))
    module = importlib.import_module(f"gpu_parts.{module}")
    return getattr(module, function)(setting_of(args))


def setting_of(args):
    from gpu_parts.rows import Setting

    workers = 1 if args.tiny else max(1, (os.cpu_count() or 1) - 1)
    return Setting(args.device, args.tiny, args.folder, args.until, workers)


def plan(args):
    """Print what would run, with the seconds it is expected to take."""
    args.until, total, limits = 0.0, 0.0, 0
    for name in args.only:
        rows = rows_of(name, args)
        seconds = START_S + sum(row.expected_s for row in rows if not row.spare)
        print(f"{name}: {seconds:.0f} s expected, {LIMITS_S[name]} s at most")
        for row in rows:
            note = ", if time is left" if row.spare else ""
            print(f"  {row.expected_s:5.1f} s  {row.name}{note}")
        total, limits = total + seconds, limits + LIMITS_S[name]
    print(f"all: {total:.0f} s expected, {limits} s at most")


def run_part(args):
    """In the part's own process: its rows, and its record. The exit code."""
    import torch  # not where parts are only started
    from gpu_parts.about import about, clocks
    from gpu_parts.rows import begin, run_rows, write

    if args.device == "cuda" and not torch.cuda.is_available():
        sys.exit("--device must be one that is here, got cuda")
    rows = rows_of(args.part, args)
    path = args.out / f"gpu_{args.part}.json"
    told = about(args.command, args.commit, args.device) | {"tiny": args.tiny}
    record = begin(path, told, args.resume)
    code = run_rows(rows, setting_of(args), record, path)
    if code != BROKEN:
        record["about"]["clocks_at_the_end"] = clocks(args.device)
        record["ended"] = True
        write(path, record)
    return code


def call_part(name, args, seconds):
    """Start a part, and again if its device breaks; stop it when its time is over."""
    begun, path = time.time(), args.out / f"gpu_{name}.json"
    until = begun + seconds
    command = [
        sys.executable,
        "-u",
        __file__,
        "--part",
        name,
        "--out",
        str(args.out),
        "--device",
        args.device,
        "--until",
        str(until - MARGIN_S),
        "--command",
        args.command,
    ]
    command += ["--tiny"] if args.tiny else []
    command += ["--commit", args.commit] if args.commit else []
    command += ["--folder", str(args.folder)] if args.folder else []
    for number in range(PROCESSES):
        resume = ["--resume"] if number and is_new(path, begun) else []
        code = call(command + resume, until - time.time())
        if code is None:
            return f"stopped at its limit of {seconds:.0f} s"
        if code != BROKEN and code >= 0:
            break
    return f"its process ended with code {code}" if code else None


def call(command, seconds):
    """A process's exit code; None if it had to be stopped. Its own children go, too."""
    own_group = {"process_group": 0} if os.name == "posix" else {}
    child = subprocess.Popen(command, **own_group)
    try:
        return child.wait(timeout=max(seconds, 0.1))
    except subprocess.TimeoutExpired:
        return None
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if own_group:
                os.killpg(child.pid, signal.SIGKILL)
            else:
                child.kill()
        child.wait()


def is_new(path, begun):
    """Whether a record is of this call, not of an earlier one."""
    return path.exists() and path.stat().st_mtime >= begun - 1


def read(name, args, begun):
    """A part's record of this call; an empty one if it left none."""
    path = args.out / f"gpu_{name}.json"
    if not is_new(path, begun):
        return {"rows": [], "failed": [], "skipped": [], "running": None}
    return json.loads(path.read_text(encoding="utf-8"))


def outcome(name, args, begun, stopped):
    """One line of the table, and what went wrong."""
    record = read(name, args, begun)
    done = [row for row in record["rows"] if not row.get("unfinished")]
    wrong = [f"{row['name']}: {row['why']}" for row in record["failed"]]
    wrong += [
        f"{row['name']}: not run, {row['why']}" for row in record["skipped"] if not row["spare"]
    ]
    if stopped and not record.get("ended"):
        during = f" during {record['running']}" if record["running"] else ""
        wrong.append(stopped + during)
    line = f"{name:10} {len(done):4} rows {len(wrong):4} problems"
    return f"{line} {time.time() - begun:6.0f} s", wrong


def run_all(args):
    """Every part that was asked for, then the table. The exit code."""
    args.out.mkdir(parents=True, exist_ok=True)
    start, lines, problems = time.time(), [], []
    patience = PATIENCE if args.tiny else 1
    for name in args.only:
        begun = time.time()
        limit = patience * LIMITS_S[name]
        seconds = min(limit, patience * ALL_S - (begun - start))
        if seconds < min(15, limit):
            lines.append(f"{name:10} not run")
            problems.append(f"{name}: no time is left")
            continue
        print(f"{name}, {seconds:.0f} s at most", flush=True)
        stopped = call_part(name, args, seconds)
        line, wrong = outcome(name, args, begun, stopped)
        lines.append(line)
        problems += [f"{name}: {one}" for one in wrong]
    print("\n".join(["", *lines, *(f"  {one}" for one in problems)]))
    print(f"{time.time() - start:.0f} s; records in {args.out}")
    return 1 if problems else 0


def arguments(given):
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FOLDER",
        help="where records go; the book reads data/runs",
    )
    parser.add_argument(
        "--only",
        metavar="PARTS",
        help=f"some of {','.join(LIMITS_S)}; all if not given",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="PATH",
        help="images in Pascal VOC's form; downloads/bccd, if it is there",
    )
    parser.add_argument("--device", default="cuda", choices=("cuda", "cpu"))
    parser.add_argument(
        "--tiny",
        action="store_true",
        help="small networks and few steps, for a rehearsal",
    )
    parser.add_argument("--commit", help="of the code, where there is no git to ask")
    parser.add_argument("--dry-run", action="store_true", help="print the plan and its seconds")
    for name in ("--part", "--command"):
        parser.add_argument(name, help=argparse.SUPPRESS)
    parser.add_argument("--until", type=float, help=argparse.SUPPRESS)
    parser.add_argument("--resume", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(given)
    if args.out is None and not args.dry_run:
        parser.error("--out needs a folder")
    default = ROOT / "downloads/bccd"
    if args.folder is None and default.is_dir():
        args.folder = default
    if args.only is None:
        has_folder = args.folder is not None or args.dry_run
        args.only = ",".join(n for n in LIMITS_S if n != "folder" or has_folder)
    args.only = args.only.split(",")
    for name in args.only:
        if name not in LIMITS_S:
            parser.error(f"--only must be some of {','.join(LIMITS_S)}, got {name}")
        if name == "folder" and not (args.dry_run or args.folder):
            parser.error("--only folder needs --folder")
    if args.folder and not args.folder.is_dir():
        parser.error(f"--folder must be a folder, got {args.folder}")
    return args


def main(given=None):
    args = arguments(given)
    if args.dry_run or args.part:
        read_xml_without_defusedxml()
    if args.dry_run:
        return plan(args)
    if args.part:
        return run_part(args)
    args.command = shlex.join(["python", "tools/gpu_runs.py", *(given or sys.argv[1:])])
    # Whoever ends this process ends the part that runs, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    return run_all(args)


if __name__ == "__main__":
    sys.exit(main())

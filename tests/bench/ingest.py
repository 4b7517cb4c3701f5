"""Reading files: text out of PDF and DOCX against pdftotext and docx2txt, walking and hashing against fd and b3sum, how the cost
of a file grows with the library, when files are known by name, and what watching takes while nothing happens.

`cargo xtask bench ingest` builds what this needs and calls it. The references are Debian's packages poppler-utils, docx2txt,
fd-find and b3sum; what is not installed is skipped and said so. Ratios above 1: Cairn is quicker. Cairn reads in one process, one
file after the other, on one core; the references are started once for each file, as pipelines of them do.
"""

import argparse
import collections
import json
import os
import re
import resource
import shutil
import sqlite3
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

REFERENCES = {
    ".pdf": lambda path: ["pdftotext", "-enc", "UTF-8", path, "-"],
    ".docx": lambda path: ["docx2txt", path, "-"],
}


class Ours:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)

    def __call__(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def words(text):
    return collections.Counter(re.findall(r"\w+", text.lower()))


def agreement(ours, theirs):
    """Characters in words that both have, as a share of those of the one that has more."""
    count = lambda bag: sum(len(word) * n for word, n in bag.items())
    mine, other = words(ours), words(theirs)
    most = max(count(mine), count(other))
    return count(mine & other) / most if most else 1.0


def extraction(say, ours, data, folder):
    say("| format | files | read by both | ours, ms a file | theirs | ratio of the sums | same characters, median |")
    say("|---|---|---|---|---|---|---|")
    for suffix, command in REFERENCES.items():
        name = command("")[0]
        if not shutil.which(name):
            say(f"\nSKIPPED: {name} is not installed\n")
            continue
        files = sorted(path for path in data.rglob(f"*{suffix}") if "hostile" not in path.parts)
        mine, theirs, agreed = [], [], []
        for path in files:
            start = time.perf_counter()
            try:
                result = subprocess.run(command(str(path)), capture_output=True, timeout=60)
            except subprocess.TimeoutExpired:
                continue
            other = time.perf_counter() - start
            out = folder / "text"
            read = ours("extract", path, out)
            text = result.stdout.decode("utf-8", "replace")
            if "error" in read or result.returncode or not text.strip():
                continue
            mine.append(read["seconds"])
            theirs.append(other)
            agreed.append(agreement(out.read_text("utf-8"), text))
        own, other = (sum(times) / len(times) * 1e3 for times in (mine, theirs))
        say(f"| {suffix[1:]} | {len(files)} | {len(mine)} | {own:.1f} | {name}: {other:.1f} | {other / own:.2f} | {statistics.median(agreed):.3f} |")


def small_files(folder, count):
    for at in range(count):
        inside = folder / f"{at // 500:03}"
        if at % 500 == 0:
            inside.mkdir(parents=True)
        (inside / f"{at}.txt").write_text(f"Note {at}: the parcel with number {at * 7919 % 1_000_003} was delivered on a mild day.\n")


def walking(say, ours, folder, count):
    small_files(folder, count)
    find = shutil.which("fdfind") or shutil.which("fd")
    if not find or not shutil.which("b3sum"):
        say("\nSKIPPED: fd and b3sum are not both installed")
        return
    times = {"ours": [], "theirs": []}
    for _ in range(3):
        start = time.perf_counter()
        subprocess.run(f"{find} -HI -t f -0 . '{folder}' | xargs -0 b3sum > /dev/null", shell=True, check=True)
        times["theirs"].append(time.perf_counter() - start)
        times["ours"].append(ours("walk", folder)["seconds"])
    own, other = (statistics.median(times[name]) for name in ("ours", "theirs"))
    say(f"\nWalking and hashing {count:,} small files: {own:.2f} s, fd and b3sum {other:.2f} s: {own / other:.2f} times theirs.")


def growth(say, cairn, folder, small, large):
    """Without models: finding, hashing, reading, cutting, storing, the index of words."""
    costs = {}
    for count in (small, large):
        files = folder / f"library-{count}"
        small_files(files, count)
        with tempfile.TemporaryDirectory() as library:
            environment = os.environ | {"CAIRN_MODELS_DIR": str(Path(library) / "none")}
            start = time.perf_counter()
            subprocess.run([cairn, "--library", library, "index", str(files)], env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            costs[count] = (time.perf_counter() - start) / count * 1e3
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    say(f"\nCost of a file in a library of {small:,}: {costs[small]:.2f} ms, of {large:,}: {costs[large]:.2f} ms: "
        f"{costs[large] / costs[small]:.2f} times. Largest process: {memory:.0f} MB, without models.")  # fmt: skip


def known_by_name(say, cairn, folder, count):
    """How long after it was added a folder's files can be found by their names."""
    files = folder / "drop"
    small_files(files, count)
    with tempfile.TemporaryDirectory() as library:
        start = time.perf_counter()
        command = [cairn, "--library", library, "index", str(files)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        known = 0
        while known < count and process.poll() is None:
            time.sleep(0.02)
            try:
                with sqlite3.connect(f"file:{library}/library.db?mode=ro", uri=True) as database:
                    known = database.execute("SELECT count(*) FROM files").fetchone()[0]
                elapsed = time.perf_counter() - start
            except sqlite3.OperationalError:
                continue
        process.terminate()
        process.wait()
    say(f"\n{known:,} files were known by name {elapsed:.2f} s after the program was started to add them (2 s to keep).")


def at_rest(say, cairn, folder, seconds):
    """What a program that watches folders takes while nothing happens."""
    files = folder / "rest"
    small_files(files, 1_000)
    with tempfile.TemporaryDirectory() as library:
        command = [cairn, "--library", library, "index", "--watch", str(files)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def taken():
            fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            switches = 0
            for task in Path(f"/proc/{process.pid}/task").iterdir():
                status = (task / "status").read_text()
                switches += int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M)[1])
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), switches

        before = taken()
        while True:  # Until it is at rest: reading and embedding a thousand files takes a while.
            time.sleep(5)
            now = taken()
            if now[0] - before[0] < 0.05:
                break
            before = now
        before = taken()
        time.sleep(seconds)
        after = taken()
        process.terminate()
        process.wait()
    say(f"\nAt rest, watching 1,000 files for {seconds} s: {(after[0] - before[0]) * 1e3:.0f} ms of processor time, "
        f"{(after[1] - before[1]) / seconds:.2f} wake-ups a second.")  # fmt: skip


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--measure", required=True, help="the example `measure_ingest`")
    parser.add_argument("--cairn", required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--walk", type=int, default=100_000)
    parser.add_argument("--small", type=int, default=1_000)
    parser.add_argument("--large", type=int, default=100_000)
    parser.add_argument("--drop", type=int, default=10_000)
    parser.add_argument("--rest", type=int, default=60, help="seconds")
    parser.add_argument("--build", default="development")
    arguments = parser.parse_args()
    lines = []

    def say(line):
        print(line, flush=True)
        lines.append(line)

    ours = Ours(arguments.measure)
    say(f"Reading files, {arguments.build} build, one core for each side.\n")
    with tempfile.TemporaryDirectory() as folder:
        extraction(say, ours, arguments.data, Path(folder))
        walking(say, ours, Path(folder) / "walk", arguments.walk)
        growth(say, arguments.cairn, Path(folder), arguments.small, arguments.large)
        known_by_name(say, arguments.cairn, Path(folder), arguments.drop)
        at_rest(say, arguments.cairn, Path(folder), arguments.rest)
    if arguments.table:
        arguments.table.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

"""Vector search against faiss, hnswlib and usearch's own binding: same vectors, same run, by turns, one thread.

`cargo xtask bench search` calls this in a throw-away virtual environment. Times are of single queries; a ratio below 1
means that Cairn takes less than the reference. Graphs are compared at equal recall: each is timed with the most candidates that
miss recall@10 = 0.99 on the same queries and with the fewest that reach it, and the time at 0.99 is read off the line between.

Vectors. All texts that can be had below the data folder (Cranfield, CISI, ADI, XQuAD, STS-B, the Tauri documentation; whole
and as windows of two sentences) are embedded with all-MiniLM-L6-v2. Uniform noise is nothing like them: in 384 dimensions
all of its points are about equally far from one another. So more vectors are made from the real ones:

    new = normalise(x_i + s (x_a - x_b)),     i any text, a any other, b one of a's 10 nearest

A difference of two near texts is added, so that the spread around each point has the directions, the lengths and the
intrinsic dimension of the real one; large structure (subjects, languages, outliers) is that of the anchors x_i. In a denser
sample neighbours are nearer: distances shrink as n^(-1/d), d the intrinsic dimension, so s = (real / all)^(1/d), with d
estimated from the real vectors (Levina and Bickel 2004, maximum likelihood, k = 20). Queries are real: questions of the same
collections, none of them among the vectors.
"""

import argparse
import csv
import hashlib
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

import faiss
import hnswlib
import numpy as np
import usearch
from usearch.index import Index as UsearchIndex

DIMS = 384
TARGET = 0.99
# What the application asks for after scoring again.
RESCORED_TARGET = 0.995
# For short lists a coarser step would decide who seems quicker.
LADDER = [*range(16, 128, 8), *range(128, 256, 16), 256, 320, 384, 512]
CONNECTIVITY, EXPANSION_ADD = 32, 128
ROUND = 41


# ---------------------------------------------------------------- texts and vectors

def records(path):
    """Title and abstract of each record of a collection in SMART's form."""
    for record in re.split(r"^\.I \d+.*$", path.read_text("latin-1"), flags=re.M)[1:]:
        fields = re.findall(r"^\.([TW])\s*\n(.*?)(?=^\.[A-Z]\b|\Z)", record, flags=re.M | re.S)
        text = " ".join(" ".join(body for _, body in fields).split())
        if text:
            yield text


def chunks(text):
    """Paragraphs joined until they have some 350 characters."""
    chunk = ""
    for paragraph in text.split("\n\n"):
        chunk = (chunk + "\n" + paragraph).strip()
        if len(chunk) >= 350:
            yield chunk[:1200]
            chunk = ""
    if len(chunk) > 60:
        yield chunk


def windows(text):
    sentences = re.split(r"(?<=[.?!]) +", text)
    if len(sentences) >= 5:
        yield from (" ".join(sentences[i : i + 2]) for i in range(0, len(sentences) - 1, 2))


def handbook(data):
    """The English pages of the Tauri documentation."""
    for page in sorted((data / "kb/tauri-docs").rglob("*.md*")):
        if not re.search(r"/(zh-cn|fr|es|ja|ko|_it|pt-br)/", page.as_posix()):
            yield page.read_text("utf-8", "replace")


def by_collection(data):
    """Name, passages and queries of three collections; of the handbook the headings are the queries."""
    classic = data / "text/classic-ir"
    yield "cran", list(records(classic / "cran/cran.all.1400")), list(records(classic / "cran/cran.qry"))
    yield "cisi", list(records(classic / "cisi/CISI.ALL")), list(records(classic / "cisi/CISI.QRY"))
    pages = list(handbook(data))
    headings = {heading for page in pages for heading in re.findall(r"^#+ (.{12,})$", page, flags=re.M)}
    yield "kb", list(dict.fromkeys(chunk for page in pages for chunk in chunks(page))), sorted(headings)


def texts(data):
    classic = data / "text/classic-ir"
    passages, queries = [], []
    for documents, questions in [("cran/cran.all.1400", "cran/cran.qry"), ("cisi/CISI.ALL", "cisi/CISI.QRY"), ("adi/ADI.ALL", "adi/ADI.QRY")]:
        passages += records(classic / documents)
        queries += records(classic / questions)
    for article in json.loads((data / "text/xquad/xquad.en.articles00-23.json").read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            passages.append(paragraph["context"])
            queries += [qa["question"] for qa in paragraph["qas"]][:2]
    with open(data / "text/stsb-multi-mt/stsb-en-dev.csv", encoding="utf-8") as file:
        for row in csv.reader(file):
            passages += row[:2]
    for page in handbook(data):
        passages += chunks(page)
    passages += [window for text in passages for window in windows(text) if len(window) > 40]
    return list(dict.fromkeys(passages)), list(dict.fromkeys(queries))


def embedded(cairn, lines, folder, name, query):
    """Vectors of texts, from an earlier run where the texts are the same."""
    order = sorted(range(len(lines)), key=lambda i: len(lines[i]))
    source = "".join(json.dumps({"text": lines[i]}) + "\n" for i in order).encode()
    path = folder / f"{name}-{hashlib.sha256(source).hexdigest()[:12]}.npy"
    if not path.exists():
        print(f"embedding {len(lines)} {name} ...", file=sys.stderr)
        command = [cairn, "embed", "--model", "all-minilm-l6-v2"] + (["--query"] if query else [])
        output = subprocess.run(command, input=source, stdout=subprocess.PIPE, check=True).stdout
        vectors = np.array([json.loads(line)["vector"] for line in output.splitlines()], dtype=np.float32)
        np.save(path, vectors)
    return np.load(path)


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def neighbours(vectors, k):
    """Distances to, and places of, the k nearest others of each vector."""
    distances, places = np.empty((len(vectors), k), np.float32), np.empty((len(vectors), k), np.int64)
    for start in range(0, len(vectors), 1000):
        cosines = vectors[start : start + 1000] @ vectors.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -2
        best = np.argpartition(-cosines, k, axis=1)[:, :k]
        order = np.argsort(-np.take_along_axis(cosines, best, 1), axis=1)
        places[start : start + 1000] = np.take_along_axis(best, order, 1)
        best_cosines = np.take_along_axis(cosines, places[start : start + 1000], 1)
        distances[start : start + 1000] = np.sqrt(np.maximum(2 - 2 * best_cosines, 1e-8))
    return distances, places


def extended(real, count, seed=1):
    """The real vectors and as many made ones as are missing; and the intrinsic dimension found."""
    distances, places = neighbours(real, 20)
    # Copies and near-copies say nothing about dimension.
    apart = distances[distances[:, 0] > 0.05]
    intrinsic = 1 / np.mean(np.log(apart[:, -1:] / apart[:, :-1]))
    shrink = (len(real) / max(count, len(real))) ** (1 / intrinsic)
    random, parts = np.random.default_rng(seed), [real[:count]]
    missing = count - len(real)
    while missing > 0:
        n = min(missing, 50_000)
        anchor, a = random.integers(len(real), size=(2, n))
        b = places[a, random.integers(10, size=n)]
        parts.append(unit(real[anchor] + shrink * (real[a] - real[b])))
        missing -= n
    return np.concatenate(parts), float(intrinsic), float(shrink)


def rotation(vectors):
    """Eigenvectors of the uncentred second moment, largest first, as Cairn fits them."""
    sample = vectors[:: max(1, len(vectors) // 20_000)].astype(np.float64)
    _, axes = np.linalg.eigh(sample.T @ sample)
    return axes[:, ::-1].astype(np.float32)


# ---------------------------------------------------------------- contenders

class Cairn:
    """The Rust program `search_bench`, one command at a time."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.built = {}

    def __call__(self, *words):
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def timed(queries, search):
    """A contender in this process: single queries."""

    def run(start, end):
        microseconds, keys = [], []
        for i in range(start, end):
            query = queries[i : i + 1]
            begin = time.perf_counter()
            found = search(query)
            microseconds.append((time.perf_counter() - begin) * 1e6)
            keys.append(found)
        return {"microseconds": microseconds, "keys": keys}

    return run


def by_turns(contenders, count, passes=2):
    """Each contender answers a few queries, then the next; p50, p95 in microseconds and all keys."""
    times = {name: [] for name in contenders}
    keys = {name: [None] * count for name in contenders}
    for _ in range(passes):
        for start in range(0, count, ROUND):
            end = min(start + ROUND, count)
            for name, run in contenders.items():
                answer = run(start, end)
                times[name] += answer["microseconds"]
                keys[name][start:end] = answer["keys"]
    return {
        name: {"p50": float(np.percentile(times[name], 50)), "p95": float(np.percentile(times[name], 95)), "keys": keys[name]}
        for name in contenders
    }


class Truth:
    """The exact answer; whatever is as near as the tenth is as right."""

    def __init__(self, vectors, queries, k=10):
        self.vectors, self.queries, self.k = vectors, queries, k
        self.lines = self.tenth(None)

    def tenth(self, allowed):
        vectors = self.vectors if allowed is None else self.vectors[allowed]
        k = min(self.k, len(vectors))
        lines = [-np.partition(-(vectors @ query), k - 1)[k - 1] for query in self.queries]
        return np.array(lines)

    def recall(self, keys, lines=None, wanted=None):
        lines, wanted = self.lines if lines is None else lines, wanted or self.k
        right = sum(
            int(np.sum(self.vectors[np.asarray(found, dtype=np.int64)] @ query >= line - 2e-6))
            for found, query, line in zip(keys, self.queries, lines)
            if len(found)
        )
        return right / (wanted * len(self.queries))


def around(truth, run, ladder=LADDER):
    """Candidates and recall of the last step below the target, and of the first that reaches it."""
    below = reached = None
    for candidates in ladder:
        below, reached = reached, (candidates, truth.recall(run(candidates)(0, len(truth.queries))["keys"]))
        if reached[1] >= TARGET:
            break
    return below or reached, reached


def between(below, reached, low, high):
    """What was measured as `low` and `high` at two recalls, at the target between them."""
    if reached[1] <= below[1]:
        return high
    share = (TARGET - below[1]) / (reached[1] - below[1])
    return low + min(max(share, 0), 1) * (high - low)


# ---------------------------------------------------------------- the report

class Report:
    def __init__(self):
        self.lines = []

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def table(self, *columns):
        self.say("| " + " | ".join(columns) + " |")
        self.say("|" + "---|" * len(columns))

    def row(self, *cells):
        self.say("| " + " | ".join(f"{cell:.4g}" if isinstance(cell, float) else str(cell) for cell in cells) + " |")


def milliseconds(microseconds):
    return f"{microseconds / 1000:.3f}"


def exact(report, cairn, truth, count):
    flat = faiss.IndexFlatIP(DIMS)
    flat.add(truth.vectors)
    contenders = {"faiss IndexFlatIP": timed(truth.queries, lambda query: flat.search(query, 10)[1][0])}
    for storage in ["f32", "f16", "int8", "binary"]:
        cairn("rows", storage, DIMS, storage)
        contenders[f"scan {storage}"] = lambda start, end, name=storage: cairn("scan", name, start, end, 10, 1)
    results = by_turns(contenders, count)
    reference = results["faiss IndexFlatIP"]["p50"]
    report.say(f"\n## Exact scan, {len(truth.vectors):,} x {DIMS}, one thread\n")
    report.table("", "p50 ms", "p95 ms", "ratio to faiss IndexFlatIP", "recall@10")
    for name, result in results.items():
        report.row(name, milliseconds(result["p50"]), milliseconds(result["p95"]), result["p50"] / reference, truth.recall(result["keys"]))


def own_graph(cairn):
    """Rows and graph of the vectors loaded, built once: for whichever part comes first."""
    if "main" not in cairn.built:
        cairn.built["main"] = cairn("index", "main", DIMS, "f16", 2)
    return cairn.built["main"]


def graphs(report, cairn, truth, count):
    faiss_graph = faiss.IndexHNSWFlat(DIMS, CONNECTIVITY, faiss.METRIC_INNER_PRODUCT)
    faiss_graph.hnsw.efConstruction = EXPANSION_ADD
    faiss.omp_set_num_threads(2)
    begin = time.perf_counter()
    faiss_graph.add(truth.vectors)
    faiss_build = time.perf_counter() - begin
    faiss.omp_set_num_threads(1)

    hnsw = hnswlib.Index("ip", DIMS)
    hnsw.init_index(len(truth.vectors), ef_construction=EXPANSION_ADD, M=CONNECTIVITY)
    begin = time.perf_counter()
    hnsw.add_items(truth.vectors, num_threads=2)
    hnsw_build = time.perf_counter() - begin
    hnsw.set_num_threads(1)

    own = UsearchIndex(ndim=DIMS, metric="cos", dtype="i8", connectivity=CONNECTIVITY, expansion_add=EXPANSION_ADD)
    begin = time.perf_counter()
    own.add(np.arange(len(truth.vectors)), truth.vectors, threads=2)
    own_build = time.perf_counter() - begin

    ours = own_graph(cairn)
    report.say(f"\n## Build, {len(truth.vectors):,} x {DIMS}, 2 threads, connectivity {CONNECTIVITY}, expansion {EXPANSION_ADD}\n")
    report.table("", "seconds", "ratio to usearch's Python binding", "memory MB")
    report.row("usearch, Python, int8", own_build, 1.0, f"{own.memory_usage / 1e6:.0f}")
    report.row("Cairn: f16 rows + int8 graph", ours["seconds"], ours["seconds"] / own_build, f"{ours['bytes'] / 1e6:.0f}")
    report.row("faiss IndexHNSWFlat", faiss_build, faiss_build / own_build, "")
    report.row("hnswlib", hnsw_build, hnsw_build / own_build, "")

    def with_faiss(candidates):
        def search(query):
            return faiss_graph.search(query, 10, params=faiss.SearchParametersHNSW(efSearch=candidates))[1][0]

        return timed(truth.queries, search)

    def with_hnswlib(candidates):
        def run(start, end):
            hnsw.set_ef(candidates)
            return timed(truth.queries, lambda query: hnsw.knn_query(query, k=10, num_threads=1)[0][0])(start, end)

        return run

    def with_cairn(candidates):
        return lambda start, end: cairn("graph", "main", start, end, 10, candidates)

    measured = cairn("calibrate", "main", TARGET)
    contenders = {"faiss IndexHNSWFlat": with_faiss, "hnswlib": with_hnswlib, "Cairn graph": with_cairn}
    steps = {name: around(truth, run) for name, run in contenders.items()}
    runs = {(name, at): run(steps[name][at][0]) for name, run in contenders.items() for at in (0, 1)}
    runs["Cairn graph, calibrated"] = with_cairn(measured["candidates"])
    results = by_turns(runs, count)
    report.say(f"\n## Graph at recall@10 = {TARGET}, one thread\n")
    report.table("", "candidates", "recall@10", "p50 ms", "p95 ms", "ratio to faiss HNSW")
    reference = None
    for name in contenders:
        (below, reached), (low, high) = steps[name], (results[name, 0], results[name, 1])
        p50, p95 = (between(below, reached, low[part], high[part]) for part in ("p50", "p95"))
        reference = reference or p50
        candidates, recall = (f"{below[i]:.4g} to {reached[i]:.4g}" for i in (0, 1))
        report.row(name, candidates, recall, milliseconds(p50), milliseconds(p95), p50 / reference)
    calibrated = results["Cairn graph, calibrated"]
    report.row(
        "Cairn graph as the application asks it", measured["candidates"], truth.recall(calibrated["keys"]),
        milliseconds(calibrated["p50"]), milliseconds(calibrated["p95"]), calibrated["p50"] / reference,
    )  # fmt: skip
    report.say(
        f"\nCalibration on the index's own vectors chose {measured['candidates']} candidates "
        f"(recall {measured['recall']:.4f} there) in {measured['seconds']:.1f} s."
    )


def filters(report, cairn, truth, count):
    own_graph(cairn)
    cairn("calibrate", "main", TARGET)
    shares = [1, 0.5, 0.1, 0.05, 0.02, 0.01, 0.001, 0.0001]
    contenders = {share: lambda start, end, share=share: cairn("find", "main", start, end, 10, share) for share in shares}
    whys = {share: run(0, 1) for share, run in contenders.items()}
    results = by_turns(contenders, count, passes=1)
    report.say(f"\n## Filters, {len(truth.vectors):,} x {DIMS}, one thread\n")
    report.table("share allowed", "p50 ms", "p95 ms", "ratio to unfiltered", "recall@10", "why")
    for share, result in results.items():
        allowed = whys[share]["allowed"] if share < 1 else None
        lines = truth.lines if allowed is None else truth.tenth(np.asarray(allowed))
        wanted = 10 if allowed is None else min(10, len(allowed))
        recall = truth.recall(result["keys"], lines, wanted)
        report.row(share, milliseconds(result["p50"]), milliseconds(result["p95"]), result["p50"] / results[1]["p50"], recall, whys[share]["why"])


def shortened(report, cairn, truth, rotated, count):
    """The program has loaded rotated vectors; `truth` holds those of the model. Full-length answers are the same."""
    report.say(f"\n## Rotated and cut, by a scan, scored again at full length (f16), {len(truth.vectors):,} vectors, one thread\n")
    report.table("dims", "storage", "MB", "recall@10 before", "fetched", "recall@10 after", "p50 ms", "p95 ms")
    cairn("rows", "full", DIMS, "f16")
    forms = [(384, "int8"), (384, "binary"), (256, "int8"), (128, "f16"), (128, "int8"), (128, "binary"), (64, "int8"), (64, "binary")]
    for dims, storage in forms:
        size = cairn("rows", "short", dims, storage)["bytes"] / 1e6
        before = truth.recall(cairn("scan", "short", 0, count, 10, 1)["keys"])
        for fetch in [20, 40, 80, 200, 400, 800, 1600]:
            result = cairn("scan_rescore", "short", "full", 0, count, 10, fetch, 1)
            after = truth.recall(result["keys"])
            # Twenty times as many as wanted is shown for the smallest, whatever comes of it.
            if after >= TARGET or fetch == 1600 or (dims, storage, fetch) == (64, "binary", 200):
                p50, p95 = np.percentile(result["microseconds"], [50, 95])
                report.row(dims, storage, f"{size:.0f}", before, fetch, after, milliseconds(p50), milliseconds(p95))
            if after >= TARGET:
                break
    report.say("\nRecall@10 of prefixes in f32, before scoring again: as the model made them, and rotated\n")
    report.table("dims", "plain", "rotated")
    for dims in [64, 128, 256]:
        cells = []
        for vectors, queries in [(truth.vectors, truth.queries), rotated]:
            index = faiss.IndexFlatIP(dims)
            index.add(unit(vectors[:, :dims]))
            cells.append(truth.recall(index.search(unit(queries[:, :dims]), 10)[1]))
        report.row(dims, *cells)


def embedded_collections(arguments):
    for name, passages, questions in by_collection(arguments.data):
        vectors = unit(embedded(arguments.cairn, passages, arguments.work, name, False))
        yield name, vectors, unit(embedded(arguments.cairn, questions, arguments.work, f"{name}-queries", True))[:400]


def collections(report, cairn, parts, folder):
    """The rotation fitted on each collection by itself, as a library of it would have."""
    report.say("\n## 128 dimensions of real collections, by a scan, scored again at full length (f16), one thread\n")
    report.table("collection", "passages", "queries", "kept of", "storage", "recall@10 before", "fetched", "recall@10 after")
    for name, vectors, queries in parts:
        truth = Truth(vectors, queries)
        axes = rotation(vectors)
        for kept, pair in {"rotated": (vectors @ axes, queries @ axes), "as the model made them": (vectors, queries)}.items():
            for part, numbers in zip(("vectors", "queries"), pair):
                unit(numbers).tofile(folder / f"{part}-collection.f32")
            cairn("load", folder / "vectors-collection.f32", folder / "queries-collection.f32", DIMS)
            cairn("rows", "full", DIMS, "f16")
            for dims, storage in [(128, "f16"), (128, "int8"), (64, "binary")]:
                cairn("rows", "short", dims, storage)
                before = truth.recall(cairn("scan", "short", 0, len(queries), 10, 1)["keys"])
                # Twenty times as many as wanted for the smallest, whatever comes of it.
                for fetch in [200] if storage == "binary" else [20, 40, 60, 80, 120, 160, 200]:
                    after = truth.recall(cairn("scan_rescore", "short", "full", 0, len(queries), 10, fetch, 1)["keys"])
                    if after >= RESCORED_TARGET:
                        break
                form = kept if dims == 128 else f"{kept}, 64 only"
                report.row(name, f"{len(vectors):,}", len(queries), form, storage, before, fetch, after)


def million(report, cairn, truth, count):
    """The program has loaded rotated vectors. A scan of a short form on one and on two threads, and a graph of it."""
    report.say(f"\n## {len(truth.vectors):,} vectors, rotated and cut, scored again at full length (f16)\n")
    report.table("dims", "storage", "searched by", "MB", "recall@10 before", "fetched", "recall@10 after", "p50 ms", "p95 ms")
    full = cairn("rows", "full", DIMS, "f16")["bytes"] / 1e6

    def by(words, name, dims, storage, size, before):
        for fetch in [20, 40, 80, 120, 160, 200, 300, 400]:
            result = cairn(*words(fetch))
            after = truth.recall(result["keys"])
            if after >= TARGET:
                break
        p50, p95 = np.percentile(result["microseconds"], [50, 95])
        report.row(dims, storage, name, f"{size:.0f}", before, fetch, after, milliseconds(p50), milliseconds(p95))

    for dims, storage in [(256, "int8"), (128, "f16"), (128, "int8")]:
        size = cairn("rows", "short", dims, storage)["bytes"] / 1e6
        before = truth.recall(cairn("scan", "short", 0, count, 10, 2)["keys"])
        for threads in (1, 2):
            scan = lambda fetch: ("scan_rescore", "short", "full", 0, count, 10, fetch, threads)
            by(scan, f"scan, {threads} thread{'s' * (threads > 1)}", dims, storage, size, before)
    report.say()
    report.table("dims", "storage", "searched by", "MB", "candidates", "fetched", "recall@10 after", "p50 ms", "p95 ms")
    for dims in (256, 128):
        built = cairn("index", "short", dims, "int8", 2)
        # Candidates that are dropped before they are scored again were looked at for nothing.
        for candidates, fetch in [(64, 32), (96, 48), (128, 64), (192, 96), (256, 128), (384, 192), (512, 256), (768, 384)]:
            result = cairn("graph_rescore", "short", "full", 0, count, 10, candidates, fetch)
            recall = truth.recall(result["keys"])
            if recall >= TARGET:
                break
        p50, p95 = np.percentile(result["microseconds"], [50, 95])
        searched = f"graph built in {built['seconds']:.0f} s, 1 thread"
        size = f"{built['bytes'] / 1e6:.0f}"
        report.row(dims, "int8", searched, size, candidates, fetch, recall, milliseconds(p50), milliseconds(p95))
    report.say(f"\nFull-length vectors for scoring again take {full:.0f} MB here; the application reads them from its database.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cairn", required=True, help="the command-line program, to embed")
    parser.add_argument("--bench", required=True, help="the example search_bench of the index crate")
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder of public texts")
    parser.add_argument("--work", required=True, type=pathlib.Path, help="folder for vectors")
    parser.add_argument("--report", type=pathlib.Path, help="where the tables go")
    parser.add_argument("--vectors", type=int, default=100_000)
    parser.add_argument("--texts", type=int, default=12_000, help="at most so many texts are embedded")
    parser.add_argument("--queries", type=int, default=400)
    parser.add_argument("--only", help="some of exact, graphs, filters, shortened, collections, million, joined by commas; default: all but million")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)

    passages, questions = texts(arguments.data)
    np.random.default_rng(1).shuffle(passages)
    real = unit(embedded(arguments.cairn, passages[: arguments.texts], arguments.work, "passages", False))
    queries = unit(embedded(arguments.cairn, questions, arguments.work, "queries", True))
    np.random.default_rng(2).shuffle(queries)
    queries = queries[: arguments.queries]
    vectors, intrinsic, shrink = extended(real, arguments.vectors)
    files = {"plain": (vectors, queries)}
    axes = rotation(vectors)
    files["rotated"] = (unit(vectors @ axes), unit(queries @ axes))
    for name, pair in files.items():
        for kind, numbers in zip(["vectors", "queries"], pair):
            numbers.tofile(arguments.work / f"{kind}-{name}.f32")

    report = Report()
    report.say("# Vector search\n")
    report.say(f"`cargo xtask bench search`, {time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} cores; faiss {faiss.__version__}, hnswlib 0.8, usearch {usearch.__version__}.")
    report.say(
        f"{len(real):,} real passages of MiniLM, extended to {len(vectors):,} (intrinsic dimension {intrinsic:.1f}, differences times {shrink:.2f}; "
        f"see `search.py`); {len(queries)} real queries."
    )
    faiss.omp_set_num_threads(1)
    truth = Truth(vectors, queries)
    cairn = Cairn(arguments.bench)

    def load(name):
        cairn("load", arguments.work / f"vectors-{name}.f32", arguments.work / f"queries-{name}.f32", DIMS)

    parts = {
        "exact": ("plain", lambda: exact(report, cairn, truth, len(queries))),
        "graphs": ("plain", lambda: graphs(report, cairn, truth, len(queries))),
        "filters": ("plain", lambda: filters(report, cairn, truth, len(queries))),
        "collections": ("plain", lambda: collections(report, cairn, embedded_collections(arguments), arguments.work)),
        "shortened": ("rotated", lambda: shortened(report, cairn, truth, files["rotated"], len(queries))),
        "million": ("rotated", lambda: million(report, cairn, truth, len(queries))),
    }
    # A million takes an hour, and its own `--vectors`.
    wanted = arguments.only.split(",") if arguments.only else [name for name in parts if name != "million"]
    for name in wanted:
        vectors, part = parts[name]
        load(vectors)
        part()
    cairn.close()
    if arguments.report:
        arguments.report.write_text("\n".join(report.lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

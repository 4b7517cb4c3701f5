"""Cairn's text encoder against ONNX Runtime and stock Candle: the same weights, texts and threads, in turn.

`cargo xtask bench embed` builds what this needs and calls it. Times are never compared with those of another run: each
round measures every contender once, and what is printed is the median over rounds of a contender's time divided by
ours (above 1: ours is faster). Ours counts from text to vector; ONNX Runtime's, in the cases of fixed length, from
ready token ids to hidden states.
"""

import argparse
import json
import re
import statistics
import time
from pathlib import Path

import numpy as np
import onnxruntime
from common import Graph, Ours, cosines, quantise, session
from onnx import TensorProto
from safetensors.numpy import load_file
from tokenizers import Tokenizer

FASTEMBED_BATCH = 256


def build_graph(folder: Path, path: Path):
    """BERT in fused operators."""
    config = json.loads((folder / "config.json").read_text())
    graph = Graph(load_file(folder / "model.safetensors"))
    kept, fused, product = graph.kept, graph.fused, graph.product
    epsilon = config["layer_norm_eps"]

    def norm(x, residual, name, bias):
        inputs = [x, residual, kept(f"{name}.weight"), kept(f"{name}.bias"), kept(bias)]
        return fused("SkipLayerNormalization", inputs, name, epsilon=epsilon)

    tables = [f"embeddings.{part}_embeddings.weight" for part in ("word", "position", "token_type")]
    parts = [kept(name) for name in tables] + [kept(f"embeddings.LayerNorm.{part}") for part in ("weight", "bias")]
    x = fused("EmbedLayerNormalization", ["input_ids", "token_type_ids", *parts], "embed", 2, epsilon=epsilon)
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        maps = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        y = graph.attention(x, maps, layer, config["num_attention_heads"], "attention_mask")
        dense = f"{layer}.attention.output.dense"
        x = norm(product(y, dense), x, f"{layer}.attention.output.LayerNorm", f"{dense}.bias")
        y = product(x, f"{layer}.intermediate.dense")
        y = fused("BiasGelu", [y, kept(f"{layer}.intermediate.dense.bias")], f"{layer}.gelu")
        dense = f"{layer}.output.dense"
        x = norm(product(y, dense), x, f"{layer}.output.LayerNorm", f"{dense}.bias")
    names = ("input_ids", "token_type_ids", "attention_mask")
    inputs = [(name, TensorProto.INT32, ["batch", "tokens"]) for name in names]
    graph.save(path, inputs, [(x, TensorProto.FLOAT, ["batch", "tokens", config["hidden_size"]])])


class Onnx:
    def __init__(self, path, tokenizer, threads):
        self.session = session(path, threads)
        self.tokenizer = tokenizer

    def ids(self, texts):
        """Padded to the longest, as fastembed does."""
        rows = [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts)]
        shape = (len(rows), max(map(len, rows)))
        ids, mask = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        for row, values in enumerate(rows):
            ids[row, : len(values)], mask[row, : len(values)] = values, 1
        return {"input_ids": ids, "token_type_ids": np.zeros_like(ids), "attention_mask": mask}

    def vectors(self, inputs):
        hidden = self.session.run(None, inputs)[0]
        mask = inputs["attention_mask"][..., None].astype(np.float32)
        pooled = (hidden * mask).sum(1) / mask.sum(1)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    def seconds(self, case):
        if case["name"] == "passages":
            start = time.perf_counter()
            self.embed(case["texts"])
            return time.perf_counter() - start
        inputs = self.ids(case["texts"])
        start = time.perf_counter()
        for _ in range(case["times"]):
            self.session.run(None, inputs)
        return (time.perf_counter() - start) / case["times"]

    def embed(self, texts):
        batches = [texts[i : i + FASTEMBED_BATCH] for i in range(0, len(texts), FASTEMBED_BATCH)]
        return np.concatenate([self.vectors(self.ids(batch)) for batch in batches])


def passages(folder: Path, count, tokenizer):
    """Paragraphs of Markdown, text and web pages, at most 256 tokens each, in the order of their files."""
    texts = []
    for path in sorted(p for name in ("kb", "docs") for p in (folder / name).rglob("*")):
        if path.suffix not in (".md", ".mdx", ".txt", ".html", ".htm") or path.stat().st_size > 1 << 20:
            continue
        text = path.read_text("utf-8", "ignore")
        if path.suffix.startswith(".htm"):
            text = re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.S)
        for paragraph in re.split(r"\n\s*\n", text):
            words = paragraph.split()
            texts += [" ".join(words[i : i + 200]) for i in range(0, len(words), 200)]
    # Spread over all files, still in their order.
    texts = [text for text in texts if len(text) > 20]
    texts = [texts[i * len(texts) // count] for i in range(count)] if len(texts) > count else texts
    spans = [encoding.offsets for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]
    return [text[: span[253][1]] if len(span) > 254 else text for text, span in zip(texts, spans)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--measure", required=True, help="the example `measure`")
    parser.add_argument("--store", type=Path, required=True, help="folder of models")
    parser.add_argument("--model", default="all-minilm-l6-v2")
    parser.add_argument("--work", type=Path, required=True, help="folder for graphs")
    parser.add_argument("--data", type=Path, help="folder with `kb` and `docs` for the passages")
    parser.add_argument("--table", type=Path, help="where to write the table")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--passages", type=int, default=5000)
    parser.add_argument("--only", help="cases, separated by commas")
    arguments = parser.parse_args()

    folder = arguments.store / arguments.model
    graphs = {kind: arguments.work / f"{arguments.model}.{kind}.onnx" for kind in ("f32", "int8")}
    build_graph(folder, graphs["f32"])
    quantise(graphs["f32"], graphs["int8"])
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()

    # "the" is one token; two tokens are special.
    repeated = lambda rows, tokens: [" ".join(["the"] * (tokens - 2))] * rows
    cases = [
        {"name": "32 x 128 tokens", "texts": repeated(32, 128), "times": 1},
        {"name": "8 x 512 tokens", "texts": repeated(8, 512), "times": 1},
        {"name": "query of 16 tokens", "texts": repeated(1, 16), "times": 20},
    ]
    if arguments.data and arguments.data.is_dir():
        texts = passages(arguments.data, arguments.passages, tokenizer)
        cases.append({"name": "passages", "texts": texts, "times": 1})
    else:
        print("SKIPPED: passages, since there is no folder of data")
    if arguments.only:
        cases = [case for case in cases if case["name"] in arguments.only.split(",")]
    file = arguments.work / "cases.json"
    file.write_text(json.dumps([case["texts"] for case in cases]))

    limit = 512
    tokenizer.enable_truncation(limit)
    contenders = {kind: Onnx(path, tokenizer, arguments.threads) for kind, path in graphs.items()}
    ours = Ours([arguments.measure, str(arguments.store), arguments.model, str(file), str(limit)], arguments.threads)

    def seconds(kind, case):
        return float(ours.ask("time", kind, cases.index(case), case["times"]))

    lines = [
        f"{arguments.model}, {arguments.threads} threads, onnxruntime {onnxruntime.__version__}, "
        f"{ours.ask('processor')}. Medians of {arguments.rounds} rounds (passages: fewer).",
        "",
        "| case | f32 to ONNX Runtime f32 | f32 to stock Candle | int8 to ONNX Runtime int8 | int8 to f32, ours |",
        "|---|---|---|---|---|",
    ]
    for case in cases:
        rounds = arguments.rounds if case["name"] != "passages" else max(1, arguments.rounds // 3)
        times = {}
        for turn in range(rounds + 1):
            for kind in ("f32", "int8"):
                for name, run in (
                    (f"ours {kind}", lambda: seconds(kind, case)),
                    (f"onnx {kind}", lambda: contenders[kind].seconds(case)),
                ):
                    time.sleep(0.05)
                    measured = run() if turn or case["name"] != "passages" else None
                    if turn:
                        times.setdefault(name, []).append(measured)
            if turn == 1 and case["name"] != "passages":
                times.setdefault("stock", []).append(seconds("stock", case))
        ratio = lambda a, b: statistics.median(x / y for x, y in zip(times.get(a, []), times[b])) if a in times else None
        ratios = [
            ratio("onnx f32", "ours f32"),
            ratio("stock", "ours f32"),
            ratio("onnx int8", "ours int8"),
            ratio("ours f32", "ours int8"),
        ]
        name = f"{len(case['texts']):,} passages" if case["name"] == "passages" else case["name"]
        lines.append(" | ".join([f"| {name}", *(f"{r:.2f}" if r else "-" for r in ratios)]) + " |")
        print(lines[-1], {name: f"{statistics.median(t) * 1000:.2f} ms" for name, t in times.items()}, flush=True)

    first = sorted(float(ours.ask("load", kind)) for kind in ("f32",) * arguments.rounds)
    lines += ["", f"Load to first vector: {first[len(first) // 2] * 1000:.0f} ms (median; files in memory)."]
    if cases[-1]["name"] == "passages":
        sample = cases[-1]["texts"][:: max(1, len(texts) // 400)]
        file.write_text(json.dumps([sample]))
        made = {}
        for kind in ("f32", "int8"):
            out = arguments.work / f"vectors.{kind}"
            ours.ask("vectors", kind, file, out)
            made[f"ours {kind}"] = np.fromfile(out, np.float32).reshape(len(sample), -1)
            made[f"ONNX Runtime {kind}"] = contenders[kind].embed(sample)
        truth = made.pop("ONNX Runtime f32")
        lines += ["", f"Cosine to ONNX Runtime f32 on {len(sample)} passages, mean and least:"]
        for name, vectors in made.items():
            found = cosines(truth, vectors)
            lines.append(f"{name} {found.mean():.6f}, {found.min():.6f};")
    print("\n".join(lines))
    if arguments.table:
        arguments.table.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

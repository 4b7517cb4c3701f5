"""CLIP's vision tower (ViT-B/32) in Cairn against ONNX Runtime, and photos from file to vector against Pillow and ONNX Runtime.

`cargo xtask bench photos` builds what this needs and calls it. The weights are random, of real size: times do not depend
on them. Each round measures every contender once; printed is the median over rounds of a contender's time divided by
ours (above 1: ours is faster).
"""

import argparse
import hashlib
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
from common import Graph, Ours, cosines, quantise, session
from onnx import TensorProto
from PIL import Image
from safetensors.numpy import save_file

SIDE, PATCH, HIDDEN, INNER, HEADS, LAYERS, DIMS = 224, 32, 768, 3072, 12, 12, 512
TOKENS = 1 + (SIDE // PATCH) ** 2
BATCH = 16
MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
MODEL = "bench-clip"


def write_model(store: Path, golden: Path):
    """A model folder with a full vision tower and a small text tower; the registry that describes it."""
    folder = store / MODEL
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(1)
    config = json.loads((golden / "config.json").read_text())
    text = config["text_config"]
    weights = {}

    def put(name, *shape):
        scale = 1.0 / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 0.02
        one = 1.0 if "norm" in name and name.endswith("weight") else 0.0
        weights[name] = (one + scale * rng.standard_normal(shape)).astype(np.float32)

    def tower(name, layers, hidden, inner):
        for index in range(layers):
            layer = f"{name}.encoder.layers.{index}"
            maps = [(f"self_attn.{part}_proj", hidden, hidden) for part in ("q", "k", "v", "out")]
            for part, outputs, inputs in maps + [("mlp.fc1", inner, hidden), ("mlp.fc2", hidden, inner)]:
                put(f"{layer}.{part}.weight", outputs, inputs)
                put(f"{layer}.{part}.bias", outputs)
            for norm in ("layer_norm1", "layer_norm2"):
                put(f"{layer}.{norm}.weight", hidden)
                put(f"{layer}.{norm}.bias", hidden)

    tower("vision_model", LAYERS, HIDDEN, INNER)
    tower("text_model", text["num_hidden_layers"], text["hidden_size"], text["intermediate_size"])
    put("vision_model.embeddings.class_embedding", HIDDEN)
    put("vision_model.embeddings.position_embedding.weight", TOKENS, HIDDEN)
    put("vision_model.embeddings.patch_embedding.weight", HIDDEN, 3, PATCH, PATCH)
    put("text_model.embeddings.token_embedding.weight", text["vocab_size"], text["hidden_size"])
    put("text_model.embeddings.position_embedding.weight", text["max_position_embeddings"], text["hidden_size"])
    put("visual_projection.weight", DIMS, HIDDEN)
    put("text_projection.weight", DIMS, text["hidden_size"])
    norms = [("vision_model.pre_layrnorm", HIDDEN), ("vision_model.post_layernorm", HIDDEN)]
    for norm, size in norms + [("text_model.final_layer_norm", text["hidden_size"])]:
        put(f"{norm}.weight", size)
        put(f"{norm}.bias", size)
    save_file(weights, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)
    config["projection_dim"] = DIMS
    config["vision_config"] |= dict(
        hidden_size=HIDDEN, intermediate_size=INNER, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
        image_size=SIDE, patch_size=PATCH,
    )  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    shutil.copy(golden / "tokenizer.json", folder / "tokenizer.json")
    files = []
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        data = (folder / name).read_bytes()
        files.append({"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    entry = dict(
        id=MODEL, name=MODEL, role="photo", architecture="clip", repo="none/none", files=files, pooling="projection",
        max_tokens=text["max_position_embeddings"], dims=DIMS, licence="none",
        relevance=dict(floor=0, likely=0, very_likely=0, source="none"),
    )  # fmt: skip
    registry = store / "registry.json"
    registry.write_text(json.dumps({"models": [entry]}))
    return weights, registry


def build_graph(weights, path: Path):
    """The tower in fused operators."""
    graph = Graph(weights)
    constant, kept, node, fused, product = graph.constant, graph.kept, graph.node, graph.fused, graph.product

    def norm(x, name):
        return node("LayerNormalization", [x, kept(f"{name}.weight"), kept(f"{name}.bias")], name, axis=-1, epsilon=1e-5)

    def add_and_norm(x, stream, name, bias):
        """The normalised sum, and the sum."""
        inputs = [x, stream, kept(f"{name}.weight"), kept(f"{name}.bias"), kept(bias)]
        fused("SkipLayerNormalization", inputs, f"{name}.skip", 4, epsilon=1e-5)
        return f"{name}.skip", f"{name}.skip.3"

    v = "vision_model"
    x = node("Conv", ["pixels", kept(f"{v}.embeddings.patch_embedding.weight")], "patches", strides=[PATCH, PATCH])
    x = node("Reshape", [x, constant("shape", np.array([0, HIDDEN, TOKENS - 1], np.int64))], "flat")
    x = node("Transpose", [x], "rows", perm=[0, 2, 1])
    batch = node("Gather", [node("Shape", ["pixels"], "size"), constant("zero", np.array([0], np.int64))], "batch")
    rest = constant("rest", np.array([1, HIDDEN], np.int64))
    shape = node("Concat", [batch, rest], "class.shape", axis=0)
    first = constant("class", weights[f"{v}.embeddings.class_embedding"].reshape(1, 1, HIDDEN))
    x = node("Concat", [node("Expand", [first, shape], "class.rows"), x], "tokens", axis=1)
    x = node("Add", [x, kept(f"{v}.embeddings.position_embedding.weight")], "placed")
    stream = norm(x, f"{v}.pre_layrnorm")
    x = norm(stream, f"{v}.encoder.layers.0.layer_norm1")
    for index in range(LAYERS):
        layer = f"{v}.encoder.layers.{index}"
        x = graph.attention(x, [f"{layer}.self_attn.{part}_proj" for part in "qkv"], layer, HEADS)
        out = f"{layer}.self_attn.out_proj"
        x, stream = add_and_norm(product(x, out), stream, f"{layer}.layer_norm2", f"{out}.bias")
        x = node("Add", [product(x, f"{layer}.mlp.fc1"), kept(f"{layer}.mlp.fc1.bias")], f"{layer}.inner")
        x = fused("QuickGelu", [x], f"{layer}.gelu", alpha=1.702)
        last = f"{v}.post_layernorm" if index + 1 == LAYERS else f"{v}.encoder.layers.{index + 1}.layer_norm1"
        x, stream = add_and_norm(product(x, f"{layer}.mlp.fc2"), stream, last, f"{layer}.mlp.fc2.bias")
    x = node("Gather", [x, constant("first", np.array(0, np.int64))], "pooled", axis=1)
    x = product(x, "visual_projection")
    graph.save(path, [("pixels", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])], [(x, TensorProto.FLOAT, ["batch", DIMS])])


def pixels(path):
    """As CLIP's own processor: shorter side to 224 (bicubic), centre, standardised."""
    with Image.open(path) as image:
        image.draft("RGB", (2 * SIDE, 2 * SIDE))
        image = image.convert("RGB")
        scale = SIDE / min(image.size)
        image = image.resize([max(SIDE, round(edge * scale)) for edge in image.size], Image.BICUBIC)
        left, top = ((edge - SIDE) // 2 for edge in image.size)
        image = image.crop((left, top, left + SIDE, top + SIDE))
    array = (np.asarray(image, np.float32) / 255 - MEAN) / DEVIATION
    return array.transpose(2, 0, 1).astype(np.float32)


def photo_files(data: Path, count):
    """Real JPEGs; where there are too few, once more under other names."""
    found = sorted(p for p in (data / "photos").rglob("*") if p.suffix.lower() in (".jpg", ".jpeg"))
    good = []
    for path in found:
        try:
            with Image.open(path) as image:
                image.load()
            good.append(path)
        except Exception:
            continue
    return [good[i % len(good)] for i in range(count)]


def by_pillow(files, network, workers):
    start = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(workers) as pool:
        batch = []
        for picture in pool.imap(pixels, files, chunksize=4):
            batch.append(picture)
            if len(batch) == BATCH:
                network.run(None, {"pixels": np.stack(batch)})
                batch = []
        if batch:
            network.run(None, {"pixels": np.stack(batch)})
    return time.perf_counter() - start


def by_cairn(cairn, folder, models, registry, computing, threads):
    """All that `cairn index` does: finding, hashing, thumbnails, vectors, the index, the map."""
    environment = os.environ | {
        "CAIRN_MODELS_DIR": str(models), "CAIRN_MODELS_REGISTRY": str(registry), "RAYON_NUM_THREADS": str(threads),
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as library:
        run = lambda *words: subprocess.run(
            [cairn, "--library", library, *words], env=environment, check=True, capture_output=True, text=True
        )
        run("models", "use", MODEL)
        run("models", "computing", computing)
        start = time.perf_counter()
        run("index", str(folder))
        elapsed = time.perf_counter() - start
        status = json.loads(run("status", "--json").stdout)
        if status["photo"]["model"] != MODEL or status["photo"]["waiting"]:
            raise SystemExit(f"not every photo was embedded: {status['photo']}")
        return elapsed, status["photo"]["vectors"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--measure", required=True, help="the example `measure_photos`")
    parser.add_argument("--cairn", required=True, help="the program `cairn`")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--table", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--photos", type=int, default=1000)
    parser.add_argument("--build", default="development")
    arguments = parser.parse_args()

    golden = Path(__file__).parent.parent / "golden"
    models = arguments.work / "models"
    weights, registry = write_model(models, golden / "tiny-clip")
    graphs = {kind: arguments.work / f"vision.{kind}.onnx" for kind in ("f32", "int8")}
    build_graph(weights, graphs["f32"])
    quantise(graphs["f32"], graphs["int8"])
    networks = {kind: session(path, arguments.threads) for kind, path in graphs.items()}
    ours = Ours([arguments.measure, str(models), str(registry), MODEL], arguments.threads)

    pictures = sorted((golden / "pictures").glob("*.png"))
    expected = networks["f32"].run(None, {"pixels": np.stack([pixels(path) for path in pictures])})[0]
    lines = [f"CLIP ViT-B/32 vision, random weights, {arguments.threads} threads, onnxruntime {onnxruntime.__version__}, "
             f"batch {BATCH}, medians of {arguments.rounds} rounds; {arguments.build} build.", ""]  # fmt: skip
    for kind in ("f32", "int8"):
        out = arguments.work / "vectors"
        ours.ask("vectors", kind, out, *pictures)
        made = np.fromfile(out, np.float32).reshape(len(pictures), -1)
        least = cosines(made, expected).min()
        lines.append(f"Cosine to ONNX Runtime f32, least of {len(pictures)} pictures: {kind} {least:.6f}.")
    lines += ["", "| case | to ONNX Runtime of the same precision | ours, ms a picture |", "|---|---|---|"]
    batch = np.random.default_rng(2).standard_normal((BATCH, 3, SIDE, SIDE)).astype(np.float32)
    for kind in ("f32", "int8"):
        ratios, mine = [], []
        for turn in range(arguments.rounds + 1):
            time.sleep(0.05)
            own = float(ours.ask("time", kind, BATCH))
            start = time.perf_counter()
            networks[kind].run(None, {"pixels": batch})
            theirs = time.perf_counter() - start
            if turn:
                ratios.append(theirs / own)
                mine.append(own)
        lines.append(f"| vision tower, {kind} | {statistics.median(ratios):.2f} | {statistics.median(mine) / BATCH * 1e3:.1f} |")
        print(lines[-1], flush=True)
    ours.process.stdin.close()

    if arguments.data and arguments.data.is_dir() and arguments.photos:
        files = photo_files(arguments.data, arguments.photos)
        folder = arguments.work / "photos"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for number, path in enumerate(files):
            # A byte behind the picture's end makes each a content of its own.
            (folder / f"{number:05}.jpg").write_bytes(path.read_bytes() + number.to_bytes(4, "little"))
        copies = sorted(folder.iterdir())
        for kind, computing in (("f32", "exact"), ("int8", "fast")):
            theirs = by_pillow(copies, networks[kind], 2)
            own, count = by_cairn(arguments.cairn, folder, models, registry, computing, arguments.threads)
            again = by_pillow(copies, networks[kind], 2)
            lines.append(f"| {count:,} photos, file to vector, {kind} (`cairn index`: thumbnails, index and map as well) | "
                         f"{(theirs + again) / 2 / own:.2f} | {own / count * 1e3:.1f} |")  # fmt: skip
        shutil.rmtree(folder)
    else:
        print("SKIPPED: photos from file to vector, since there is no folder of data")
    print("\n".join(lines))
    if arguments.table:
        arguments.table.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()

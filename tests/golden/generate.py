"""Golden vectors: what the reference implementation (Hugging Face transformers) makes of the same weights.

    python3 -m venv /tmp/golden
    /tmp/golden/bin/pip install torch transformers tokenizers safetensors pillow scipy numpy
    /tmp/golden/bin/python tests/golden/generate.py tiny
    /tmp/golden/bin/python tests/golden/generate.py families
    /tmp/golden/bin/python tests/golden/generate.py minilm MODEL_FOLDER DATA_FOLDER

`tiny` writes two models with random weights in the real layout (`tiny-bert`, `tiny-clip`), test pictures, and
`tiny.json` with the outputs; `families` does the same for further text encoders (`tiny-xlm-r`, `tiny-nomic`,
`families.json`). `minilm` needs the real all-MiniLM-L6-v2 and the folder of test data (stsb-multi-mt,
xquad), and writes `minilm.json`. The seed is fixed, but another version of torch may draw other weights: models and
outputs are always written together.
"""

import csv
import json
import math
import sys
from pathlib import Path

import numpy as np
import tokenizers
import torch
import transformers
from PIL import Image, ImageDraw
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = Path(__file__).parent
VERSIONS = {
    "transformers": transformers.__version__,
    "torch": torch.__version__.split("+")[0],
    "tokenizers": tokenizers.__version__,
    "pillow": Image.__version__,
}

TEXTS = [
    "",
    "roof",
    "The invoice for the roof repair.",
    "the INVOICE, for: the roof -- repair?!",
    "two dogs run on a beach",
    "Café déjà vu, naïve Ångström",
    "屋根の修理 and 请求书",
    "a quick brown fox jumps over the lazy dog while two dogs sleep on the beach",
    "many words " * 40,
    "line one\n\tline two   with   spaces",
]
PHOTO_QUERIES = ["a photo of a cat", "two dogs on a beach", "Sunset!!", "red circle " * 30, "x"]

TINY_TOKENS = 24
CLIP_TOKENS = 20


def draw_weights(model):
    """Random weights large enough that attention, biases and norms all matter."""
    for name, parameter in model.named_parameters():
        with torch.no_grad():
            if parameter.dim() < 2:
                one = 1.0 if "norm" in name.lower() and name.endswith("weight") else 0.0
                parameter.copy_(one + 0.2 * torch.randn_like(parameter))
            else:
                fan_in = parameter[0].numel() if "embed" not in name or "patch" in name else 1
                parameter.copy_(1.5 / math.sqrt(fan_in) * torch.randn_like(parameter))


def unit(vectors):
    return torch.nn.functional.normalize(vectors.double(), dim=-1).float()


def rounded(vector):
    return [float(f"{x:.8g}") for x in vector.tolist()]


def byte_spans(tokenizer, text):
    starts = [0]
    for character in text:
        starts.append(starts[-1] + len(character.encode()))
    offsets = tokenizer.encode(text, add_special_tokens=False).offsets
    return [[starts[a], starts[b]] for a, b in offsets]


def save(folder, config, tokenizer, weights):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    save_file({name: tensor.contiguous() for name, tensor in weights.items()}, folder / "model.safetensors")
    (folder / "model.safetensors").chmod(0o644)


# ---- BERT ----------------------------------------------------------------------------------------------------------


def wordpiece():
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = "the for a on two roof repair invoice dog beach run and fox quick brown photo words line with".split()
    pieces = ["##s", "##ing", "##ed", "##er"] + ["##" + letter for letter in letters]
    signs = list(".,:;!?-'\"()")
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + signs + list(letters) + ["修"] + words + pieces
    vocabulary = {name: index for index, name in enumerate(dict.fromkeys(names))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    return tokenizer


def mean_and_cls(model, tokenizer, text, limit):
    tokenizer.no_padding()
    tokenizer.enable_truncation(limit)
    ids = torch.tensor([tokenizer.encode(text).ids])
    with torch.no_grad():
        output = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
    return unit(output.mean(dim=1))[0], unit(output[:, 0])[0]


def tiny_bert():
    tokenizer = wordpiece()
    config = transformers.BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=40,
        attn_implementation="eager",
    )
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    draw_weights(model)
    texts = []
    for text in TEXTS:
        mean, cls = mean_and_cls(model, tokenizer, text, TINY_TOKENS)
        tokenizer.no_truncation()
        spans = byte_spans(tokenizer, text)
        texts.append({"text": text, "mean": rounded(mean), "cls": rounded(cls), "spans": spans})
    # As some published tokenizers do, carry a truncation and a padding that must not be used.
    tokenizer.enable_truncation(6)
    tokenizer.enable_padding(length=9, pad_id=0, pad_token="[PAD]")
    keep = [
        "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "hidden_act",
        "hidden_dropout_prob", "attention_probs_dropout_prob", "max_position_embeddings", "type_vocab_size",
        "initializer_range", "layer_norm_eps", "pad_token_id", "model_type",
    ]  # fmt: skip
    described = {name: config.to_dict()[name] for name in keep if name in config.to_dict()}
    described |= {"architectures": ["BertModel"], "model_type": "bert", "pad_token_id": 0}
    save(HERE / "tiny-bert", described, tokenizer, model.state_dict())
    return {"max_tokens": TINY_TOKENS, "dims": 32, "texts": texts}


# ---- further text encoders -----------------------------------------------------------------------------------------


def sentencepiece():
    """As XLM-R has it: pieces of a unigram model, the special tokens first."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=180, special_tokens=["<s>", "<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS + PHOTO_QUERIES, trainer)
    start, end = (tokenizer.token_to_id(name) for name in ("<s>", "</s>"))
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", start), ("</s>", end)]
    )
    return tokenizer


def golden_texts(model, tokenizer, after=lambda vector: vector):
    tokenizer.no_padding()
    tokenizer.enable_truncation(TINY_TOKENS)
    texts = []
    for text in TEXTS:
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            output = model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        mean, cls = (rounded(unit(after(pooled))[0]) for pooled in (output.mean(dim=1), output[:, 0]))
        texts.append({"text": text, "mean": mean, "cls": cls})
    tokenizer.no_truncation()
    return {"max_tokens": TINY_TOKENS, "dims": 32, "texts": texts}


def tiny_xlm_r():
    tokenizer = sentencepiece()
    described = dict(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=40, type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5,
        hidden_act="gelu", hidden_dropout_prob=0.1, initializer_range=0.02,
    )  # fmt: skip
    config = transformers.XLMRobertaConfig(**described, attn_implementation="eager")
    model = transformers.XLMRobertaModel(config, add_pooling_layer=False).eval()
    draw_weights(model)
    golden = golden_texts(model, tokenizer)
    described |= {"architectures": ["XLMRobertaModel"], "model_type": "xlm-roberta"}
    weights = {name: tensor for name, tensor in model.state_dict().items() if not name.endswith("position_ids")}
    save(HERE / "tiny-xlm-r", described, tokenizer, weights)
    # As bge-m3 is published: with PyTorch's own file alone. What is not a floating point number must be left out.
    torch.save(weights | {"embeddings.position_ids": torch.arange(40)}, HERE / "tiny-xlm-r" / "pytorch_model.bin")
    return golden


def tiny_nomic():
    """Computed by transformers' own module, saved with the names and the configuration of nomic-embed-text-v1.5."""
    tokenizer = wordpiece()
    config = transformers.NomicBertConfig(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=64, max_position_embeddings=40, type_vocab_size=2, layer_norm_eps=1e-12,
        rope_parameters={"rope_type": "default", "rope_theta": 1000.0}, attn_implementation="eager",
    )  # fmt: skip
    model = transformers.NomicBertModel(config, add_pooling_layer=False).eval()
    draw_weights(model)
    golden = golden_texts(model, tokenizer)
    standard = golden_texts(model, tokenizer, lambda vector: torch.nn.functional.layer_norm(vector, vector.shape[1:]))
    for plain, standardised in zip(golden["texts"], standard["texts"]):
        plain["standardised"] = standardised["mean"]
    own = model.state_dict()
    named = {
        "embeddings.word_embeddings.weight": own["embeddings.word_embeddings.weight"],
        "embeddings.token_type_embeddings.weight": own["embeddings.token_type_embeddings.weight"],
    }
    for part in ("weight", "bias"):
        named[f"emb_ln.{part}"] = own[f"embeddings.LayerNorm.{part}"]
    for index in range(2):
        theirs, layer = f"layers.{index}", f"encoder.layers.{index}"
        parts = [own[f"{theirs}.self_attn.{name}_proj.weight"] for name in "qkv"]
        named[f"{layer}.attn.Wqkv.weight"] = torch.cat(parts)
        named[f"{layer}.attn.out_proj.weight"] = own[f"{theirs}.self_attn.o_proj.weight"]
        named[f"{layer}.mlp.fc11.weight"] = own[f"{theirs}.mlp.up_proj.weight"]
        named[f"{layer}.mlp.fc12.weight"] = own[f"{theirs}.mlp.gate_proj.weight"]
        named[f"{layer}.mlp.fc2.weight"] = own[f"{theirs}.mlp.down_proj.weight"]
        for norm, name in (("norm1", "post_attention_layernorm"), ("norm2", "post_mlp_layernorm")):
            for part in ("weight", "bias"):
                named[f"{layer}.{norm}.{part}"] = own[f"{theirs}.{name}.{part}"]
    described = dict(
        architectures=["NomicBertModel"], model_type="nomic_bert", vocab_size=tokenizer.get_vocab_size(), n_embd=32,
        n_head=4, n_layer=2, n_inner=64, n_positions=40, type_vocab_size=2, layer_norm_epsilon=1e-12,
        rotary_emb_base=1000, rotary_emb_fraction=1.0, rotary_emb_interleaved=False, activation_function="swiglu",
        prenorm=False, qkv_proj_bias=False, mlp_fc1_bias=False, mlp_fc2_bias=False,
    )  # fmt: skip
    save(HERE / "tiny-nomic", described, tokenizer, named)
    return golden


# ---- CLIP ----------------------------------------------------------------------------------------------------------


def clip_tokenizer():
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    pattern = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    corpus = ["a photo of a cat", "two dogs on a beach", "a red circle", "sunset over the sea", "! ? . ,"]
    corpus += list("abcdefghijklmnopqrstuvwxyz0123456789")
    trainer = trainers.BpeTrainer(
        vocab_size=340,
        end_of_word_suffix="</w>",
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus, trainer)
    # As in the original the two special tokens have the largest ids: the text tower finds its last token by that.
    tokenizer.add_special_tokens(["<|startoftext|>", "<|endoftext|>"])
    start, end = (tokenizer.token_to_id(name) for name in ("<|startoftext|>", "<|endoftext|>"))
    assert end == tokenizer.get_vocab_size() - 1 and start == end - 1
    tokenizer.post_processor = processors.RobertaProcessing(
        ("<|endoftext|>", end), ("<|startoftext|>", start), trim_offsets=False, add_prefix_space=False
    )
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def draw_pictures(folder):
    """Smooth waves with hard edges over them: both blur and ringing show."""
    folder.mkdir(parents=True, exist_ok=True)

    def picture(width, height, turn):
        y, x = np.mgrid[0:height, 0:width]
        waves = [
            np.sin(x / (7 + turn) + turn), np.sin(y / (5 + turn) - turn), np.sin((x + 2 * y) / (11 + 3 * turn)),
        ]  # fmt: skip
        image = Image.fromarray(np.stack([127 + 110 * wave for wave in waves], -1).astype(np.uint8))
        pen = ImageDraw.Draw(image)
        pen.ellipse([width * 0.3, height * 0.3, width * 0.6, height * 0.7], fill=(220, 30 + 40 * turn, 40))
        pen.rectangle([width * 0.55, height * 0.1, width * 0.9, height * 0.35], fill=(20, 60, 200))
        for step in range(0, width, 6):
            pen.line([step, height * 0.8, step + 2, height], fill=(255, 255, 255))
        return image

    picture(331, 150, 0).save(folder / "wide.png", optimize=True)
    picture(140, 397, 1).save(folder / "tall.png", optimize=True)
    picture(60, 75, 2).save(folder / "small.png", optimize=True)
    picture(480, 321, 3).save(folder / "photo.jpg", quality=88)
    return ["wide.png", "tall.png", "small.png", "photo.jpg"]


def features(output):
    return output if torch.is_tensor(output) else output.pooler_output


def tiny_clip():
    tokenizer = clip_tokenizer()
    text_config = dict(
        vocab_size=tokenizer.get_vocab_size(), hidden_size=32, intermediate_size=48, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=CLIP_TOKENS, hidden_act="quick_gelu", layer_norm_eps=1e-5,
        bos_token_id=0, eos_token_id=2, projection_dim=24,
    )  # fmt: skip
    vision_config = dict(
        hidden_size=24, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, image_size=224,
        patch_size=16, num_channels=3, hidden_act="quick_gelu", layer_norm_eps=1e-5, projection_dim=24,
    )  # fmt: skip
    config = transformers.CLIPConfig(
        text_config=text_config, vision_config=vision_config, projection_dim=24, attn_implementation="eager"
    )
    model = transformers.CLIPModel(config).eval()
    draw_weights(model)

    tokenizer.enable_truncation(CLIP_TOKENS)
    queries = []
    for text in PHOTO_QUERIES:
        ids = torch.tensor([tokenizer.encode(text).ids])
        with torch.no_grad():
            output = features(model.get_text_features(input_ids=ids, attention_mask=torch.ones_like(ids)))
        queries.append({"text": text, "vector": rounded(unit(output)[0])})

    processor = transformers.models.clip.image_processing_pil_clip.CLIPImageProcessorPil()
    pictures = []
    for name in draw_pictures(HERE / "pictures"):
        image = Image.open(HERE / "pictures" / name).convert("RGB")
        pixels = processor(images=image, return_tensors="pt")["pixel_values"]
        with torch.no_grad():
            output = features(model.get_image_features(pixel_values=pixels))
        # Every 211th number: the step has no common factor with the width, so all columns and channels are met.
        sample = rounded(pixels.flatten()[::211])
        pictures.append({"file": name, "vector": rounded(unit(output)[0]), "pixels": sample})

    described = {
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "projection_dim": 24,
        "logit_scale_init_value": 2.6592,
        "text_config": text_config | {"model_type": "clip_text_model"},
        "vision_config": vision_config | {"model_type": "clip_vision_model"},
    }
    tokenizer.no_truncation()
    weights = {name: tensor for name, tensor in model.state_dict().items() if not name.endswith("position_ids")}
    save(HERE / "tiny-clip", described, tokenizer, weights)
    return {"max_tokens": CLIP_TOKENS, "dims": 24, "queries": queries, "pictures": pictures}


# ---- the real MiniLM -----------------------------------------------------------------------------------------------


def encode_all(model, tokenizer, texts, limit=256):
    return torch.stack([mean_and_cls(model, tokenizer, text, limit)[0] for text in texts])


def ndcg_at_10(scores, relevant):
    """Mean over the rows of `scores`; `relevant[i]` holds the columns that answer row i."""
    total = 0.0
    for row, wanted in zip(scores, relevant):
        best = torch.argsort(row, descending=True, stable=True)[:10].tolist()
        gain = sum(1 / math.log2(rank + 2) for rank, column in enumerate(best) if column in wanted)
        total += gain / sum(1 / math.log2(rank + 2) for rank in range(min(10, len(wanted))))
    return total / len(relevant)


def minilm(model_folder, data):
    from scipy.stats import spearmanr

    model = transformers.BertModel.from_pretrained(
        model_folder, add_pooling_layer=False, attn_implementation="eager", dtype=torch.float32
    ).eval()
    tokenizer = Tokenizer.from_file(str(Path(model_folder) / "tokenizer.json"))

    with open(Path(data) / "text/stsb-multi-mt/stsb-en-dev.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    left, right = (encode_all(model, tokenizer, [row[side] for row in rows]) for side in (0, 1))
    spearman = spearmanr((left * right).sum(dim=1).numpy(), [float(row[2]) for row in rows]).statistic

    articles = json.loads((Path(data) / "text/xquad/xquad.en.articles00-23.json").read_text())["data"]
    contexts, answers = [], {}
    for paragraph in (paragraph for article in articles for paragraph in article["paragraphs"]):
        if paragraph["context"] not in contexts:
            contexts.append(paragraph["context"])
        column = contexts.index(paragraph["context"])
        for question in paragraph["qas"]:
            answers.setdefault(question["question"], set()).add(column)
    passages, questions = (encode_all(model, tokenizer, list(texts)) for texts in (contexts, answers))
    ndcg = ndcg_at_10(questions @ passages.T, list(answers.values()))

    samples = ["The invoice for the roof repair.", "two dogs on a beach", "Café déjà vu 屋根", "many words " * 200]
    return {
        "made_with": VERSIONS,
        "stsb_dev_spearman": round(float(spearman), 6),
        "stsb_pairs": len(rows),
        "xquad_ndcg_at_10": round(ndcg, 6),
        "xquad_passages": len(contexts),
        "xquad_questions": len(answers),
        "texts": [
            {"text": text, "vector": rounded(vector)}
            for text, vector in zip(samples, encode_all(model, tokenizer, samples))
        ],
    }


def main():
    torch.manual_seed(20260)
    if sys.argv[1:2] == ["tiny"]:
        name, result = "tiny.json", {"made_with": VERSIONS, "bert": tiny_bert(), "clip": tiny_clip()}
    elif sys.argv[1:2] == ["families"]:
        name, result = "families.json", {"made_with": VERSIONS, "xlm-r": tiny_xlm_r(), "nomic": tiny_nomic()}
    elif sys.argv[1:2] == ["minilm"] and len(sys.argv) == 4:
        name, result = "minilm.json", minilm(sys.argv[2], sys.argv[3])
    else:
        sys.exit(__doc__)
    (HERE / name).write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print({key: value for key, value in result.items() if not isinstance(value, (list, dict))})


if __name__ == "__main__":
    main()

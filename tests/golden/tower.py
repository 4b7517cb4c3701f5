#!/usr/bin/env python3
"""What PyTorch Image Models makes of the built-in photo model's weights: writes tower.json, the vectors of the pictures in
pictures/, a sample of their pixels, and the tags of the likeliest classes.

needs: torch, timm, pillow, safetensors, numpy (models/photo-lite/requirements.txt)
"""

import json
import sys
from pathlib import Path

import numpy as np
import timm
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from safetensors.torch import load_file

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WEIGHTS = ROOT / "models" / "cairn-photo-3.safetensors"
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
STEP = 211
TEMPERATURE, LEAST_CONFIDENCE = 0.8, 0.35


def main():
    registry = json.loads((ROOT / "models" / "registry.json").read_text())
    model = next(model for model in registry["models"] if model["id"] == "cairn-photo-3")
    side, mirror_side = model["side"], model.get("mirror_side", model["side"])
    weights = {name: tensor.float() for name, tensor in load_file(WEIGHTS).items()}
    backbone = timm.create_model("mobilenetv4_conv_small", pretrained=False, num_classes=0).eval()
    own = {name.removeprefix("backbone."): tensor for name, tensor in weights.items() if name.startswith("backbone.")}
    left_out = backbone.load_state_dict(own, strict=False)
    assert not left_out.unexpected_keys, left_out
    lines = (ROOT / "models" / "cairn-photo-3.tags.txt").read_text().splitlines()
    pictures = []
    for path in sorted((HERE / "pictures").iterdir()):
        picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
        pixels = standardised(picture, side)
        upright = torch.from_numpy(pixels).float().permute(2, 0, 1)[None]
        mirrored = torch.from_numpy(standardised(picture, mirror_side)).float().permute(2, 0, 1)[None].flip(3)
        with torch.no_grad():
            pooled = torch.cat([backbone.forward_features(batch).mean((2, 3)) for batch in (upright, mirrored)])
            hidden = F.gelu(pooled @ weights["fc1.weight"].T + weights["fc1.bias"])
            vectors = F.normalize(hidden @ weights["fc2.weight"].T + weights["fc2.bias"], dim=1)
            vector = F.normalize(vectors.sum(0), dim=0)
            logits = (pooled @ weights["classes.weight"].T + weights["classes.bias"]).mean(0)
        pictures.append(
            {
                "file": path.name,
                "pixels": [round(x, 4) for x in pixels.reshape(-1)[::STEP].tolist()],
                "vector": [round(x, 6) for x in vector.tolist()],
                "tags": tags(logits, lines),
            }
        )
    (HERE / "tower.json").write_text(json.dumps({"side": side, "largest_side": max(side, mirror_side), "pictures": pictures}, indent=1) + "\n")


def standardised(picture, side):
    return (np.asarray(picture.resize((side, side), Image.BICUBIC)) / 255 - MEAN) / DEVIATION


def tags(logits, lines):
    confidences = {}
    for line, probability in zip(lines, F.softmax(logits / TEMPERATURE, 0).tolist()):
        for word in line.split("; "):
            confidences[word] = confidences.get(word, 0) + probability
    likely = sorted(confidences.items(), key=lambda tag: (-tag[1], tag[0]))
    return [[word, round(confidence, 4)] for word, confidence in likely if confidence >= LEAST_CONFIDENCE][:6]


if __name__ == "__main__":
    sys.exit(main())

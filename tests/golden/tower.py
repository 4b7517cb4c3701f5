#!/usr/bin/env python3
"""What PyTorch Image Models makes of the built-in photo model's weights: writes tower.json, the vectors of the pictures in
pictures/ and a sample of their pixels.

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
WEIGHTS = ROOT / "models" / "cairn-photo-1.safetensors"
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
STEP = 211


def main():
    registry = json.loads((ROOT / "models" / "registry.json").read_text())
    side = next(model["side"] for model in registry["models"] if model["id"] == "cairn-photo-1")
    weights = {name: tensor.float() for name, tensor in load_file(WEIGHTS).items()}
    backbone = timm.create_model("mobilenetv4_conv_small", pretrained=False, num_classes=0).eval()
    own = {name.removeprefix("backbone."): tensor for name, tensor in weights.items() if name.startswith("backbone.")}
    left_out = backbone.load_state_dict(own, strict=False)
    assert not left_out.unexpected_keys, left_out
    pictures = []
    for path in sorted((HERE / "pictures").iterdir()):
        picture = ImageOps.exif_transpose(Image.open(path)).convert("RGB").resize((side, side), Image.BICUBIC)
        pixels = (np.asarray(picture) / 255 - MEAN) / DEVIATION
        batch = torch.from_numpy(pixels).float().permute(2, 0, 1)[None]
        batch = torch.cat([batch, batch.flip(3)])  # with its mirror image
        with torch.no_grad():
            pooled = backbone.forward_features(batch).mean((2, 3))
            hidden = F.gelu(pooled @ weights["fc1.weight"].T + weights["fc1.bias"])
            vectors = F.normalize(hidden @ weights["fc2.weight"].T + weights["fc2.bias"], dim=1)
            vector = F.normalize(vectors.sum(0), dim=0)
        pictures.append(
            {
                "file": path.name,
                "pixels": [round(x, 4) for x in pixels.reshape(-1)[::STEP].tolist()],
                "vector": [round(x, 6) for x in vector.tolist()],
            }
        )
    (HERE / "tower.json").write_text(json.dumps({"side": side, "pictures": pictures}, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())

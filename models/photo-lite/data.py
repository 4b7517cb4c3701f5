"""The data pack: pictures, their captions and labels as MiniLM vectors, and the teacher's projection.

The pack is a folder with `lite-pack-{0,1,2}.bin` (square WebP pictures), `lite-meta.npz` and `teacher/`. It is not part of
this repository: its pictures may be used for training and not be passed on.
"""

import io
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

SIDE = 144  # pictures are kept as squares of this many pixels
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
STYLES = 6  # of the prompts of a label, those that suit any picture


class Pack:
    """Pictures [N], each with captions or a label; some are kept aside for validation."""

    def __init__(self, folder):
        self.folder = Path(folder)
        meta = np.load(self.folder / "lite-meta.npz")
        self.offsets = meta["off"]
        self.label = torch.from_numpy(meta["lab"].astype(np.int64))
        self.style = torch.from_numpy(meta["sty"].astype(np.int64))
        self.first_caption, self.end_caption = torch.from_numpy(meta["cap"].astype(np.int64)).unbind(1)
        self.held_out = meta["isval"]
        self.captions = vectors(meta["cap8"], meta["caps"])  # [C, 384]
        self.prompts = vectors(meta["pr8"], meta["prs"])  # [L, 10, 384]
        names = [str(name) for name in meta["labs"]]
        self.classes = [str(name) for name in meta["IN"]][1:]  # the teacher's 1,000
        self.class_prompts = self.prompts[torch.tensor([names.index(name) for name in self.classes])]
        self.mean, self.deviation = (torch.from_numpy(meta[key].astype(np.float32)) for key in ("h_MU", "h_SD"))
        self.captioned = self.first_caption.numpy() >= 0

    def __len__(self):
        return len(self.offsets)

    def pictures(self, size=SIDE):
        """All pictures, u8 [N, size, size, 3], read once and kept in memory."""
        packs = [(self.folder / f"lite-pack-{number}.bin").read_bytes() for number in range(3)]
        pictures = np.empty((len(self), size, size, 3), np.uint8)
        for index, (pack, start, length) in enumerate(self.offsets):
            picture = Image.open(io.BytesIO(packs[pack][start : start + length])).convert("RGB")
            if picture.size != (size, size):
                picture = picture.resize((size, size), Image.BICUBIC)
            pictures[index] = picture
        return pictures

    def seen(self, features, logits):
        """What the teacher saw, [B, 1280 + 384]: its features, and the mean of the names of the classes that it thinks of."""
        top, classes = F.softmax(logits[:, 1:] / 1.5, 1).topk(20, 1)
        weights = torch.zeros(len(logits), len(self.classes)).scatter(1, classes, top)
        named = F.normalize(weights / weights.sum(1, keepdim=True) @ self.class_prompts[:, 0], dim=1)
        return torch.cat([self.standardise(features), 20 * named], 1)

    def standardise(self, features):
        return (features - self.mean) / self.deviation

    def texts(self, indices, drawn, generator):
        """One sentence for each picture, as a vector: a caption of its own or the mean of two, or a prompt of its label; with
        `drawn` = (probabilities, shares), for some a prompt of a class drawn from what the teacher sees."""
        first, end = self.first_caption[indices], self.end_caption[indices]
        captions = self.caption(first, end, generator)
        both = torch.rand(len(indices), 1, generator=generator) < 0.5
        captions = torch.where(both, F.normalize(captions + self.caption(first, end, generator), dim=1), captions)
        style = self.style[indices]
        style = torch.where(style >= 0, style, torch.randint(0, STYLES, (len(indices),), generator=generator))
        labels = self.prompts[self.label[indices].clamp(min=0), style]
        captioned = first >= 0
        own = torch.where(captioned[:, None], captions, labels)
        if drawn is None:
            return own
        probabilities, pseudo = drawn
        chance = torch.rand(len(indices), generator=generator)
        drawn = (chance < torch.where(captioned, pseudo[0], pseudo[1])) & (probabilities.max(1).values > 0.35)
        classes = torch.multinomial(probabilities.clamp(min=1e-9), 1, generator=generator)[:, 0]
        styles = torch.randint(0, STYLES, (len(indices),), generator=generator)
        return torch.where(drawn[:, None], self.class_prompts[classes, styles], own)

    def caption(self, first, end, generator):
        chance = torch.rand(len(first), generator=generator)
        chosen = first.clamp(min=0) + (chance * (end - first).clamp(min=1)).long()
        return self.captions[chosen.clamp(max=len(self.captions) - 1)]

    def validation(self):
        """Indices of the held-out captioned pictures, all their captions [T, 384], and whose each caption is [T]."""
        indices = np.where(self.held_out & self.captioned)[0]
        captions = torch.cat([self.captions[self.first_caption[i] : self.end_caption[i]] for i in indices])
        counts = torch.tensor([int(self.end_caption[i] - self.first_caption[i]) for i in indices])
        return indices, captions, torch.repeat_interleave(torch.arange(len(indices)), counts)


class Views:
    """What the teacher saw in each of several crops of every picture: boxes [N, V, 4], features [N, V, 1280], logits
    [N, V, 1001]. View 0 is the whole picture."""

    def __init__(self, boxes, features, logits):
        self.boxes, self.features, self.logits = boxes, features, logits
        self.count = boxes.shape[1]

    def of(self, indices, views):
        return tuple(torch.from_numpy(x[indices, views].astype(np.float32)) for x in (self.features, self.logits))


def read_views(work):
    """Everything that prepare.py wrote, put together once; several processes may share it."""
    work = Path(work)
    keys = ("boxes", "features", "logits")
    names = ["views"] + sorted(path.name[:-6] for path in work.glob("more-*-0.npz"))
    for key in keys:
        joined = work / f"{len(names)}-{key}.npy"
        if not joined.exists():
            parts = [np.concatenate([np.load(work / f"{name}-{part}.npz")[key] for part in (0, 1)]) for name in names]
            np.save(joined, np.concatenate(parts, axis=1))
    return Views(*(np.load(work / f"{len(names)}-{key}.npy", mmap_mode="r") for key in keys))


def vectors(quantised, scales):
    return F.normalize(torch.from_numpy(quantised.astype(np.float32) * scales[..., None].astype(np.float32)), dim=-1)


def recall(photos, captions, owners):
    """Share of captions whose own photo is among the best 1, 5 and 10 of all photos."""
    scores = captions @ photos.T
    own = scores[torch.arange(len(owners)), owners][:, None]
    rank = (scores > own).sum(1)
    return [round((rank < k).float().mean().item(), 4) for k in (1, 5, 10)]


def standardised(pictures):
    """u8 [B, S, S, 3] as the tower takes them: f32 [B, 3, S, S]."""
    pixels = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255
    pixels = (pixels - torch.tensor(MEAN).view(1, 3, 1, 1)) / torch.tensor(DEVIATION).view(1, 3, 1, 1)
    return pixels.contiguous(memory_format=torch.channels_last)


def read_state(path):
    return torch.load(path, weights_only=False) if Path(path).exists() else None


def log(path, **figures):
    line = json.dumps(figures)
    print(line, flush=True)
    with open(path, "a") as file:
        file.write(line + "\n")

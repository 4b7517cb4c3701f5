"""Learns where the teacher's features lie in MiniLM's space, from captions and labels: what the tower is taught to aim at.

usage: project.py PACK WORK [--heads 4] (after prepare.py)

Writes WORK/project.pt: several small networks, whose mean is better than each (for the held-out pictures, R@10 of .604 with
the pack's own projection).
"""

import argparse
import math
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from data import Pack, log, read_views, recall

STEPS, BATCH, RATE = 450, 512, 1e-3


class Head(nn.Module):
    def __init__(self, width, hidden=1024, dims=384):
        super().__init__()
        self.layers = nn.Sequential(nn.Dropout(0.5), nn.Linear(width, hidden), nn.GELU(), nn.Dropout(0.5), nn.Linear(hidden, dims))

    def forward(self, x):
        return F.normalize(self.layers(x), dim=1)


class Projection:
    """Features [B, 1280] and logits [B, 1001] of the teacher as vectors of MiniLM's space [B, 384]."""

    def __init__(self, pack, heads):
        self.pack, self.heads = pack, heads

    @torch.no_grad()
    def __call__(self, features, logits):
        x = self.pack.seen(features, logits)
        return F.normalize(sum(head(x) for head in self.heads), dim=1)


def load(pack, work):
    states = torch.load(os.path.join(work, "project.pt"))
    heads = []
    for state in states:
        head = Head(state["layers.1.weight"].shape[1])
        head.load_state_dict(state)
        heads.append(head.eval())
    return Projection(pack, heads)


def train(pack, views, seed):
    generator = torch.Generator().manual_seed(seed)
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    head = Head(1280 + 384)
    scale = nn.Parameter(torch.tensor(3.0))
    optimiser = torch.optim.AdamW([*head.parameters(), scale], lr=RATE, weight_decay=0.1)
    indices = np.where(~pack.held_out)[0]
    captioned = indices[pack.captioned[indices]]
    for step in range(STEPS):
        for group in optimiser.param_groups:
            group["lr"] = RATE * min(1, (step + 1) / 50) * (0.5 + 0.5 * math.cos(math.pi * step / STEPS))
        chosen = np.concatenate([rng.choice(captioned, BATCH * 3 // 4), rng.choice(indices, BATCH // 4)])
        x = pack.seen(*views.of(chosen, rng.integers(0, views.count, BATCH)))
        texts = pack.texts(torch.from_numpy(chosen), None, generator)
        logits = scale.clamp(0, 4.6).exp() * head(x) @ texts.T
        alike = texts @ texts.T > 0.95
        logits = logits.masked_fill(alike.fill_diagonal_(False), -1e4)
        own = torch.arange(BATCH)
        loss = (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return head.eval()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("pack")
    arguments.add_argument("work")
    arguments.add_argument("--heads", type=int, default=4)
    options = arguments.parse_args()
    pack = Pack(options.pack)
    views = read_views(options.work)
    held_out, captions, owners = pack.validation()
    whole = views.of(held_out, np.zeros(len(held_out), int))
    heads = []
    for seed in range(options.heads):
        heads.append(train(pack, views, seed))
        log(os.path.join(options.work, "log.jsonl"), heads=len(heads), recall=recall(Projection(pack, heads)(*whole), captions, owners))
    torch.save([head.state_dict() for head in heads], os.path.join(options.work, "project.pt"))


if __name__ == "__main__":
    main()

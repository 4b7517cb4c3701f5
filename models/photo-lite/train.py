"""Trains the tower: what the teacher sees, crop by crop, then captions. Goes on where it was stopped.

usage: train.py PACK WORK --minutes M [--begin-with CHECKPOINT] (after prepare.py and project.py)

With `torchrun --nproc-per-node 2 train.py ...` two processes share the work, each on a batch of its own; beside other work that is
quicker than two threads that wait for one another at every layer. WORK/state.pt holds everything needed to go on; WORK/log.jsonl one line of figures every minute or so.
"""

import argparse
import math
import os
import signal
import time

import cv2
import numpy as np
import torch
import torch.distributed as distributed
import torch.nn as nn
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

import project
from data import SIDE, Pack, log, read_state, read_views, recall, standardised
from tower import Tower, shipped

cv2.setNumThreads(1)

RANK, PROCESSES = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))


def options():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("pack")
    arguments.add_argument("work")
    arguments.add_argument("--minutes", type=float, required=True, help="of training in all, earlier sittings counted in")
    arguments.add_argument("--begin-with", help="weights to begin with (safetensors)")
    arguments.add_argument("--side", type=int, default=128)
    arguments.add_argument("--small", type=float, nargs=2, default=(0, 96), help="share of the time, first, with inputs of this side")
    arguments.add_argument("--batch", type=int, default=64)
    arguments.add_argument("--rate", type=float, default=1e-3)
    arguments.add_argument("--decay", type=float, default=0.05)
    arguments.add_argument("--captioned", type=float, default=0.4, help="share of a batch")
    arguments.add_argument("--contrast", type=float, default=0.3, help="weight of the caption loss at the end")
    arguments.add_argument("--pseudo", type=float, nargs=2, default=(0.15, 0.4))
    arguments.add_argument("--seed", type=int, default=0)
    arguments.add_argument("--others", type=int, default=1024, help="captions of other pictures that each picture is compared with")
    arguments.add_argument("--mix", type=float, default=0.3, help="share of batches in which pictures are blended")
    return arguments.parse_args()


class Batches:
    """Random crops with what the teacher saw in each."""

    def __init__(self, pack, work, options):
        self.pack, self.options = pack, options
        self.pixels = load_pixels(pack, work)
        self.views = read_views(work)
        train = np.where(~pack.held_out)[0]
        self.captioned = train[pack.captioned[train]]
        self.all = train
        self.rng = np.random.default_rng(options.seed + int(time.time()) + 7919 * RANK)
        self.generator = torch.Generator().manual_seed(int(self.rng.integers(1 << 31)))

    def next(self, side):
        size, rng = self.options.batch, self.rng
        captioned = int(size * self.options.captioned)
        indices = np.concatenate([rng.choice(self.captioned, captioned), rng.choice(self.all, size - captioned)])
        views = rng.integers(0, self.views.count, size)
        boxes = self.views.boxes[indices, views]
        pictures = np.stack([self.crop(index, box, side) for index, box in zip(indices, boxes)])
        return indices, jitter(standardised(pictures), self.generator), *self.views.of(indices, views)

    def others(self, indices):
        """Captions to tell each picture's own from, [O, 384], and which of them belong to the picture all the same, [B, O]."""
        pictures = self.rng.choice(self.captioned, self.options.others)
        first, end = (edge[torch.from_numpy(pictures)] for edge in (self.pack.first_caption, self.pack.end_caption))
        same = torch.from_numpy(indices[:, None] == pictures[None])
        return self.pack.caption(first, end, self.generator), same

    def crop(self, index, box, side):
        left, top, right, bottom = (int(round(edge * SIDE)) for edge in box)
        picture = self.pixels[index, top:bottom, left:right]
        smaller = cv2.INTER_AREA if picture.shape[0] > side else cv2.INTER_LINEAR
        picture = cv2.resize(picture, (side, side), interpolation=smaller)
        return picture[:, ::-1] if self.rng.random() < 0.5 else picture


def load_pixels(pack, work):
    path = os.path.join(work, "pixels.npy")
    if not os.path.exists(path):
        np.save(path, pack.pictures())
    return np.load(path, mmap_mode="r")


def jitter(pixels, generator):
    """Light, contrast and tint, on standardised pixels; a tenth of the pictures loses its colour."""
    count = len(pixels)
    noise = lambda *shape: torch.randn(count, *shape, generator=generator)
    pixels = pixels * (1 + 0.2 * noise(1, 1, 1)).clamp(0.6, 1.5) + 0.25 * noise(1, 1, 1) + 0.12 * noise(3, 1, 1)
    grey = (torch.rand(count, 1, 1, 1, generator=generator) < 0.08).float()
    pixels = pixels + grey * (pixels.mean(1, keepdim=True) - pixels)
    return pixels.contiguous(memory_format=torch.channels_last)


def caption_loss(tower, vectors, texts, others, same):
    """Each picture finds its sentence among the batch's and other ones, and each sentence its picture; near-equal
    sentences are no wrong answers (Radford et al. 2021, with the text side frozen as in Zhai et al. 2022, arXiv:2111.07991)."""
    scale = tower.log_scale.clamp(0, 4.1).exp()
    own = torch.arange(len(vectors))
    both = torch.cat([texts, others])
    alike = (texts @ both.T > 0.95) | F.pad(same, (len(texts), 0))
    alike[own, own] = False
    logits = (scale * vectors @ both.T).masked_fill(alike, -1e4)
    smooth = dict(label_smoothing=0.05)
    return (F.cross_entropy(logits, own, **smooth) + F.cross_entropy(logits[:, : len(own)].T, own, **smooth)) / 2


def share_gradients(parameters, stop):
    """The mean of all processes' gradients, in place. Whether one of them wants to stop."""
    if PROCESSES == 1:
        return stop
    for parameter in parameters:
        if parameter.grad is None:
            parameter.grad = torch.zeros_like(parameter)
    gradients = [parameter.grad for parameter in parameters]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients] + [torch.tensor([float(stop)])])
    distributed.all_reduce(flat)
    at = 0
    for gradient in gradients:
        gradient.copy_((flat[at : at + gradient.numel()] / PROCESSES).view_as(gradient))
        at += gradient.numel()
    return flat[-1].item() > 0


@torch.no_grad()
def evaluate(tower, pixels, validation):
    """Recall of the held-out pictures, seen whole."""
    indices, captions, owners = validation
    tower.eval()
    vectors = torch.cat([tower.vectors(tower.pooled(standardised(batch))) for batch in np.array_split(pixels, 5)])
    tower.train()
    return recall(vectors, captions, owners)


def main():
    o = options()
    torch.manual_seed(o.seed)
    if PROCESSES > 1:
        distributed.init_process_group("gloo")
        torch.set_num_threads(max(1, os.cpu_count() // PROCESSES))
    pack = Pack(o.pack)
    batches = Batches(pack, o.work, o)
    validation = pack.validation()
    whole = np.stack([cv2.resize(batches.pixels[i], (o.side, o.side), interpolation=cv2.INTER_AREA) for i in validation[0]])
    tower = Tower().to(memory_format=torch.channels_last)
    target_of = project.load(pack, o.work)
    captions = torch.zeros(())
    if o.begin_with:
        tower.load_state_dict({k: v.float() for k, v in load_file(o.begin_with).items()}, strict=False)
    average = {name: tensor.detach().clone() for name, tensor in tower.state_dict().items()}
    matrices = [p for p in tower.parameters() if p.ndim > 1]
    others = [p for p in tower.parameters() if p.ndim <= 1]
    groups = [dict(params=matrices, weight_decay=o.decay), dict(params=others, weight_decay=0)]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98))
    step, spent = 0, 0.0
    state = read_state(os.path.join(o.work, "state.pt"))
    if state:
        tower.load_state_dict(state["tower"])
        optimiser.load_state_dict(state["optimiser"])
        average, step, spent = state["average"], state["step"], state["spent"]

    def save(elapsed):
        path = os.path.join(o.work, "state.pt")
        torch.save(dict(tower=tower.state_dict(), optimiser=optimiser.state_dict(), average=average, step=step, spent=spent + elapsed), path + ".part")
        os.replace(path + ".part", path)
        save_file(shipped(average), os.path.join(o.work, "photo-lite.safetensors"))

    def averaged():
        kept = {name: tensor.clone() for name, tensor in tower.state_dict().items()}
        tower.load_state_dict(average)
        found = evaluate(tower, whole, validation)
        tower.load_state_dict(kept)
        return found

    stopped = []
    signal.signal(signal.SIGTERM, lambda *_: stopped.append(True))
    begun = last = time.time()
    seen = 0
    while True:
        elapsed = (time.time() - begun) / 60
        done = min(1, (spent + elapsed) / o.minutes)
        rate = o.rate * min(1, (step + 1) / 150) * (0.5 + 0.5 * math.cos(math.pi * done)) + 2e-6
        for group in optimiser.param_groups:
            group["lr"] = rate
        indices, pixels, features, logits = batches.next(int(o.small[1]) if done < o.small[0] else o.side)
        with torch.no_grad():
            target = target_of(features, logits)
            standard = pack.standardise(features).clamp(-4, 6)
            probabilities = F.softmax(logits[:, 1:], 1)
            softened = F.softmax(logits[:, 1:] / 2, 1)
            texts = pack.texts(torch.from_numpy(indices), (probabilities, o.pseudo), batches.generator)
            others, same = batches.others(indices)
            blended = batches.rng.random() < o.mix
            if blended:  # mixup (Zhang et al. 2018, arXiv:1710.09412), for what the teacher says alone
                share = float(batches.rng.beta(0.8, 0.8))
                blend = lambda x: share * x + (1 - share) * x.flip(0)
                pixels, standard, softened = blend(pixels), blend(standard), blend(softened)
                target = F.normalize(blend(target), dim=1)
        vectors, seen_features, classes = tower(pixels)
        loss = F.mse_loss(seen_features, standard) + 2 * (1 - (vectors * target).sum(1).mean())
        loss = loss + 0.25 * F.kl_div(F.log_softmax(classes / 2, 1), softened, reduction="batchmean")
        loss = loss + 5 * F.mse_loss(vectors @ vectors.T, target @ target.T)  # relations between the batch's pictures
        if not blended:
            captions = caption_loss(tower, vectors, texts, others, same)
            loss = loss + o.contrast * captions
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        if share_gradients(list(tower.parameters()), bool(stopped) or done >= 1):
            break
        nn.utils.clip_grad_norm_(tower.parameters(), 5.0)
        optimiser.step()
        step, seen = step + 1, seen + len(indices) * PROCESSES
        keep = min(0.999, step / (step + 20))
        with torch.no_grad():
            for name, tensor in tower.state_dict().items():
                average[name].lerp_(tensor, 1 - keep) if tensor.is_floating_point() else average[name].copy_(tensor)
        if RANK == 0 and (time.time() - last > 90 or step == 5):
            last = time.time()
            found = averaged()
            log(os.path.join(o.work, "log.jsonl"), minute=round(spent + elapsed, 1), step=step, per_second=round(seen / (last - begun)),
                loss=round(loss.item(), 3), caption_loss=round(captions.item(), 3), rate=round(rate, 6), recall=found)
            save((last - begun) / 60)
    if RANK > 0:
        return
    save((time.time() - begun) / 60)
    log(os.path.join(o.work, "log.jsonl"), step=step, final=averaged())


if __name__ == "__main__":
    main()

"""The image tower: MobileNetV4 conv-small (Qin et al. 2024, arXiv:2404.10518), pooled, two linear layers, length one."""

import math

import timm
import torch
import torch.nn as nn
import torch.nn.functional as F

BACKBONE = "mobilenetv4_conv_small"
WIDTH, HIDDEN, DIMS = 960, 1024, 384
TEACHER_FEATURES, CLASSES = 1280, 1000


class Tower(nn.Module):
    """`features` and `classes` are heads for the teacher; of them the shipped file keeps `classes` alone."""

    def __init__(self):
        super().__init__()
        self.backbone = timm.create_model(BACKBONE, pretrained=False, num_classes=0)
        self.fc1, self.fc2 = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, DIMS)
        self.features, self.classes = nn.Linear(WIDTH, TEACHER_FEATURES), nn.Linear(WIDTH, CLASSES)
        self.log_scale = nn.Parameter(torch.tensor(math.log(20.0)))

    def pooled(self, pixels):
        return self.backbone.forward_features(pixels).mean((2, 3))

    def vectors(self, pooled):
        return F.normalize(self.fc2(F.gelu(self.fc1(pooled))).float(), dim=1)

    def forward(self, pixels):
        pooled = self.pooled(pixels)
        return self.vectors(pooled), self.features(pooled).float(), self.classes(pooled).float()


def shipped(state):
    """The tensors that the application loads, f16, under the names that it expects."""
    dropped = ("features", "log_scale", "backbone.conv_head", "backbone.norm_head")
    return {
        name: tensor.half().contiguous()
        for name, tensor in state.items()
        if not name.startswith(dropped) and not name.endswith("num_batches_tracked")
    }

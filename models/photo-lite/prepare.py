"""What the teacher sees in several crops of every picture, once, so that training need not run the teacher.

usage: prepare.py PACK WORK [--views 5] [--part 0 --parts 2] [--more N]

View 0 is the whole picture; the others are random crops (.35 to 1 of the area, sides up to 4:3). With --more all are random
crops, other ones for each N. Writes, for its part of the pictures, WORK/views-PART.npz (WORK/more-N-PART.npz): boxes f32 [n, V, 4] (left, top, right, bottom, as shares), features f16 [n, V, 1280], logits f16 [n, V, 1001].
"""

import argparse
import io
import math
import os
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image

from data import Pack

TEACHER_SIDE = 224
FEATURES, LOGITS = 172, 173  # tensors of the teacher's graph


class Teacher:
    """MobileNetV2, int8, Apache-2.0; used for training alone."""

    def __init__(self, path):
        self.interpreter = Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=True)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.scales = {one["index"]: one["quantization"] for one in self.interpreter.get_tensor_details()}

    def __call__(self, picture):
        self.interpreter.set_tensor(self.input, np.asarray(picture)[None])
        self.interpreter.invoke()
        return self.output(FEATURES), self.output(LOGITS)

    def output(self, tensor):
        scale, zero = self.scales[tensor]
        return (self.interpreter.get_tensor(tensor).reshape(-1).astype(np.float32) - zero) * scale


def random_box(rng):
    area, ratio = rng.uniform(0.35, 1), math.exp(rng.uniform(-0.29, 0.29))
    width, height = min(1, math.sqrt(area * ratio)), min(1, math.sqrt(area / ratio))
    left, top = rng.uniform(0, 1 - width), rng.uniform(0, 1 - height)
    return left, top, left + width, top + height


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("pack")
    arguments.add_argument("work")
    arguments.add_argument("--views", type=int, default=5)
    arguments.add_argument("--part", type=int, default=0)
    arguments.add_argument("--parts", type=int, default=2)
    arguments.add_argument("--more", type=int, default=0)
    options = arguments.parse_args()
    os.makedirs(options.work, exist_ok=True)
    pack = Pack(options.pack)
    rng = np.random.default_rng(options.part + 1000 * options.more)
    teacher = Teacher(pack.folder / "teacher" / "tf2_mobilenet_v2_1.0_224_ptq.tflite")
    files = [(pack.folder / f"lite-pack-{number}.bin").read_bytes() for number in range(3)]
    low, high = (len(pack) * edge // options.parts for edge in (options.part, options.part + 1))
    count, views = high - low, options.views
    boxes = np.zeros((count, views, 4), np.float32)
    features = np.zeros((count, views, 1280), np.float16)
    logits = np.zeros((count, views, 1001), np.float16)
    begun = time.time()
    for index in range(count):
        number, start, length = pack.offsets[low + index]
        picture = Image.open(io.BytesIO(files[number][start : start + length])).convert("RGB")
        side = picture.size[0]
        for view in range(views):
            box = (0, 0, 1, 1) if view == 0 and not options.more else random_box(rng)
            pixels = picture.resize((TEACHER_SIDE, TEACHER_SIDE), Image.BILINEAR, box=[edge * side for edge in box])
            boxes[index, view] = box
            features[index, view], logits[index, view] = teacher(pixels)
        if index % 2000 == 0:
            print(options.part, index, count, f"{time.time() - begun:.0f}s", flush=True)
    name = f"more-{options.more}-{options.part}" if options.more else f"views-{options.part}"
    np.savez(os.path.join(options.work, f"{name}.npz"), boxes=boxes, features=features, logits=logits)


if __name__ == "__main__":
    main()

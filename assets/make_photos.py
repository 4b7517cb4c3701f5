#!/usr/bin/env python3
"""Renders the photos of the sample library.

    pip install bpy==5.0.1 pillow && python3 assets/make_photos.py [NAME...] [--draft] [--out DIR]

Every picture is a scene built here from nothing (no texture, model or photo of
anybody else) and path-traced by Cycles on the processor; the night skies and
the rainy window are computed directly. About twenty minutes on one idle core.

A scene is a function that fills an empty Blender scene, decorated with where
the photo goes and what its EXIF says. Lengths are metres, +Y is away from the
camera, angles are degrees.
"""

import argparse
import math
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector, noise
from PIL import Image, ImageFilter

PHOTOS = Path(__file__).resolve().parent / "sample" / "Photos"
RNG = random.Random()


# --- The list of photos ------------------------------------------------------


@dataclass(frozen=True)
class Photo:
    """One picture: who makes it, where it goes, and what the camera would have written."""

    make: Callable[[], "Picture | None"]
    path: str
    taken: str | None
    gps: tuple[float, float] | None
    orientation: int
    size: tuple[int, int]
    samples: int
    exposure: float
    quality: int
    grain: float


PHOTO_LIST: dict[str, Photo] = {}
Picture = np.ndarray


def photo(path, taken=None, gps=None, orientation=1, size=(1024, 683), samples=8, exposure=0.0, quality=84, grain=0.012):
    def register(make):
        PHOTO_LIST[make.__name__] = Photo(make, path, taken, gps, orientation, size, samples, exposure, quality, grain)
        return make

    return register


# --- Shading ------------------------------------------------------------------


class Graph:
    """A node tree written as expressions: `g("TexNoise", Scale=5)` adds a node and gives its first output."""

    def __init__(self, tree):
        self.tree = tree
        tree.nodes.clear()

    def node(self, kind, **inputs):
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for key, value in inputs.items():
            if key[0].islower():
                setattr(node, key, value)
        for key, value in inputs.items():
            if key[0].islower():
                continue
            socket = node.inputs[int(key[1:]) if key[0] == "I" and key[1:].isdigit() else key.replace("_", " ")]
            self.set(socket, value)
        return node

    def __call__(self, kind, out=0, **inputs):
        return self.node(kind, **inputs).outputs[out]

    def set(self, socket, value):
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif isinstance(value, (tuple, list)) and len(value) == 3 and socket.type == "RGBA":
            socket.default_value = (*value, 1.0)
        else:
            socket.default_value = value

    def math(self, operation, *values, clamp=False):
        return self("Math", operation=operation, use_clamp=clamp, **{f"I{i}": v for i, v in enumerate(values)})

    def mix(self, factor, a, b, blend="MIX"):
        return self("Mix", out=2, data_type="RGBA", blend_type=blend, I0=factor, I6=a, I7=b)

    def ramp(self, factor, *stops, interpolation="LINEAR"):
        """A colour (or grey) over `factor`; stops are (position, colour or grey)."""
        node = self.node("ValToRGB", Fac=factor)
        ramp = node.color_ramp
        ramp.interpolation = interpolation
        while len(ramp.elements) < len(stops):
            ramp.elements.new(0.5)
        for element, (position, colour) in zip(ramp.elements, stops):
            element.position = position
            element.color = (*colour, 1) if isinstance(colour, tuple) else (colour, colour, colour, 1)
        return node.outputs[0]

    def coordinates(self, kind="Object", scale=(1, 1, 1), rotation=(0, 0, 0)):
        source = self.node("TexCoord").outputs[kind]
        return self("Mapping", Vector=source, Scale=scale, Rotation=tuple(map(math.radians, rotation)))

    def noise(self, scale, detail=6.0, roughness=0.55, distortion=0.0, vector=None):
        extra = {"Vector": vector} if vector else {}
        return self("TexNoise", Scale=scale, Detail=detail, Roughness=roughness, Distortion=distortion, **extra)

    def bump(self, height, strength=0.3, distance=0.02):
        return self("Bump", Height=height, Strength=strength, Distance=distance)


def rgb(code: str) -> tuple[float, float, float]:
    """Linear colour of an sRGB hex code."""
    channels = [int(code[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def material(colour=None, rough=0.5, build=None, fog=None, **principled):
    """A principled surface. `build(g)` may return inputs computed by nodes. `fog` is (colour, distance)."""
    made = bpy.data.materials.new("m")
    g = Graph(made.node_tree)
    inputs = {"Roughness": rough, **principled}
    if colour:
        inputs["Base Color"] = rgb(colour) if isinstance(colour, str) else colour
    if build:
        inputs.update(build(g))
    shader = g.node("BsdfPrincipled")
    for name, value in inputs.items():
        g.set(shader.inputs[name.replace("_", " ")], value)
    surface = shader.outputs[0]
    if fog:
        surface = fogged(g, surface, *fog)
    g.node("OutputMaterial", Surface=surface)
    return made


def fogged(g, surface, colour, distance):
    """Exponential fog between camera and surface, without the cost of a real volume."""
    depth = g.node("CameraData").outputs["View Distance"]
    clear = g.math("EXPONENT", g.math("DIVIDE", depth, -distance))
    haze = g("Emission", Color=rgb(colour) if isinstance(colour, str) else colour, Strength=1.0)
    return g("MixShader", Fac=clear, I1=haze, I2=surface)


def glow(colour, strength):
    return material("000000", Emission_Color=rgb(colour), Emission_Strength=strength)


def wood(light="a9753f", dark="5e3817", scale=1.0, rotation=(0, 0, 0), planks=False, rough=0.45):
    def build(g):
        grain = g.coordinates(scale=(9 * scale, 0.7 * scale, 9 * scale), rotation=rotation)
        rings = g("TexNoise", Vector=grain, Scale=2.2, Detail=8.0, Roughness=0.6, Distortion=1.1)
        fine = g("TexNoise", Vector=g.coordinates(scale=(90 * scale, 2.5 * scale, 90 * scale), rotation=rotation), Scale=2.0, Detail=4.0)
        tone = g.math("ADD", g.math("MULTIPLY", rings, 0.75), g.math("MULTIPLY", fine, 0.25))
        colour = g.ramp(tone, (0.35, rgb(dark)), (0.52, rgb(light)), (0.68, rgb(dark)))
        height = tone
        if planks:
            seams = g.node("TexBrick", Vector=g.coordinates(scale=(scale, scale, scale), rotation=(rotation[0], rotation[1], rotation[2] + 90)), Scale=1.0, Mortar_Size=0.004, Brick_Width=3.1, Row_Height=0.16, Color1=(0.72, 0.72, 0.72), Color2=(1, 1, 1), Mortar=(0.05, 0.04, 0.03))
            colour = g.mix(1.0, colour, seams.outputs[0], "MULTIPLY")
            height = g.math("SUBTRACT", tone, g.math("MULTIPLY", seams.outputs[1], 1.5))
        return {"Base_Color": colour, "Normal": g.bump(height, 0.25, 0.01), "Roughness": g.ramp(fine, (0.3, rough - 0.1), (0.7, rough + 0.15))}

    return material(build=build)


def speckled(base, other, scale=6.0, bump=0.3, rough=0.85, distance=0.02, fog=None, **principled):
    """Two tones broken up by noise: plaster, stone, soil, bark."""

    def build(g):
        coarse = g.noise(scale, 8.0, 0.6, vector=g.coordinates())
        fine = g.noise(scale * 9, 6.0, 0.7, vector=g.coordinates())
        tone = g.math("ADD", g.math("MULTIPLY", coarse, 0.7), g.math("MULTIPLY", fine, 0.3))
        return {"Base_Color": g.ramp(tone, (0.32, rgb(base)), (0.68, rgb(other))), "Normal": g.bump(tone, bump, distance)}

    return material(build=build, rough=rough, fog=fog, **principled)


def water(colour="0b2027", ripple=4.0, strength=0.25, rough=0.06, stretch=(1, 1, 1), fog=None):
    def build(g):
        small = g.noise(ripple, 6.0, 0.6, vector=g.coordinates(scale=stretch))
        return {"Normal": g.bump(small, strength, 0.1)}

    return material(colour, rough, build, fog=fog, IOR=1.33)


# --- Light and camera ---------------------------------------------------------


def sky(elevation, bearing=0.0, strength=0.12, clouds=0.0, cloud_colour="ffffff", cloud_light=1.0, dust=1.0, disc=True, tint=None, cloud_scale=1.0):
    """Physical sky with the sun at `elevation` above the horizon, `bearing` degrees to the right of +Y."""
    world = bpy.data.worlds.new("w")
    bpy.context.scene.world = world
    g = Graph(world.node_tree)
    node = g.node("TexSky", sky_type="MULTIPLE_SCATTERING")
    node.sun_elevation = math.radians(elevation)
    node.sun_rotation = math.radians(bearing)
    node.sun_disc = disc
    node.aerosol_density = dust
    colour = node.outputs[0]
    if tint:
        colour = g.mix(1.0, colour, rgb(tint), "MULTIPLY")
    if clouds:
        direction = g.node("TexCoord").outputs["Generated"]
        parts = g.node("SeparateXYZ", Vector=direction)
        height = g.math("MAXIMUM", g.math("ADD", parts.outputs[2], 0.09), 0.02)
        plane = g("CombineXYZ", X=g.math("DIVIDE", parts.outputs[0], height), Y=g.math("DIVIDE", parts.outputs[1], height), Z=RNG.random() * 9)
        puffs = g("TexNoise", Vector=plane, Scale=0.9 * cloud_scale, Detail=12.0, Roughness=0.58, Distortion=0.25)
        cover = g.ramp(puffs, (0.62 - 0.28 * clouds, 0.0), (0.80 - 0.22 * clouds, 1.0), interpolation="EASE")
        above = g.ramp(parts.outputs[2], (0.0, 0.0), (0.06, 1.0))
        shade = g.ramp(puffs, (0.45, 1.0), (0.85, 0.45))
        lit = g.mix(1.0, tuple(c * cloud_light for c in rgb(cloud_colour)), shade, "MULTIPLY")
        colour = g.mix(g.math("MULTIPLY", cover, above), colour, lit)
    g.node("OutputWorld", Surface=g("Background", Color=colour, Strength=strength))


def studio(colour="ffffff", strength=0.25):
    """Even light from everywhere."""
    gradient([(0.0, colour), (1.0, colour)], strength)


def gradient(stops, strength=1.0):
    """A sky by hand: hex colours over the sine of the elevation, 0 at the horizon."""
    world = bpy.data.worlds.new("w")
    bpy.context.scene.world = world
    g = Graph(world.node_tree)
    parts = g.node("SeparateXYZ", Vector=g.node("TexCoord").outputs["Generated"])
    colour = g.ramp(parts.outputs[2], *[(at, rgb(code)) for at, code in stops])
    g.node("OutputWorld", Surface=g("Background", Color=colour, Strength=strength))


def backdrop(picture: Picture, strength=1.0):
    """Light from a picture wrapped behind the scene, as the camera sees it."""
    image = bpy.data.images.new("b", picture.shape[1], picture.shape[0], float_buffer=True)
    rows = np.ones((*picture.shape[:2], 4), np.float32)
    rows[..., :3] = picture[::-1]
    image.pixels.foreach_set(rows.ravel())
    world = bpy.data.worlds.new("w")
    bpy.context.scene.world = world
    g = Graph(world.node_tree)
    seen = g.node("TexImage", Vector=g.node("TexCoord").outputs["Window"])
    seen.image = image
    g.node("OutputWorld", Surface=g("Background", Color=seen.outputs[0], Strength=strength))


def lamp(kind, at, energy, to=(0, 0, 0), size=1.0, colour="ffffff", spot=60):
    data = bpy.data.lights.new("l", kind)
    data.energy = energy
    data.color = rgb(colour)
    if kind == "AREA":
        data.size = size
    elif kind == "SUN":
        data.angle = math.radians(size)
    else:
        data.shadow_soft_size = size
    if kind == "SPOT":
        data.spot_size, data.spot_blend = math.radians(spot), 0.6
    made = place(bpy.data.objects.new("l", data), at)
    made.rotation_euler = (Vector(to) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    return made


def camera(at, to, lens=50.0, focus=None, stop=2.8, roll=0.0):
    data = bpy.data.cameras.new("c")
    data.lens = lens
    data.clip_end = 100_000
    if focus is not None:
        data.dof.use_dof = True
        data.dof.focus_distance = (Vector(focus) - Vector(at)).length
        data.dof.aperture_fstop = stop
    made = place(bpy.data.objects.new("c", data), at)
    made.rotation_euler = (Vector(to) - Vector(at)).to_track_quat("-Z", "Y").to_euler()
    made.rotation_euler.rotate_axis("Z", math.radians(roll))
    bpy.context.scene.camera = made


# --- Shapes -------------------------------------------------------------------


def place(made, at=(0, 0, 0), rotation=(0, 0, 0), scale=1.0):
    bpy.context.collection.objects.link(made)
    made.location = at
    made.rotation_euler = tuple(map(math.radians, rotation))
    made.scale = (scale,) * 3 if isinstance(scale, (int, float)) else scale
    return made


def mesh(vertices, faces, paint=None, at=(0, 0, 0), rotation=(0, 0, 0), scale=1.0, smooth=True):
    data = bpy.data.meshes.new("g")
    data.from_pydata(np.asarray(vertices, float).tolist(), [], [tuple(map(int, f)) for f in faces])
    if smooth:
        data.shade_smooth()
    for m in paint if isinstance(paint, list) else [paint] if paint else []:
        data.materials.append(m)
    return place(bpy.data.objects.new("g", data), at, rotation, scale)


def again(original, at, rotation=(0, 0, 0), scale=1.0):
    """Another instance of the same shape."""
    return place(bpy.data.objects.new("i", original.data), at, rotation, scale)


def grid_faces(rows, columns, wrap=False):
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(columns if wrap else columns - 1), indexing="ij")
    c2 = (c + 1) % columns
    return np.stack([r * columns + c, r * columns + c2, (r + 1) * columns + c2, (r + 1) * columns + c], -1).reshape(-1, 4)


def lathe(profile, paint, at=(0, 0, 0), rotation=(0, 0, 0), scale=1.0, segments=72, steps=8):
    """The profile [(radius, height)] spun about Z, rounded by a Catmull-Rom spline of `steps` pieces a span."""
    points = np.array(profile, float)
    if steps > 1:
        padded = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
        spans = []
        for p0, p1, p2, p3 in zip(padded, padded[1:], padded[2:], padded[3:]):
            t = np.linspace(0, 1, steps, endpoint=False)[:, None]
            spans.append(0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3))
        points = np.vstack([*spans, points[-1:]])
    points[:, 0] = np.maximum(points[:, 0], 1e-4)
    angle = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    vertices = np.stack([points[:, :1] * np.cos(angle), points[:, :1] * np.sin(angle), np.repeat(points[:, 1:], segments, 1)], -1)
    return mesh(vertices.reshape(-1, 3), grid_faces(len(points), segments, True), paint, at, rotation, scale)


def box(size, at, paint, rotation=(0, 0, 0), bevel=0.0):
    x, y, z = (s / 2 for s in size)
    corners = [(i, j, k) for i in (-x, x) for j in (-y, y) for k in (-z, z)]
    made = mesh(corners, [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)], paint, at, rotation, smooth=False)
    if bevel:
        modifier = made.modifiers.new("b", "BEVEL")
        modifier.width, modifier.segments = bevel, 3
    return made


def tube(points, radius, paint, closed=False, at=(0, 0, 0), rotation=(0, 0, 0), smooth=True):
    data = bpy.data.curves.new("t", "CURVE")
    data.dimensions, data.bevel_depth, data.bevel_resolution = "3D", radius, 4
    data.use_fill_caps = True
    spline = data.splines.new("NURBS" if smooth else "POLY")
    spline.points.add(len(points) - 1)
    for target, point in zip(spline.points, points):
        target.co = (*point, 1)
    if smooth:
        spline.order_u, spline.use_endpoint_u = min(4, len(points)), not closed
    spline.use_cyclic_u = closed
    data.materials.append(paint)
    return place(bpy.data.objects.new("t", data), at, rotation)


def ring(radius, thickness, paint, at=(0, 0, 0), rotation=(0, 0, 0)):
    points = [(radius * math.cos(a), radius * math.sin(a), 0) for a in np.linspace(0, 2 * math.pi, 64, endpoint=False)]
    return tube(points, thickness, paint, True, at, rotation, smooth=False)


def stone(paint, size, at, seed, rotation=(0, 0, 0), rough=0.25, detail=0.04, level=5):
    """A boulder or pebble: a ball bent by noise."""
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=level, radius=1)
    made = bpy.context.object
    offset = Vector((seed * 7.3, seed * 1.9, seed * 3.1))
    for vertex in made.data.vertices:
        direction = vertex.co.normalized()
        bulge = noise.fractal(direction * 1.1 + offset, 1.0, 2.0, 2) * rough
        bulge += noise.fractal(direction * 6 + offset, 0.8, 2.0, 4) * detail
        vertex.co = direction * (1 + bulge)
    made.data.shade_smooth()
    made.data.materials.append(paint)
    made.location, made.scale = at, size
    made.rotation_euler = tuple(map(math.radians, rotation))
    return made


def land(height, paint, x=(-50, 50), y=(0, 100), across=300, deep=300, grow=1.0):
    """Ground from `height(x, y)`; rows get coarser with distance by the power `grow`."""
    ys = y[0] + (y[1] - y[0]) * np.linspace(0, 1, deep) ** grow
    xs = np.linspace(*x, across)
    vertices = [(a, b, height(a, b)) for b in ys for a in xs]
    return mesh(vertices, grid_faces(deep, across), paint)


def curtain(height, y, half, paint, across=700):
    """A far ridge as a silhouette: an upright sheet at distance `y` with the outline `height(x)`."""
    xs = np.linspace(-half, half, across)
    vertices = [(x, y, -0.1 * half) for x in xs] + [(x, y, height(x)) for x in xs]
    return mesh(vertices, grid_faces(2, across), paint)


def fbm(x, y, scale, octaves=6, seed=0.0, h=1.0):
    return noise.fractal(Vector((x / scale, y / scale, seed)), h, 2.0, octaves)


def sea(paint, amplitude=0.12, longest=9.0, wind=20.0, far=6000.0, near=2.0, spread=0.75, rows=620, columns=420, seed=1, level=0.0):
    """Open water: a sum of sine waves on a fan of rows, each wave fading where the rows become too coarse for it."""
    rng = np.random.default_rng(seed)
    distance = near * (far / near) ** np.linspace(0, 1, rows)
    step = np.gradient(distance)[:, None]
    y = np.repeat(distance[:, None], columns, 1)
    x = y * np.linspace(-spread, spread, columns)[None, :]
    z = np.zeros_like(x)
    for _ in range(90):
        length = longest * rng.uniform(0.02, 1) ** 2.0 + 0.12
        heading = math.radians(wind + rng.normal(0, 32))
        k = 2 * np.pi / length
        phase = k * (x * math.sin(heading) + y * math.cos(heading)) + rng.uniform(0, 2 * np.pi)
        fade = np.clip(length / (3 * step) - 0.4, 0, 1)
        z += amplitude * (length / longest) ** 0.95 * (np.exp(np.sin(phase) - 1) * 2 - 0.9) * fade * 0.28
    return mesh(np.stack([x, y, z + level], -1).reshape(-1, 3), grid_faces(rows, columns), paint)


def floor(paint, size=60.0, at=(0, 0, 0)):
    s = size / 2
    return mesh([(-s, -s, 0), (s, -s, 0), (s, s, 0), (-s, s, 0)], [(0, 1, 2, 3)], paint, at)


def blades(count, area, height, paint, ground=lambda x, y: 0.0, width=0.004, lean=0.4, seed=3, thin=1.0):
    """Grass: `count` bent three-sided strips over area (x0, x1, y0, y1), sparser with distance by the power `thin`."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(area[0], area[1], count), area[2] + (area[3] - area[2]) * rng.random(count) ** thin
    tall, turn = height * rng.uniform(0.45, 1.2, count), rng.uniform(0, 2 * np.pi, count)
    bend = lean * tall * rng.uniform(0.2, 1.2, count)
    base = np.stack([x, y, [ground(a, b) for a, b in zip(x, y)]], -1)
    side = np.stack([-np.sin(turn), np.cos(turn), 0 * turn], -1) * width
    ahead = np.stack([np.cos(turn), np.sin(turn), 0 * turn], -1)
    up = np.array([0, 0, 1.0])
    middle = base + ahead * (bend * 0.3)[:, None] + up * (tall * 0.6)[:, None]
    tip = base + ahead * bend[:, None] + up * tall[:, None]
    vertices = np.stack([base - side, base + side, middle + side * 0.7, middle - side * 0.7, tip], 1).reshape(-1, 3)
    first = np.arange(count) * 5
    quads = np.stack([first, first + 1, first + 2, first + 3], -1).tolist()
    return mesh(vertices, quads + np.stack([first + 3, first + 2, first + 4], -1).tolist(), paint)


def conifer(paint, trunk, height=9.0, seed=1):
    """A spruce of drooping branch fans; returns one mesh to be repeated with `again`."""
    rng = np.random.default_rng(seed)
    vertices, faces = [], []
    for level in np.arange(0.08, 1.0, 0.022):
        reach = height * 0.23 * (1 - level) ** 0.85 + 0.08
        for turn in rng.uniform(0, 2 * np.pi, int(6 + 8 * (1 - level))):
            length = reach * rng.uniform(0.6, 1.1)
            ahead, side = np.array([np.cos(turn), np.sin(turn)]), np.array([-np.sin(turn), np.cos(turn)])
            z0 = height * level + rng.uniform(-0.1, 0.1)
            for s in np.linspace(0.15, 1, 7):
                middle = ahead * length * s
                z = z0 - length * (0.32 * s + 0.22 * s * s)
                for sign in (-1, 1):
                    leaf = length * 0.34 * (1.15 - s) * rng.uniform(0.6, 1.2) + 0.05
                    tip = middle + ahead * leaf * 0.8 + side * sign * leaf
                    back = middle - ahead * leaf * 0.45
                    n = len(vertices)
                    vertices += [(*middle, z), (*tip, z - leaf * 0.55), (*back, z + 0.03)]
                    faces.append((n, n + 1, n + 2))
    n = len(vertices)
    for z, r in ((0, 0.02 * height), (height, 0.004)):
        vertices += [(r * math.cos(a), r * math.sin(a), z) for a in np.linspace(0, 2 * math.pi, 8, endpoint=False)]
    bark = grid_faces(2, 8, True) + n
    made = mesh(vertices, faces + bark.tolist(), [paint, trunk])
    made.data.polygons.foreach_set("material_index", [0] * len(faces) + [1] * len(bark))
    return made


# --- Scenes: sea and shore ----------------------------------------------------

BALTIC = "2021 Baltic"
WINTER = "2023 Winter"


@photo(f"{BALTIC}/sunset-baltic.jpg", "2021-07-18 21:24:10", (54.5581, 13.0920), exposure=-0.2)
def sunset():
    sky(2.2, 8, 0.10, clouds=0.75, cloud_colour="d88a62", cloud_light=1.6, dust=2.0, cloud_scale=1.4)
    sea(water("0a1a22", ripple=9, strength=0.2), amplitude=0.2, longest=11, wind=-170, seed=4)
    camera((0, 0, 3.2), (0.5, 100, 9.0), 40)


@photo(f"{BALTIC}/IMG_2041.jpg", "2021-07-14 22:05:41", (54.4731, 12.5017))
def lighthouse():
    gradient([(0.0, "f0a765"), (0.05, "e79a78"), (0.14, "a98aa5"), (0.3, "5d78a8"), (0.7, "2a4577"), (1.0, "182c55")], 0.55)
    sea(water("0a1d2b", ripple=7, strength=0.3), amplitude=0.16, longest=9, seed=2)

    def headland(x, y):
        from_peak = math.hypot((x - 17) / 26, (y - 92) / 20)
        return 9.5 * math.exp(-(from_peak**2) * 1.5) + 2.4 * fbm(x, y, 9, 7) * math.exp(-from_peak) - 1.6

    land(headland, speckled("2c2a28", "5c564c", 0.4, 0.9, distance=0.4), (-30, 75), (50, 140), 420, 330)
    x, y, z = 17, 92, 7.2
    white, red = material("e9e4d8", 0.6), material("a32b22", 0.55)
    for i in range(5):
        r0, r1 = (2.35 - 0.22 * j for j in (i, i + 1))
        lathe([(r0, 0), (r1, 3.4)], [red, white][i % 2], (x, y, z + 3.4 * i), steps=1)
    top, iron = z + 17, material("2b2b2d", 0.4, Metallic=0.6)
    lathe([(0, 0), (2.0, 0), (2.0, 0.25), (0, 0.25)], iron, (x, y, top), steps=1)
    ring(1.95, 0.04, iron, (x, y, top + 1.15))
    for a in range(0, 360, 20):
        rod = (x + 1.95 * math.cos(math.radians(a)), y + 1.95 * math.sin(math.radians(a)))
        tube([(*rod, top), (*rod, top + 1.15)], 0.03, iron, smooth=False)
        if a % 60 == 0:
            pane = (x + 1.1 * math.cos(math.radians(a)), y + 1.1 * math.sin(math.radians(a)))
            tube([(*pane, top), (*pane, top + 2.2)], 0.06, iron, smooth=False)
    lathe([(0, 0), (0.75, 0.3), (0.8, 1.6), (0, 1.9)], glow("ffd27a", 28), (x, y, top + 0.2))
    lathe([(1.35, 0), (1.2, 0.3), (0.6, 1.0), (0.15, 1.3), (0.12, 1.9), (0, 2.0)], red, (x, y, top + 2.2), steps=3)
    lamp("POINT", (x, y, top + 1.1), 9000, size=0.7, colour="ffcf85")
    for z_window in (5, 11):
        box((0.5, 0.2, 0.9), (x - 0.4, y - 2.35 + 0.065 * z_window, z + z_window), glow("ffcf7a", 2.5))
    house = speckled("cfc7b8", "e6dfd2", 1, 0.1)
    box((6, 4.5, 4), (x + 6.2, y + 0.5, z + 0.6), house)
    roof = material("6b2f26", 0.8)
    mesh([(-3.3, -2.6, 0), (3.3, -2.6, 0), (3.3, 2.6, 0), (-3.3, 2.6, 0), (-3.3, 0, 2), (3.3, 0, 2)], [(0, 1, 5, 4), (2, 3, 4, 5), (0, 4, 3), (1, 2, 5)], roof, (x + 6.2, y + 0.5, z + 2.6), smooth=False)
    for dx in (-1.6, 1.5):
        box((0.9, 0.1, 1.0), (x + 6.2 + dx, y - 1.78, z + 1.3), glow("ffc56a", 2.0))
    camera((0, 0, 4.2), (9, 92, 12), 48)


@photo(f"{BALTIC}/IMG_2067.jpg", "2021-07-18 22:10:02", (54.5581, 13.0915), orientation=6, size=(768, 1024))
def cairn():
    sky(14, -62, 0.10, clouds=0.6, cloud_light=5, dust=2)
    sea(water("12323c", ripple=6, strength=0.3), amplitude=0.1, longest=4, near=2.5, seed=9, level=-0.13)
    tones = [("6e6a66", "8d8780"), ("7d6a5c", "9b8877"), ("565a60", "7c8088"), ("8a8375", "b3aa98"), ("4a4746", "69645f")]
    paints = [speckled(a, b, 9, 0.25, 0.7, 0.01) for a, b in tones]
    beach = speckled("6b6152", "94866f", 5, 0.5, 0.9)
    land(lambda x, y: -0.06 * max(0, y - 2.2) + 0.02 * fbm(x, y, 0.6, 4), beach, (-6, 6), (-1.2, 6.5), 200, 200)
    pebbles = [stone(p, (1, 0.8, 0.6), (0, -30, 0), 20 + i, level=3) for i, p in enumerate(paints * 2)]
    for _ in range(4200):
        x, y = RNG.uniform(-4, 4), RNG.uniform(-0.9, 4.6)
        size = 0.02 + 0.055 * RNG.random() ** 3
        z = -0.06 * max(0, y - 2.2) + size * 0.25
        again(RNG.choice(pebbles), (x, y, z), (RNG.uniform(-20, 20), RNG.uniform(-20, 20), RNG.uniform(0, 360)), size)
    z = 0.0
    for i, (wide, tall) in enumerate([(0.34, 0.125), (0.255, 0.10), (0.20, 0.085), (0.145, 0.07), (0.095, 0.06), (0.055, 0.04)]):
        z += tall * 0.93
        stone(paints[(i * 2 + 1) % 5], (wide, wide * 0.82, tall), (RNG.uniform(-0.025, 0.025), 1.0 + RNG.uniform(-0.02, 0.02), z), i + 3, (RNG.uniform(-3, 3), RNG.uniform(-3, 3), RNG.uniform(0, 360)), 0.14, 0.02)
        z += tall * 0.93
    lamp("AREA", (-2, -2, 2.5), 25, (0, 1, 0.5), 2.0, "ffe2c4")
    camera((0.1, -1.7, 0.62), (0.02, 1, 0.50), 45, (0, 0.8, 0.5), 2.0)


@photo(f"{BALTIC}/IMG_2052.jpg", "2021-07-16 15:32:27", (54.3157, 13.0968), exposure=0.1)
def sailboat():
    sky(38, -50, 0.09, clouds=0.62, cloud_light=9, cloud_scale=1.1)
    sea(water("06283a", ripple=6, strength=0.35), amplitude=0.2, longest=9, near=3, wind=70, seed=5)
    sections = np.linspace(0, 1, 40)
    vertices = []
    for s in sections:
        half = 1.25 * math.sin(math.pi * min(1, 0.12 + 0.88 * s) ** 0.75) ** 0.7 if s < 1 else 0.02
        keel, deck = -0.55 * math.sin(math.pi * s) ** 0.5, 0.75 + 0.35 * (2 * s - 0.9) ** 2
        for a in np.linspace(-1, 1, 21):
            vertices.append((half * math.sin(a * math.pi / 2), -4 + 8.4 * s + 0.5 * s * (deck if abs(a) > 0.8 else 0), keel + (deck - keel) * abs(a) ** 2.4))
    parts = [mesh(vertices, grid_faces(40, 21), material("f4f4f0", 0.15, Coat_Weight=0.6))]
    deck = [(v[0] * 0.97, v[1], v[2] - 0.06) for i, v in enumerate(vertices) if i % 21 in (0, 20)]
    parts.append(mesh(deck, [(2 * i, 2 * i + 1, 2 * i + 3, 2 * i + 2) for i in range(39)], wood("b98a55", "8a5b30", 0.6), smooth=False))
    parts.append(box((1.3, 2.6, 0.5), (0, 0.6, 0.95), material("f2f0ea", 0.3), bevel=0.12))
    for x in (-0.66, 0.66):
        parts.append(box((0.03, 1.6, 0.18), (x, 0.6, 1.0), material("14181d", 0.1)))
    aluminium = material("b9bcc0", 0.25, Metallic=0.9)
    parts.append(tube([(0, 0.9, 0.8), (0, 0.9, 11.2)], 0.07, aluminium, smooth=False))
    parts.append(tube([(0, 0.9, 1.9), (1.0, -3.3, 1.9)], 0.06, aluminium, smooth=False))
    cloth = material("f6f3ea", 0.8, Subsurface_Weight=0.0, Transmission_Weight=0.12)

    def sail(tack, clew, head, belly, paint):
        a, b, c = map(np.array, (tack, clew, head))
        points = []
        for t in np.linspace(0, 1, 24):
            for s in np.linspace(0, 1, 16):
                foot = a + (b - a) * s
                p = foot + (c - foot) * t
                p = p + np.array([1, 0, 0]) * belly * math.sin(math.pi * s) * math.sin(math.pi * min(1, t + 0.12)) * (1 - t)
                points.append(tuple(p))
        parts.append(mesh(points, grid_faces(24, 16), paint))

    sail((0, 0.8, 2.05), (1.0, -3.2, 2.05), (0, 0.85, 11.0), 0.85, cloth)
    sail((0, 4.2, 1.3), (0.9, 0.2, 1.5), (0, 1.05, 9.6), 1.1, cloth)
    wire = material("777b80", 0.3, Metallic=1)
    for foot in ((0, 4.35, 1.2), (0, -4, 1.0), (1.2, 0.8, 0.9), (-1.2, 0.8, 0.9)):
        parts.append(tube([foot, (0, 0.9, 11)], 0.012, wire, smooth=False))
    boat = bpy.data.objects.new("boat", None)
    place(boat, (2.0, 27, -0.08), (0, 11, -62))
    for part in parts:
        part.parent = boat
    lamp("SUN", (-40, -20, 40), 2.2, (0, 27, 0), 0.6, "fff2dd")
    camera((0, -1, 2.6), (1.2, 27, 5.3), 42)


# --- Scenes: mountains, weather, night ----------------------------------------


@photo(f"{WINTER}/mountains-snow.jpg", "2023-02-19 11:42:55", (46.5586, 8.5612), exposure=0.1)
def mountains():
    sky(28, -75, 0.10, clouds=0.25, cloud_light=9)
    haze = ("a8c4e6", 26_000)

    def build(g):
        up = g.node("SeparateXYZ", Vector=g.node("NewGeometry").outputs["Normal"]).outputs[2]
        rough = g.noise(0.02, 8.0, 0.7, vector=g.coordinates())
        snow = g.ramp(g.math("ADD", up, g.math("MULTIPLY", g.math("SUBTRACT", rough, 0.5), 0.5)), (0.60, 0.0), (0.74, 1.0))
        rock = g.ramp(rough, (0.35, rgb("3d3a39")), (0.65, rgb("7d756d")))
        return {"Base_Color": g.mix(snow, rock, rgb("f3f6fb")), "Normal": g.bump(rough, 0.6, 12.0)}

    paint = material(build=build, rough=0.75, fog=haze)

    def ridge(x, y):
        p = Vector((x / 6500 + 3.7, y / 6500 + 1.3, 0.4))
        peaks = noise.ridged_multi_fractal(p, 1.1, 2.15, 9, 1.0, 1.8)
        valley = min(1.0, max(0.0, (y - 1200) / 4500)) ** 1.3
        return 1750 * peaks * (0.10 + 0.90 * valley) + 30 * fbm(x, y, 300, 5, 5)

    land(ridge, paint, (-7500, 7500), (300, 15_000), 700, 700, 1.3)
    camera((0, 0, 1500), (300, 6000, 1950), 40)


@photo(f"{WINTER}/IMG_3310.jpg", "2023-01-21 16:48:12", orientation=8, exposure=0.3)
def cabin():
    gradient([(0.0, "b9b2c9"), (0.15, "8496bd"), (0.5, "48649a"), (1.0, "24406f")], 0.62)

    def drift(x, y):
        return 0.55 * fbm(x, y, 9, 4) + 0.10 * fbm(x, y, 1.4, 4) + 0.004 * max(0, y - 14) ** 1.6 - 0.5 * math.exp(-((x - 1) ** 2 + (y - 12) ** 2) / 60)

    def build(g):
        fine = g.noise(14, 6.0, 0.7, vector=g.coordinates())
        return {"Normal": g.bump(fine, 0.15, 0.04)}

    snow = material("f0f4fa", 0.6, build, Subsurface_Weight=0.0)
    land(drift, snow, (-45, 45), (0.5, 75), 380, 380, 1.4)
    log = wood("7c5432", "3d2413", 1.2, (0, 0, 90), rough=0.7)
    log_side = wood("7c5432", "3d2413", 1.2, rough=0.7)
    base = -0.5
    for i in range(11):
        z = base + 0.13 + 0.25 * i
        tube([(-2.6, 10, z), (4.6, 10, z)], 0.135, log, smooth=False)
        for x in (-2.4, 4.4):
            tube([(x, 9.7, z + 0.12), (x, 15.3, z + 0.12)], 0.135, log_side, smooth=False)
    for i in range(8):
        z, half = base + 2.85 + 0.25 * i, 3.3 * (1 - (i + 0.4) / 8.2)
        tube([(1 - half, 10, z), (1 + half, 10, z)], 0.135, log, smooth=False)
    for side in (-1, 1):
        pitch = math.degrees(math.atan2(2.35, 3.9))
        middle = (1 + side * 2.05, 12.4, base + 3.85)
        box((4.9, 6.8, 0.12), middle, material("4a3222", 0.8), (0, side * pitch, 0))
        box((4.95, 6.9, 0.34), (middle[0], middle[1], middle[2] + 0.24), snow, (0, side * pitch, 0), bevel=0.16)
    warm = glow("ffb14e", 5.0)
    for x in (-1.1, 3.1):
        box((1.0, 0.12, 1.0), (x, 9.86, base + 1.55), warm)
        for dx, w, h in ((0, 0.05, 1.0), (-0.52, 0.09, 1.15), (0.52, 0.09, 1.15)):
            box((w, 0.1, h), (x + dx, 9.78, base + 1.55), material("d8d0c2", 0.6))
        for dz, w in ((0, 1.0), (-0.53, 1.2), (0.53, 1.2)):
            box((w, 0.1, 0.06), (x, 9.78, base + 1.55 + dz), material("d8d0c2", 0.6))
        lamp("AREA", (x, 9.6, base + 1.4), 28, (x, 5, base - 1), 1.0, "ffb050")
    box((1.0, 0.12, 2.0), (1.0, 9.84, base + 1.05), wood("5f2f1e", "38180e", 1.5))
    box((0.35, 0.1, 0.35), (1.0, 9.84, base + 3.6), warm)
    box((0.8, 0.8, 2.0), (3.0, 13.4, base + 5.1), speckled("5c5048", "8b7b6d", 3))
    box((0.9, 0.9, 0.22), (3.0, 13.4, base + 6.2), snow, bevel=0.1)
    needles, bark = material("16261c", 0.8), material("2e2119", 0.9)
    tree = conifer(needles, bark, 9, 4)
    frost = conifer(material("c9d5e2", 0.7), bark, 9, 7)
    tree.location = frost.location = (0, -80, 0)
    for _ in range(120):
        x, y = RNG.uniform(-42, 42), RNG.uniform(17, 70)
        size, turn = RNG.uniform(0.7, 1.45), RNG.uniform(0, 360)
        again(tree, (x, y, drift(x, y) - 0.3), (0, 0, turn), size)
        again(frost, (x, y - 0.02, drift(x, y) - 0.2), (0, 0, turn + 20), size * 0.97)
    for x, y, size in ((-5.2, 8.5, 0.75), (8.2, 11, 1.0), (-8.5, 13, 1.2), (11, 8, 0.8)):
        again(tree, (x, y, drift(x, y) - 0.3), (0, 0, x * 50), size)
        again(frost, (x, y, drift(x, y) - 0.15), (0, 0, x * 40), size * 0.97)
    camera((-1.2, -1.2, 1.4), (0.9, 12, 1.75), 34)


@photo("2022 Walks/forest-fog.jpg", "2022-11-05 08:17:33", exposure=0.7)
def forest():
    fog = ("b9c2c4", 30)
    gradient([(0.0, "b9c2c4"), (1.0, "cdd6da")], 1.0)

    def hollow(x, y):
        return 0.5 * fbm(x, y, 8, 5) + 0.012 * x * x * 0.4 + 0.02 * y

    land(hollow, speckled("2a2415", "5a4a2a", 2.2, 0.9, fog=fog), (-45, 45), (0.3, 90), 300, 300, 1.5)
    bark = speckled("1d1915", "4a4037", 4, 0.9, distance=0.06, fog=fog)
    leaves = material("27361d", 0.8, fog=fog)
    tree = conifer(leaves, bark, 17, 11)
    tree.location = (0, -60, 0)
    for _ in range(230):
        y = 5 + 75 * RNG.random() ** 1.3
        x = RNG.uniform(-1, 1) * (5 + y * 0.55)
        if abs(x - 0.8 * math.sin(y / 7)) < 1.5:
            continue
        z, lean = hollow(x, y) - 0.3, RNG.uniform(-0.5, 0.5)
        radius = RNG.uniform(0.13, 0.30)
        trunk = tube([(x, y, z), (x + lean * 0.3, y, z + 5), (x + lean, y + lean, z + 12), (x + lean * 1.4, y, z + 19)], radius, bark)
        for i, point in enumerate(trunk.data.splines[0].points):
            point.radius = (1.25, 0.9, 0.7, 0.4)[i]
        if RNG.random() < 0.5:
            again(tree, (x, y, z + RNG.uniform(2.5, 6)), (0, 0, RNG.uniform(0, 360)), RNG.uniform(0.6, 0.9))
        for _ in range(RNG.randint(3, 9)):
            h, a, reach = RNG.uniform(2, 11), RNG.uniform(0, 6.28), RNG.uniform(0.5, 1.8)
            tube([(x, y, z + h), (x + reach * math.cos(a), y + reach * math.sin(a), z + h + RNG.uniform(-0.4, 0.3))], 0.018, bark, smooth=False)
    blades(16_000, (-9, 9, 1.4, 16), 0.32, material("4d5a2a", 0.7, fog=fog), hollow, 0.008, 0.9)
    for i in range(9):
        x, y = RNG.uniform(-5, 5), RNG.uniform(4, 12)
        stone(speckled("3a4028", "5c5f52", 5, 0.6, fog=fog), (0.4, 0.3, 0.25), (x, y, hollow(x, y)), i + 2, level=4)
    camera((0.1, 0, 1.55), (0.3, 20, 3.1), 33)


@photo("2024 Desert/dunes-evening.jpg", "2024-03-28 18:05:49", (31.0801, -4.0133), exposure=-0.1)
def dunes():
    sky(14, 74, 0.10, dust=2.0, clouds=0.12, cloud_light=7)

    def crest(x, y):
        bend = 26 * fbm(x, y, 150, 3, 2.0)
        s = (0.55 * y - 0.84 * x + bend) / 120
        t = s - math.floor(s)
        # A long windward slope and a short slip face, rounded at the trough.
        slope = (t / 0.68) ** 1.35 if t < 0.68 else 1 - ((t - 0.68) / 0.32) ** 0.85
        tall = (4 + 38 * min(1, y / 300)) * max(0.3, fbm(x, y, 230, 3, 7.0) + 0.75)
        return tall * slope + 0.4 * fbm(x, y, 14, 3)

    def build(g):
        place_ = g.coordinates(scale=(1, 1, 1), rotation=(0, 0, 24))
        ripples = g("TexWave", Vector=place_, Scale=1.5, Distortion=5.0, Detail=3.0, Detail_Scale=0.7, bands_direction="Y")
        grains = g.noise(60, 3, 0.8, vector=g.coordinates())
        height = g.math("ADD", ripples, g.math("MULTIPLY", grains, 0.25))
        tone = g.noise(0.05, 6, 0.6, vector=g.coordinates())
        return {"Base_Color": g.ramp(tone, (0.3, rgb("b9713a")), (0.7, rgb("d79a5e"))), "Normal": g.bump(height, 0.22, 0.12)}

    land(crest, material(build=build, rough=0.9, fog=("dcae86", 2600)), (-420, 420), (6, 1100), 620, 720, 1.7)
    height = max(crest(0, y) for y in (0, 6, 12)) + 14
    for i, (x, y) in enumerate(((14, 118), (17.5, 119), (21, 120.4))):
        z = max(crest(x, y), 0)
        body = material("2c1d14", 0.9)
        stone(body, (1.1, 0.5, 0.55), (x, y, z + 2.0), i, rough=0.1, detail=0, level=3)
        stone(body, (0.45, 0.4, 0.45), (x - 0.1, y, z + 2.5), i + 5, rough=0.1, detail=0, level=3)
        tube([(x + 0.9, y, z + 2.1), (x + 1.5, y, z + 2.0), (x + 1.7, y, z + 2.9)], 0.16, body)
        stone(body, (0.35, 0.16, 0.16), (x + 1.85, y, z + 2.95), 2, rough=0.05, detail=0, level=3)
        for dx in (-0.75, -0.5, 0.5, 0.75):
            tube([(x + dx, y, z + 1.9), (x + dx, y, z - 0.2)], 0.10, body, smooth=False)
    camera((0, 0, height), (4, 120, height - 4), 38)


def blur(picture, radius):
    """Gaussian blur of a float picture, by its spectrum."""
    height, width = picture.shape[:2]
    v, u = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    fall = np.exp(-2 * (np.pi * radius) ** 2 * (u * u + v * v))
    return np.fft.irfft2(np.fft.rfft2(picture, axes=(0, 1)) * fall[..., None], (height, width), axes=(0, 1))


def stars(width, height, seed, density=1.0, glow_=1.0, tilt=62.0, centre=(0.55, 0.42)):
    """A night sky with the Milky Way, as linear-looking sRGB of shape (height, width, 3)."""
    rng = np.random.default_rng(seed)

    def clouds(scale, octaves=7, gain=0.55):
        total, weight = np.zeros((height, width)), 0.0
        for octave in range(octaves):
            cells = max(2, int(2**octave * scale))
            lattice = Image.fromarray(rng.random((cells * height // width + 2, cells + 2)).astype(np.float32))
            total += gain**octave * np.asarray(lattice.resize((width, height), Image.Resampling.BICUBIC))
            weight += gain**octave
        return total / weight

    y, x = np.mgrid[0:height, 0:width] / width
    a = math.radians(tilt)
    warp = clouds(3) - 0.5
    across = -(x - centre[0]) * math.sin(a) + (y - centre[1] * height / width) * math.cos(a) + 0.10 * warp
    along = (x - centre[0]) * math.cos(a) + (y - centre[1] * height / width) * math.sin(a)
    band = np.exp(-((across / 0.105) ** 2)) * (0.55 + 0.45 * np.exp(-((along / 0.30) ** 2)))
    core = np.exp(-((across / 0.055) ** 2)) * np.exp(-(((along - 0.16) / 0.24) ** 2))
    dust = np.clip((clouds(5, 8, 0.62) - 0.47) * 6.5, 0, 1) * np.exp(-(((across + 0.006) / 0.042) ** 2))
    mottle = 0.55 + 0.9 * (clouds(10, 7, 0.65) - 0.25)
    milk = (band * mottle * 0.30 + core * 0.34 * mottle) * (1 - 0.88 * dust) * glow_
    base = np.array([0.018, 0.026, 0.050]) * (1 + 1.6 * y / y.max())[..., None]
    picture = base + milk[..., None] * (np.array([0.80, 0.84, 1.0]) + core[..., None] * np.array([0.45, 0.12, -0.22]))
    pink = np.clip(clouds(9) - 0.63, 0, 1) * core * 4
    picture += pink[..., None] * np.array([0.5, 0.1, 0.25])
    light = np.zeros((height, width, 3))
    chance = (0.35 + 3.2 * band * (1 - 0.8 * dust)).ravel()
    count = int(9000 * density)
    where = rng.choice(width * height, count, p=chance / chance.sum())
    flux = 0.05 * rng.pareto(1.25, count).clip(0, 60) + 0.03
    tone = np.stack([1 + 0.18 * rng.normal(size=count), np.ones(count), 1 + 0.22 * rng.normal(size=count)], -1).clip(0.55, 1.5)
    np.add.at(light.reshape(-1, 3), where, flux[:, None] * tone)
    for radius, share in ((0.55, 1.0), (1.4, 0.5), (4.5, 0.35)):
        picture += share * 1.6 * blur(light, radius)
    return 1 - np.exp(-1.5 * np.clip(picture, 0, None))


@photo("2024 Summer/milky-way.jpg", "2024-08-12 23:58:20", (54.3921, -2.9504), orientation=6, size=(768, 1152), quality=80)
def milky_way():
    width, height = 768, 1152
    picture = stars(width, height, 11, 1.1, 1.35, 68, (0.52, 0.42))
    x = np.arange(width)
    horizon = np.array([height * 0.86 + 36 * fbm(i, 0, 260, 4) + 10 * fbm(i, 3, 40, 4) for i in x])
    y = np.arange(height)[:, None]
    warm = np.exp(-((horizon[None, :] - y).clip(0) / 95.0))
    picture += warm[..., None] * np.array([0.20, 0.15, 0.12]) * (0.6 + 0.4 * np.exp(-(((x - 560) / 260) ** 2)))[None, :, None]
    ground = y > horizon[None, :]
    picture[ground] = 0.018 + 0.008 * np.random.default_rng(2).random((int(ground.sum()), 1))
    rng = np.random.default_rng(5)
    for centre, tall in [(95, 150), (150, 95), (42, 110), (205, 62), (655, 70), (702, 105), (740, 60)]:
        foot = horizon[centre] + 6
        for row in range(int(foot - tall), int(foot)):
            s = (row - foot + tall) / tall
            half = int(1 + tall * 0.19 * s * (0.55 + 0.45 * ((s * 9) % 1)) + rng.integers(0, 3))
            picture[row, max(0, centre - half) : centre + half] = 0.012
    return picture


@photo("2024 Summer/IMG_4127.jpg", "2024-08-12 22:41:07", (54.3921, -2.9504), exposure=0.2)
def tent():
    backdrop(stars(1152, 768, 21, 1.0, 0.75, 35, (0.62, 0.30)) * np.array([0.8, 0.95, 1.25]) * 0.55)

    def meadow(x, y):
        return 0.18 * fbm(x, y, 3, 5) + 0.0015 * y * y

    land(meadow, speckled("1c2414", "3a4224", 3, 0.8), (-25, 25), (0.5, 26), 220, 260, 1.3)

    def build(g):
        weave = g.noise(3, 4, 0.6, vector=g.coordinates())
        inside = g.ramp(g.node("SeparateXYZ", Vector=g.coordinates("Generated")).outputs[2], (0.0, 1.0), (1.0, 0.35))
        return {"Emission_Strength": g.math("MULTIPLY", inside, g.math("ADD", weave, 0.9))}

    cloth = material("d9772a", 0.8, build, Emission_Color=rgb("ff9a3c"))
    arcs, points = 26, []
    for s in np.linspace(-1, 1, 15):
        half, tall = 1.25 * (1 - 0.16 * abs(s) ** 3), 1.32 * (1 - 0.30 * abs(s) ** 2.2)
        for a in np.linspace(0, math.pi, arcs):
            pinch = 1 - 0.05 * math.cos(s * math.pi * 4)
            points.append((half * math.cos(a), 1.6 * s, tall * math.sin(a) ** 0.8 * pinch))
    mesh(points, grid_faces(15, arcs), cloth, (0.3, 6.6, 0.0), (0, 0, 58))
    door = [(0.0, -1.61, 0.02)] + [(1.25 * 0.84 * math.cos(a), -1.61, 1.32 * 0.70 * math.sin(a) ** 0.8) for a in np.linspace(0, math.pi, 20)]
    mesh(door, [(0, i, i + 1) for i in range(1, 20)], material("ffb35c", 0.8, Emission_Color=rgb("ffc070"), Emission_Strength=2.2), (0.3, 6.6, 0.0), (0, 0, 58), smooth=False)
    seam = material("3a2414", 0.8)
    for s in (-1, -0.33, 0.33, 1):
        half, tall = 1.262 * (1 - 0.16 * abs(s) ** 3), 1.335 * (1 - 0.30 * abs(s) ** 2.2)
        pinch = 1 - 0.05 * math.cos(s * math.pi * 4)
        tube([(half * math.cos(a), 1.6 * s, tall * math.sin(a) ** 0.8 * pinch) for a in np.linspace(0, math.pi, 30)], 0.014, seam, at=(0.3, 6.6, 0), rotation=(0, 0, 58))
    tube([(0, -1.63, 0), (0.02, -1.63, 0.92)], 0.012, seam, at=(0.3, 6.6, 0), rotation=(0, 0, 58))
    for dx in (-2.6, 2.4):
        tube([(0.3 + dx * 0.42, 6.2, 0.85), (0.3 + dx, 5.4, 0.02)], 0.008, seam, smooth=False)
    lamp("POINT", (0.2, 6.0, 0.5), 22, size=0.5, colour="ffa850")
    lamp("AREA", (0, 4.2, 1.2), 16, (0, 2.5, 0), 1.5, "ffa050")
    blades(30_000, (-7, 7, 1.6, 12), 0.16, material("46542a", 0.7), meadow, 0.006, 0.7)
    dark = material("050706", 1.0)
    curtain(lambda x: 3.2 + 2.2 * fbm(x, 44, 16, 6, 4.0) - 0.05 * abs(x), 44, 60, dark)
    tree = conifer(dark, dark, 7, 4)
    tree.location = (0, -60, 0)
    for x, y, size in ((-8, 17, 1.0), (-10, 19, 1.3), (-6.3, 21, 0.9), (8.5, 18, 1.25), (10.5, 20, 0.95), (12.6, 19, 1.4), (-13, 20, 1.1)):
        again(tree, (x, y, meadow(x, y) - 0.1), (0, 0, x * 77), size)
    camera((0, -0.6, 1.15), (0.2, 7, 1.75), 30)


@photo("2022 Walks/moon-over-lake.jpg", "2022-10-09 20:31:18", (47.5622, 13.6493), exposure=0.8, samples=40)
def moon():
    gradient([(0.0, "45608a"), (0.1, "2c4570"), (0.3, "15284a"), (1.0, "0a1630")], 0.55)

    def build(g):
        seas = g.noise(1.3, 5, 0.55, vector=g.coordinates())
        pits = g.noise(7, 8, 0.65, vector=g.coordinates())
        tone = g.math("ADD", g.math("MULTIPLY", seas, 0.8), g.math("MULTIPLY", pits, 0.2))
        return {"Emission_Color": g.ramp(tone, (0.42, rgb("77736c")), (0.55, rgb("fff4d8"))), "Emission_Strength": 1.0}

    bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32, radius=1)
    disc = bpy.context.object
    disc.data.shade_smooth()
    disc.data.materials.append(material("000000", build=build))
    disc.location, disc.scale = (900, 6000, 1330), (215,) * 3
    lamp("SUN", (900, 6000, 1330), 0.25, (0, 0, 0), 2, "cfdcff")
    sea(water("04090f", ripple=5, strength=0.12, rough=0.04), amplitude=0.035, longest=3.2, wind=10, far=3000, seed=8)
    haze = ("2f4a75", 4200)
    for y, tall, seed in ((2900, 620, 1.0), (2100, 420, 4.0), (1500, 190, 9.0)):
        ridge = material("0b1420", 1.0, fog=haze)
        curtain(lambda x: tall * (0.52 + 0.6 * fbm(x, seed * 900, 900, 8, seed)) * (1.0 + 0.00022 * abs(x - 300)) - 40, y, 2600, ridge)
    reed = material("06090a", 1.0)
    blades(420, (-2.9, -0.7, 2.6, 4.2), 1.15, reed, lambda x, y: -0.05, 0.006, 0.25)
    for i in range(7):
        tube([(-1.75 + 0.62 * (i % 2), 4 + i * 0.7, -0.5), (-1.75 + 0.62 * (i % 2), 4 + i * 0.7, 0.5)], 0.06, reed, smooth=False)
    box((0.9, 6.0, 0.06), (-1.45, 6.2, 0.42), wood("2e2a26", "151210", 1.0))
    camera((0, 0, 1.7), (430, 6000, 760), 46)


@photo("2022 Walks/rainbow-fields.jpg", "2022-05-22 17:52:36", exposure=0.0)
def rainbow():
    sky(24, 172, 0.10, clouds=0.95, cloud_colour="8d98a8", cloud_light=3.4, dust=1.5, cloud_scale=0.8)

    def hills(x, y):
        return 26 * fbm(x, y, 190, 3, 3.0) * min(1, y / 120) + 0.022 * max(0, y - 240) * (1.2 + fbm(x, y, 300, 2, 8.0)) + 0.2 * fbm(x, y, 5, 3)

    def build(g):
        bent = g.mix(0.06, g.coordinates(scale=(0.011, 0.0075, 1), rotation=(0, 0, 18)), g("TexNoise", out=1, Scale=0.02))
        plots = g.node("TexVoronoi", Vector=bent, Scale=1.0, distance="CHEBYCHEV")
        pick = g.node("SeparateColor", Color=plots.outputs["Color"]).outputs[0]
        crop = g.ramp(pick, (0.0, rgb("3f6a1d")), (0.25, rgb("6f9433")), (0.45, rgb("d9c02b")), (0.58, rgb("4d7d27")), (0.78, rgb("a5a050")), (0.92, rgb("56822c")), interpolation="CONSTANT")
        rows = g("TexWave", Vector=g.coordinates(rotation=(0, 0, 25)), Scale=0.35, Distortion=1.0)
        shade = g.mix(0.30, crop, g.mix(1.0, crop, rows, "MULTIPLY"))
        tuft = g.noise(0.9, 8, 0.7, vector=g.coordinates())
        return {"Base_Color": g.mix(0.4, shade, g.mix(1.0, shade, g.ramp(tuft, (0.3, 0.25), (0.7, 1.3)), "MULTIPLY")), "Normal": g.bump(tuft, 0.7, 0.6)}

    land(hills, material(build=build, rough=0.9, fog=("98a6b8", 2600)), (-700, 700), (4, 1500), 420, 520, 1.8)
    leaf = speckled("1f3312", "3c5a22", 1.6, 0.9, distance=0.3, fog=("98a6b8", 2600))
    crowns = [stone(leaf, (1, 1, 1), (0, -90, 0), i, rough=0.5, detail=0.22) for i in range(4)]
    for row in range(9):
        x0, y0, heading = RNG.uniform(-260, 260), RNG.uniform(90, 620), RNG.uniform(-0.5, 0.5)
        for i in range(RNG.randint(9, 26)):
            x, y = x0 + i * 8.5 * math.cos(heading), y0 + i * 8.5 * math.sin(heading)
            size = RNG.uniform(2.2, 5.0)
            again(RNG.choice(crowns), (x + RNG.uniform(-2, 2), y, hills(x, y) + size * 0.7), (0, 0, RNG.uniform(0, 360)), size)
    blades(60_000, (-22, 22, 3.0, 42), 0.28, material("5d8a2c", 0.7), hills, 0.009, 0.8, thin=2.2)
    lamp("SUN", (-60, -200, 90), 3.4, (0, 100, 0), 0.5, "fff0d6")
    # The bow itself: a ring of light around the point opposite the sun.
    bow = bpy.data.materials.new("bow")
    g = Graph(bow.node_tree)
    radius = g("VectorMath", out=1, operation="LENGTH", I0=g.coordinates())
    hue = g.ramp(radius, (0.0, 0.0), (0.900, rgb("000000")), (0.915, rgb("5a2a9a")), (0.930, rgb("2f6fe0")), (0.945, rgb("37c45a")), (0.960, rgb("f2e04a")), (0.975, rgb("f08a2a")), (0.988, rgb("d92b2b")), (1.0, 0.0))
    light = g("AddShader", I0=g("BsdfTransparent"), I1=g("Emission", Color=hue, Strength=0.30))
    g.node("OutputMaterial", Surface=light)
    disc = lathe([(0, 0), (1.02, 0)], bow, (40, 950, -60), (90, 0, 0), 385, segments=128, steps=1)
    disc.visible_glossy = disc.visible_diffuse = disc.visible_shadow = False
    camera((0, 0, hills(0, 0) + 3.5), (8, 300, hills(0, 0) + 33), 30)


@photo("2025 City/skyline-night.jpg", "2025-03-15 21:09:44", (53.5396, 9.9936), exposure=0.5)
def skyline():
    gradient([(0.0, "7d5a58"), (0.05, "54446a"), (0.15, "2a2f5c"), (0.5, "0f1636"), (1.0, "0a1030")], 0.8)
    sea(water("03060b", ripple=3, strength=0.16, rough=0.05), amplitude=0.05, longest=3.5, far=400, spread=1.2, near=3, seed=6)

    def facade(seed, warm):
        def build(g):
            at = g.coordinates(scale=(1, 1, 1))
            parts = g.node("SeparateXYZ", Vector=at)
            along = g.math("ADD", parts.outputs[0], parts.outputs[1])
            column, row = g.math("DIVIDE", along, 1.7), g.math("DIVIDE", parts.outputs[2], 2.7)
            cell = g("CombineXYZ", X=g.math("FLOOR", column), Y=g.math("FLOOR", row), Z=seed)
            lit = g.node("TexWhiteNoise", Vector=cell)
            on = g.math("GREATER_THAN", lit.outputs["Value"], 0.66)
            inside = g.math("MULTIPLY", g.math("COMPARE", g.math("FRACT", column), 0.5, 0.36), g.math("COMPARE", g.math("FRACT", row), 0.45, 0.30))
            tint = g.ramp(g.node("SeparateColor", Color=lit.outputs["Color"]).outputs[1], (0.0, rgb("ff9c46")), (0.45, rgb("ffd9a0")), (0.8, rgb("fff1d8")), (1.0, rgb("bcd6ff")))
            power = g.math("MULTIPLY", g.math("MULTIPLY", on, inside), g.math("MULTIPLY", lit.outputs["Value"], warm))
            return {"Emission_Color": tint, "Emission_Strength": power}

        return material("12151c", 0.25, build)

    paints = [facade(i * 3.7, 0.55 + 0.32 * i) for i in range(5)]
    x = -260.0
    while x < 260:
        wide = RNG.uniform(11, 26)
        middle = math.exp(-((x - 20) / 95) ** 2)
        tall = RNG.uniform(16, 38) + middle * RNG.uniform(20, 105)
        y = RNG.uniform(205, 250)
        box((wide, 18, tall), (x + wide / 2, y, tall / 2 + 1), RNG.choice(paints))
        if tall > 75:
            box((wide * 0.6, 12, 12), (x + wide / 2, y, tall + 6), RNG.choice(paints))
            tube([(x + wide / 2, y, tall + 12), (x + wide / 2, y, tall + 30)], 0.35, material("1a1c22"), smooth=False)
            stone(glow("ff3020", 30), (0.8, 0.8, 0.8), (x + wide / 2, y, tall + 30), 1, rough=0, detail=0, level=2)
        if RNG.random() < 0.7:
            box((wide, 18, tall * 0.7), (x + wide / 2 + 6, y + 40, tall * 0.35 + 8), RNG.choice(paints))
        x += wide * RNG.uniform(0.72, 1.05)
    box((620, 8, 2.4), (0, 188, 0.6), material("1b1a1c", 0.8))
    for x in range(-250, 251, 9):
        stone(glow("ffb25e", 38), (0.42, 0.42, 0.42), (x, 184, 5.2), 1, rough=0, detail=0, level=2)
        tube([(x, 184, 1), (x, 184, 5)], 0.08, material("111111"), smooth=False)
    camera((0, 0, 5.5), (12, 220, 46), 27)


# --- Scenes: indoors and small things -----------------------------------------


def tabletop(light="a9753f", dark="5e3817", planks=False, size=8, scale=2.2, rough=0.4):
    floor(wood(light, dark, scale, (0, 0, 90), planks, rough), size)


def window_light(energy=260, at=(-2.6, 0.6, 2.2), colour="fff4e4", size=1.8):
    lamp("AREA", at, energy, (0, 0, 0.1), size, colour)


APPLE = [(0, 0.03), (0.10, 0.005), (0.24, 0.03), (0.40, 0.17), (0.49, 0.42), (0.465, 0.66), (0.34, 0.81), (0.17, 0.835), (0.06, 0.77), (0, 0.72)]


@photo("2024 Garden and Table/apples.jpg", "2024-09-29 10:14:58", exposure=0.1, samples=12)
def apples():
    studio("cfd9e6", 0.30)
    tabletop("8d6b4a", "4f3720")
    window_light(170, (-2.4, 0.9, 1.7), size=1.4)
    mesh([(-8, 4, -1), (8, 4, -1), (8, 4, 6), (-8, 4, 6)], [(0, 1, 2, 3)], speckled("8f9a94", "a4aea6", 2, 0.05))
    glaze = material("e8e4da", 0.18, lambda g: {"Base_Color": g.ramp(g.noise(40, 4, 0.7, vector=g.coordinates()), (0.36, rgb("8b8272")), (0.42, rgb("e9e5db")))}, Coat_Weight=0.6)
    lathe([(0, 0), (0.17, 0), (0.18, 0.02), (0.30, 0.06), (0.46, 0.17), (0.55, 0.30), (0.575, 0.335), (0.55, 0.325), (0.44, 0.19), (0.28, 0.09), (0, 0.06)], glaze)

    def peel(red, yellow, share, seed):
        def build(g):
            at = g.coordinates()
            parts = g.node("SeparateXYZ", Vector=at)
            turn = g.math("ARCTAN2", parts.outputs[1], parts.outputs[0])
            streak = g("TexNoise", Vector=g("CombineXYZ", X=g.math("MULTIPLY", turn, 7), Y=g.math("MULTIPLY", parts.outputs[2], 1.2), Z=seed), Scale=1.6, Detail=7.0, Roughness=0.65)
            patch = g("TexNoise", Vector=g("CombineXYZ", X=parts.outputs[0], Y=parts.outputs[1], Z=seed), Scale=2.0, Detail=2.0)
            tone = g.math("ADD", g.math("MULTIPLY", streak, 0.55), g.math("MULTIPLY", patch, 0.45))
            colour = g.ramp(tone, (share - 0.10, rgb(yellow)), (share + 0.06, rgb(red)))
            dots = g.node("TexVoronoi", Vector=at, Scale=26.0).outputs["Distance"]
            colour = g.mix(g.ramp(dots, (0.05, 0.45), (0.11, 0.0)), colour, rgb("f0dca0"))
            return {"Base_Color": colour}

        return material(build=build, rough=0.26, Coat_Weight=0.25, Subsurface_Weight=0.06)

    skins = [peel("a01722", "d8b545", 0.42, 1.0), peel("b52420", "dcb84a", 0.48, 4.0), peel("8f1420", "c04a2c", 0.45, 7.0), peel("b33a22", "b9c04a", 0.56, 9.0)]
    stalk = material("3d2a18", 0.8)
    spots = [(-0.21, -0.14, 0.15, 0), (0.16, -0.22, 0.15, 1), (0.26, 0.14, 0.16, 2), (-0.12, 0.25, 0.16, 1), (0.03, -0.01, 0.40, 3), (0.70, -0.42, 0.0, 0)]
    for i, (x, y, z, skin) in enumerate(spots):
        tilt = (RNG.uniform(-30, 30), RNG.uniform(-30, 30), RNG.uniform(0, 360)) if i < 5 else (8, -14, 0)
        fruit = lathe(APPLE, skins[skin], (x, y, z), tilt, 0.36 + 0.02 * RNG.random())
        for vertex in fruit.data.vertices:
            vertex.co *= 1 + 0.05 * noise.noise(vertex.co * 2.2 + Vector((i * 5, 0, 0)))
        stem = tube([(0, 0, 0.72), (0.012, 0, 0.82), (0.05, 0.01, 0.95)], 0.018, stalk)
        stem.parent = fruit
    camera((0.25, -2.45, 1.0), (0.15, 0, 0.30), 50, (0, -0.3, 0.35), 2.2)


@photo("2021 Baltic/IMG_2019.jpg", "2021-07-12 13:08:36", (54.3793, 12.4211), orientation=3, exposure=-0.7, samples=12)
def bicycle():
    sky(42, -140, 0.10, clouds=0.2, cloud_light=8)
    plaster = speckled("cfc0a0", "ddd1b6", 1.2, 0.25, 0.95, 0.02)
    mesh([(-6, 0.42, 0), (6, 0.42, 0), (6, 0.42, 5), (-6, 0.42, 5)], [(0, 1, 2, 3)], plaster)
    box((12, 0.1, 0.38), (0, 0.40, 0.19), speckled("6f6a64", "8b857c", 3, 0.5))

    def cobbles(g):
        bricks = g.node("TexBrick", Vector=g.coordinates(), Scale=1.0, Mortar_Size=0.012, Brick_Width=0.21, Row_Height=0.13, Color1=rgb("7d756c"), Color2=rgb("5f5a55"), Mortar=rgb("3a362f"))
        rough = g.noise(22, 6, 0.7, vector=g.coordinates())
        shade = g.mix(0.5, bricks.outputs[0], rough, "OVERLAY")
        return {"Base_Color": shade, "Normal": g.bump(g.math("SUBTRACT", g.math("MULTIPLY", rough, 0.5), bricks.outputs[1]), 0.6, 0.02)}

    floor(material(build=cobbles, rough=0.85), 14)
    shutter = material("3f6a74", 0.5)
    for x in (-2.05, -0.95):
        box((0.52, 0.06, 1.5), (x, 0.38, 1.95), shutter)
        for i in range(15):
            box((0.42, 0.03, 0.05), (x, 0.345, 1.34 + i * 0.088), shutter, (32, 0, 0))
    red = material("b3161b", 0.22, Coat_Weight=0.8)
    steel = material("c6c9cc", 0.22, Metallic=1.0)
    rubber, leather = material("151515", 0.75), material("4a2a16", 0.45)
    lean = -7

    def part(made):
        made.parent = frame
        return made

    frame = place(bpy.data.objects.new("frame", None), (0.15, 0.06, 0), (lean, 0, 0))
    rear, front, crank, seat, head_top, head_low = (-0.52, 0, 0.345), (0.53, 0, 0.345), (-0.09, 0, 0.29), (-0.25, 0, 0.80), (0.33, 0, 0.84), (0.37, 0, 0.71)
    for hub in (rear, front):
        part(ring(0.335, 0.017, rubber, hub, (90, 0, 0)))
        part(ring(0.313, 0.010, steel, hub, (90, 0, 0)))
        part(tube([(hub[0], -0.05, hub[2]), (hub[0], 0.05, hub[2])], 0.018, steel, smooth=False))
        for i in range(32):
            a, b = 2 * math.pi * i / 32, 2 * math.pi * (i + (3.5 if i % 2 else -3.5)) / 32
            y = 0.03 if i % 4 < 2 else -0.03
            part(tube([(hub[0] + 0.02 * math.cos(b), y, hub[2] + 0.02 * math.sin(b)), (hub[0] + 0.31 * math.cos(a), 0, hub[2] + 0.31 * math.sin(a))], 0.0012, steel, smooth=False))
        start = 0.15 if hub == front else 0.35
        arc = [(hub[0] + 0.365 * math.cos(a), 0, hub[2] + 0.365 * math.sin(a)) for a in np.linspace(start * math.pi, (start + 0.65) * math.pi, 24)]
        part(tube(arc, 0.014, steel))
    for a, b, r in ((seat, crank, 0.016), (seat, head_top, 0.0145), (crank, head_low, 0.0175), (head_top, head_low, 0.019)):
        part(tube([a, b], r, red, smooth=False))
    for y in (-0.055, 0.055):
        part(tube([(crank[0], y * 0.6, crank[2]), (rear[0], y, rear[2])], 0.009, red, smooth=False))
        part(tube([(seat[0], y * 0.3, seat[2] - 0.02), (rear[0], y, rear[2])], 0.008, red, smooth=False))
        part(tube([(head_low[0], y * 0.6, head_low[2]), (0.42, y, 0.52), (front[0], y, front[2])], 0.011, red))
    part(tube([seat, (-0.285, 0, 0.92)], 0.013, steel, smooth=False))
    saddle = stone(leather, (0.15, 0.075, 0.032), (-0.28, 0, 0.945), 2, rough=0.02, detail=0, level=4)
    for vertex in saddle.data.vertices:
        vertex.co.y *= 1 - 0.38 * (vertex.co.x + 1)
    part(saddle)
    part(tube([head_top, (0.315, 0, 0.93), (0.37, 0, 0.965)], 0.013, steel))
    bar = [(0.24, -0.27, 0.985), (0.33, -0.25, 1.0), (0.38, -0.12, 0.97), (0.37, 0.12, 0.97), (0.33, 0.25, 1.0), (0.24, 0.27, 0.985)]
    part(tube(bar, 0.011, steel))
    for y in (-0.26, 0.26):
        part(tube([(0.20, y, 0.98), (0.31, y, 0.998)], 0.016, leather, smooth=False))
    part(ring(0.085, 0.006, steel, (crank[0], -0.05, crank[2]), (90, 0, 0)))
    part(lathe([(0, 0), (0.075, 0.002)], steel, (crank[0], -0.05, crank[2]), (90, 0, 0), steps=1))
    part(tube([(crank[0], -0.07, crank[2]), (crank[0] + 0.10, -0.07, crank[2] - 0.14)], 0.010, steel, smooth=False))
    part(tube([(crank[0], 0.07, crank[2]), (crank[0] - 0.10, 0.07, crank[2] + 0.14)], 0.010, steel, smooth=False))
    part(box((0.09, 0.07, 0.02), (crank[0] + 0.10, -0.11, crank[2] - 0.14), rubber))
    part(box((0.09, 0.07, 0.02), (crank[0] - 0.10, 0.11, crank[2] + 0.14), rubber))
    for z in (0.085, -0.03):
        part(tube([(crank[0], -0.05, crank[2] + z), (rear[0], -0.05, rear[2] + z * 0.45)], 0.004, rubber, smooth=False))
    part(lathe([(0, 0), (0.035, 0.01), (0.05, 0.05), (0.045, 0.055), (0, 0.05)], steel, (0.41, 0, 0.90), (0, 90, 0)))
    wicker = wood("b58a52", "7a5528", 6)
    for z in np.linspace(0.72, 0.90, 8):
        half = 0.13 + 0.06 * (z - 0.72) / 0.2
        part(tube([(0.62 - half, -half, z), (0.62 + half * 0.8, -half, z), (0.62 + half * 0.8, half, z), (0.62 - half, half, z)], 0.009, wicker, True, smooth=False))
    for i in range(32):
        a = i / 32 * 2 * math.pi
        c, d = math.cos(a), math.sin(a)
        k = 1 / max(abs(c), abs(d))
        low, high = 0.13 * k, 0.19 * k
        part(tube([(0.61 + low * c * 0.9, low * d, 0.71), (0.61 + high * c * 0.9, high * d, 0.905)], 0.006, wicker, smooth=False))
    pot = material("a65a37", 0.8)
    lathe([(0.13, 0), (0.19, 0.3), (0.205, 0.3), (0.205, 0.35), (0.17, 0.35), (0.16, 0.3), (0, 0.3)], pot, (1.25, 0.15, 0), steps=1)
    leaves = material("3d6b2c", 0.6)
    bush = blades(500, (-0.12, 0.12, -0.12, 0.12), 0.30, leaves, width=0.012, lean=1.0)
    bush.location = (1.25, 0.15, 0.29)
    petal = material("d6456e", 0.5)
    for _ in range(26):
        stone(petal, (0.025, 0.025, 0.02), (1.25 + RNG.gauss(0, 0.12), 0.12 + RNG.gauss(0, 0.09), 0.48 + RNG.gauss(0, 0.07)), RNG.random() * 9, detail=0.2, level=2)
    camera((0.05, -3.4, 0.95), (0.16, 0, 0.66), 48, (0.1, 0, 0.6), 5.6)


@photo("2023 Birthday/IMG_3588.jpg", "2023-05-06 17:31:02", exposure=1.5, samples=12)
def cake():
    studio("ffb27a", 0.09)
    tabletop("7a5030", "3c2312")
    icing = material("f6ead8", 0.45, lambda g: {"Normal": g.bump(g.noise(9, 5, 0.6, vector=g.coordinates()), 0.25, 0.02)}, Subsurface_Weight=0.25, Subsurface_Radius=(0.1, 0.05, 0.03))
    pink = material("e5849b", 0.4, Subsurface_Weight=0.2, Subsurface_Radius=(0.06, 0.02, 0.02))
    china = material("dfe6ea", 0.12, Coat_Weight=0.5)
    lathe([(0, 0.05), (0.5, 0.05), (0.86, 0.07), (0.90, 0.085), (0.86, 0.05), (0.4, 0.0), (0, 0.0)], china)
    lathe([(0, 0.60), (0.50, 0.60), (0.62, 0.595), (0.665, 0.56), (0.67, 0.4), (0.67, 0.2), (0.665, 0.06), (0, 0.06)], icing, steps=6)
    dollop = lathe([(0, 0), (0.07, 0), (0.082, 0.03), (0.055, 0.065), (0.062, 0.075), (0.03, 0.105), (0, 0.135)], pink, (0, -50, 0))
    for i in range(22):
        a = 2 * math.pi * i / 22
        again(dollop, (0.575 * math.cos(a), 0.575 * math.sin(a), 0.595), (0, 0, i * 40))
    for i in range(34):
        a = 2 * math.pi * i / 34
        again(dollop, (0.70 * math.cos(a), 0.70 * math.sin(a), 0.06), (0, 0, i * 40), 0.8)
    for _ in range(170):
        a, r = RNG.uniform(0, 6.28), 0.46 * math.sqrt(RNG.random())
        sprinkle = material(RNG.choice(["d93a4a", "f2c033", "4aa3d8", "6bbf59", "b06ad0"]), 0.4) if len(bpy.data.materials) < 14 else RNG.choice(list(bpy.data.materials)[5:])
        x, y, turn = r * math.cos(a), r * math.sin(a), RNG.uniform(0, 6.28)
        tube([(x, y, 0.607), (x + 0.022 * math.cos(turn), y + 0.022 * math.sin(turn), 0.607)], 0.005, sprinkle, smooth=False)
    waxes = [material(c, 0.4, Subsurface_Weight=0.4, Subsurface_Radius=(0.1, 0.1, 0.1)) for c in ("e8e2f2", "8fc4e0", "f2b8c6", "f3e19a")]
    flame = material("000000", build=lambda g: {"Emission_Color": g.ramp(g.node("SeparateXYZ", Vector=g.coordinates("Generated")).outputs[2], (0.0, rgb("3a5cff")), (0.16, rgb("ff9a30")), (0.5, rgb("ffdf90")), (1.0, rgb("ff8a20"))), "Emission_Strength": 4.5})
    wick = material("1a1410", 0.9)
    for i in range(10):
        a = 2 * math.pi * i / 10 + 0.2
        r = 0.33 if i % 2 else 0.30
        x, y, top = r * math.cos(a), r * math.sin(a), 0.86
        lathe([(0, 0.58), (0.021, 0.58), (0.021, 0.85), (0.014, top), (0, top - 0.004)], waxes[i % 4], (x, y, 0), segments=24, steps=2)
        tube([(x, y, top), (x + 0.003, y, top + 0.03)], 0.003, wick, smooth=False)
        lathe([(0, 0), (0.017, 0.025), (0.020, 0.045), (0.012, 0.085), (0.002, 0.125)], flame, (x, y, top + 0.012), (RNG.uniform(-4, 4), RNG.uniform(-4, 4), 0), segments=24)
        lamp("POINT", (x, y, top + 0.075), 1.5, size=0.02, colour="ffb060")
    for _ in range(60):
        x, z = RNG.uniform(-5, 5), RNG.uniform(0.5, 4.0)
        stone(glow(RNG.choice(["ffb35c", "ffd69a", "ff8a4a", "8fb8ff"]), 12), (0.03, 0.03, 0.03), (x, 6 + RNG.random() * 3, z), 1, rough=0, detail=0, level=2)
    mesh([(-9, 9.5, -1), (9, 9.5, -1), (9, 9.5, 8), (-9, 9.5, 8)], [(0, 1, 2, 3)], material("3a2018", 0.9))
    lamp("AREA", (-2.5, -1.8, 2.4), 24, (0, 0, 0.4), 1.6, "ffd2a6")
    camera((0.15, -3.0, 1.12), (0.0, 0, 0.56), 50, (0, -0.35, 0.7), 1.6)


@photo("2024 Garden and Table/tulips.jpg", "2024-04-21 09:37:15", size=(800, 1100), orientation=8, exposure=0.1, samples=12)
def tulips():
    studio("d9e2ea", 0.42)
    tabletop("c9b08a", "9a7c55")
    window_light(190, (-2.6, -0.4, 2.0), size=1.5)
    mesh([(-6, 2.2, -1), (6, 2.2, -1), (6, 2.2, 6), (-6, 2.2, 6)], [(0, 1, 2, 3)], speckled("8fa3a8", "9fb1b4", 1, 0.05))
    lathe([(0, 0), (0.15, 0), (0.17, 0.02), (0.205, 0.18), (0.19, 0.38), (0.13, 0.52), (0.125, 0.56), (0.15, 0.60), (0.14, 0.60), (0.115, 0.55), (0.12, 0.5), (0, 0.45)], material("2f5f82", 0.16, lambda g: {"Base_Color": g.ramp(g.noise(5, 6, 0.6, vector=g.coordinates()), (0.4, rgb("264f70")), (0.6, rgb("3d7396")))}, Coat_Weight=0.7))

    def petals(tint, edge):
        return material(build=lambda g: {"Base_Color": g.ramp(g.math("ADD", g.node("SeparateXYZ", Vector=g.coordinates("Generated")).outputs[2], g.math("MULTIPLY", g.math("SUBTRACT", g.noise(14, 5, 0.6, vector=g.coordinates(scale=(3, 3, 0.4))), 0.5), 0.5)), (0.05, rgb(edge)), (0.35, rgb(tint)), (1.0, rgb(tint)))}, rough=0.42, Subsurface_Weight=0.12, Subsurface_Radius=(0.03, 0.01, 0.01), Transmission_Weight=0.05)

    paints = [petals("c81e2c", "e8b63a"), petals("e7a01f", "e8d46a"), petals("d8577f", "f3e3c8"), petals("7a2a86", "d9c2dd"), petals("f0e6d6", "d7dba0")]
    green = material("4f7d35", 0.45)
    leaf = material(build=lambda g: {"Base_Color": g.ramp(g.noise(6, 4, 0.5, vector=g.coordinates(scale=(12, 1, 1))), (0.35, rgb("3f6e35")), (0.65, rgb("6a9655")))}, rough=0.45)

    def flower(paint, at, lean, turn, opening):
        head = place(bpy.data.objects.new("head", None), at, (*lean, turn))
        for layer in range(2):
            for k in range(3):
                points = []
                for t in np.linspace(0, 1, 18):
                    half = 0.073 * math.sin(math.pi * min(0.995, 0.10 + 0.90 * t) ** 0.9) ** 0.75
                    reach = 0.012 + (0.074 + 0.006 * layer) * math.sin(math.pi * (0.06 + 0.50 * t)) ** 0.9 + opening * t**3 * 0.05 - 0.030 * max(0, t - 0.55)
                    for u in np.linspace(-1, 1, 11):
                        bend = 0.45 * half * u * u + (0.004 * math.sin(9 * u + 14 * t) if abs(u) > 0.7 else 0)
                        points.append((reach - bend, half * u, 0.205 * t))
                petal = mesh(points, grid_faces(18, 11), paint, rotation=(0, 0, 120 * k + 60 * layer))
                petal.parent = head

    for i in range(11):
        a = 2 * math.pi * i / 11 + RNG.uniform(-0.2, 0.2)
        out = RNG.uniform(0.16, 0.36) if i else 0.03
        x, y, z = out * math.cos(a), out * 0.75 * math.sin(a), RNG.uniform(0.93, 1.13) - out * 0.5
        tube([(0.03 * math.cos(a), 0.03 * math.sin(a), 0.40), (0.07 * math.cos(a), 0.06 * math.sin(a), 0.62), (x * 0.85, y * 0.85, z - 0.10), (x, y, z)], 0.011, green)
        flower(paints[i % 5 if i % 3 else 0], (x, y, z), (-y * 70, x * 70), RNG.uniform(0, 120), RNG.uniform(0.0, 0.6))
    for i in range(10):
        a, points = RNG.uniform(0, 6.28), []
        reach, tall = RNG.uniform(0.16, 0.40), RNG.uniform(0.22, 0.42)
        for t in np.linspace(0, 1, 20):
            half = 0.04 * math.sin(math.pi * min(1, 0.08 + 0.92 * t)) ** 0.7
            r, z = 0.06 + reach * t**1.6, 0.55 + tall * math.sin(2.0 * t)
            for u in (-1, -0.5, 0, 0.5, 1):
                points.append((r * math.cos(a) - half * u * math.sin(a), r * math.sin(a) + half * u * math.cos(a), z + 0.35 * half * u * u))
        mesh(points, grid_faces(20, 5), leaf)
    fallen = mesh([(0.073 * math.sin(math.pi * min(0.995, 0.1 + 0.9 * t)) ** 0.8 * u, 0.2 * t, 0.012 + 0.05 * u * u * 0.5 + 0.03 * t * t) for t in np.linspace(0, 1, 14) for u in np.linspace(-1, 1, 9)], grid_faces(14, 9), paints[0], (0.32, -0.35, 0), (0, 0, 40))
    fallen.name = "fallen"
    camera((0.1, -2.75, 1.05), (0.0, 0, 0.60), 50, (0, -0.15, 0.85), 2.2)


@photo("2023 Winter/chess.jpg", "2023-12-27 15:20:39", exposure=0.1, samples=12)
def chess():
    studio("b9c6dc", 0.16)
    window_light(150, (-2.4, -0.9, 2.0), "fff0da", 1.4)

    def squares(g):
        board = g("TexChecker", Vector=g.coordinates(), Scale=4.0, Color1=rgb("c9a26b"), Color2=rgb("4a2a17"))
        grain = g("TexNoise", Vector=g.coordinates(scale=(30, 2, 1)), Scale=2.0, Detail=8.0)
        return {"Base_Color": g.mix(0.35, board, g.mix(1.0, board, g.ramp(grain, (0.3, 0.3), (0.7, 1.3)), "MULTIPLY"))}

    mesh([(-1, -1, 0.001), (1, -1, 0.001), (1, 1, 0.001), (-1, 1, 0.001)], [(0, 1, 2, 3)], material(build=squares, rough=0.25, Coat_Weight=0.4))
    box((2.24, 2.24, 0.1), (0, 0, -0.0505), wood("5a3218", "2b160a", 3), bevel=0.02)
    floor(wood("8a6238", "54371d", 2, planks=True), 14, (0, 0, -0.1))
    mesh([(-8, 5, -1), (8, 5, -1), (8, 5, 6), (-8, 5, 6)], [(0, 1, 2, 3)], material("4b5257", 0.9))
    light, dark = wood("e6c795", "c79a5e", 7, rough=0.3), material("1f120c", 0.22, Coat_Weight=0.5)
    foot = [(0, 0), (0.098, 0), (0.10, 0.02), (0.088, 0.045), (0.078, 0.05), (0.07, 0.07)]
    shapes = {
        "pawn": [*foot, (0.045, 0.12), (0.036, 0.18), (0.058, 0.195), (0.056, 0.205), (0.036, 0.215), (0.056, 0.25), (0.052, 0.285), (0.03, 0.312), (0, 0.318)],
        "rook": [*foot, (0.055, 0.13), (0.05, 0.24), (0.074, 0.26), (0.076, 0.345), (0.055, 0.345), (0.052, 0.315), (0, 0.315)],
        "bishop": [*foot, (0.048, 0.14), (0.034, 0.27), (0.058, 0.285), (0.036, 0.30), (0.056, 0.345), (0.044, 0.40), (0.018, 0.435), (0.022, 0.45), (0.012, 0.468), (0, 0.47)],
        "queen": [*foot, (0.055, 0.14), (0.036, 0.34), (0.066, 0.36), (0.042, 0.375), (0.072, 0.475), (0.052, 0.485), (0.028, 0.495), (0.026, 0.515), (0, 0.525)],
        "king": [*foot, (0.057, 0.14), (0.040, 0.36), (0.070, 0.38), (0.044, 0.395), (0.07, 0.50), (0.045, 0.525), (0, 0.535)],
    }
    made = {}

    def piece(kind, file, rank, paint):
        at = (-0.875 + 0.25 * file, -0.875 + 0.25 * rank, 0.001)
        if (kind, paint) not in made:
            made[kind, paint] = lathe(shapes[kind], paint, (0, -60, 0), segments=56, steps=5)
        again(made[kind, paint], at)
        if kind == "king":
            box((0.02, 0.02, 0.09), (at[0], at[1], 0.575), paint, bevel=0.004)
            box((0.06, 0.02, 0.02), (at[0], at[1], 0.585), paint, bevel=0.004)

    def knight(file, rank, paint, turn):
        at = (-0.875 + 0.25 * file, -0.875 + 0.25 * rank, 0.001)
        lathe([*foot, (0.055, 0.11), (0, 0.115)], paint, at, segments=48, steps=4)
        outline = [(-0.06, 0.10), (0.062, 0.10), (0.058, 0.16), (0.02, 0.215), (0.065, 0.225), (0.105, 0.205), (0.118, 0.235), (0.075, 0.30), (0.035, 0.345), (0.02, 0.385), (0.005, 0.35), (-0.045, 0.325), (-0.078, 0.25), (-0.078, 0.16)]
        n = len(outline)
        vertices = [(x, y, z) for y in (-0.035, 0.035) for x, z in outline]
        faces = [tuple(range(n))[::-1], tuple(range(n, 2 * n))] + [(i, (i + 1) % n, n + (i + 1) % n, n + i) for i in range(n)]
        head = mesh(vertices, faces, paint, at, (0, 0, turn))
        modifier = head.modifiers.new("b", "BEVEL")
        modifier.width, modifier.segments = 0.018, 4

    for kind, file, rank in [("king", 4, 1), ("queen", 3, 3), ("rook", 0, 0), ("bishop", 2, 3), ("pawn", 6, 2), ("pawn", 7, 1), ("pawn", 4, 3), ("pawn", 1, 2), ("pawn", 0, 1)]:
        piece(kind, file, rank, light)
    knight(5, 2, light, 25)
    for kind, file, rank in [("king", 6, 7), ("queen", 3, 6), ("rook", 5, 7), ("rook", 0, 7), ("bishop", 4, 6), ("pawn", 5, 6), ("pawn", 6, 6), ("pawn", 7, 5), ("pawn", 3, 4), ("pawn", 1, 6), ("pawn", 0, 5)]:
        piece(kind, file, rank, dark)
    knight(5, 5, dark, 200)
    camera((0.62, -2.35, 1.0), (0.10, -0.1, 0.14), 55, (0.13, -0.5, 0.3), 2.0)


@photo("2020 Home/bookshelf.jpg", "2020-11-14 19:02:11", exposure=0.2)
def books():
    studio("ffe2c0", 0.10)
    lamp("AREA", (-1.2, -2.4, 2.2), 90, (0, 0.2, 0.7), 1.2, "ffd9ac")
    oak = wood("9a6b3c", "5b3a1c", 2.0, (0, 0, 90))
    for z in (-0.02, 0.52, 1.06):
        box((3.2, 0.42, 0.035), (0, 0.2, z), oak, bevel=0.004)
    box((3.2, 0.02, 1.9), (0, 0.42, 0.6), wood("7c5430", "4a2f17", 2.0))
    for x in (-1.14, 1.14):
        box((0.035, 0.42, 1.9), (x, 0.2, 0.6), wood("9a6b3c", "5b3a1c", 2.0, (90, 0, 0)))
    tones = ["6b1f22", "23395b", "2f4f3a", "8a6a2f", "3a2a24", "a8432b", "c9b58a", "1f2a30", "5b3b5e", "7c8b94", "d8cdb4", "406a70", "994f5c", "b98d3e"]
    cloths = [speckled(t, t, 90, 0.25, 0.75, 0.001) for t in tones]
    page, gold, cream = speckled("d9cfb6", "ece4d0", 200, 0.3, 0.9, 0.001), material("c79a3e", 0.35, Metallic=0.8), material("e9dfc6", 0.7)

    def book(x, z, wide, tall, deep, tilt=0.0, lying=False):
        cloth = RNG.choice(cloths)
        root = place(bpy.data.objects.new("book", None), (x, 0.0, z), (0, 90 if lying else tilt, 0))
        parts = [box((wide, deep, tall), (wide / 2, deep / 2 + 0.02, tall / 2), cloth, bevel=0.006), box((wide - 0.012, deep, tall - 0.014), (wide / 2, deep / 2 + 0.021, tall / 2 + 0.007), page)]
        trim, style = RNG.choice([gold, gold, cream]), RNG.random()
        for share in (0.10, 0.90) if style < 0.6 else (0.2, 0.24, 0.76):
            parts.append(box((wide * 0.9, 0.002, 0.005), (wide / 2, 0.019, tall * share), trim))
        if style < 0.45:
            parts.append(box((wide * 0.82, 0.002, tall * 0.16), (wide / 2, 0.019, tall * 0.72), RNG.choice([cloths[4], cloths[0], cream])))
        for line in range(RNG.randint(1, 2)):
            length, at = tall * RNG.uniform(0.18, 0.34), wide * (0.36 + 0.28 * line)
            step, h = 0.012, tall * 0.36
            while step < length:
                glyph = RNG.uniform(0.004, 0.010)
                parts.append(box((min(0.012, wide * 0.25), 0.002, glyph), (at, 0.0185, h + step), trim))
                step += glyph + (0.004 if RNG.random() < 0.8 else 0.012)
        for p in parts:
            p.parent = root

    for shelf in (0, 0.54):
        x = -1.11
        while x < 1.06:
            wide, tall = RNG.uniform(0.025, 0.075), RNG.uniform(0.29, 0.43)
            if shelf and 0.18 < x < 0.55:
                x = 0.60
                continue
            tilt = 0.0
            if RNG.random() < 0.05 and x > -0.8:
                tilt, x = -9, x + 0.05
            book(x, shelf, min(wide, 1.12 - x), tall, RNG.uniform(0.22, 0.27), tilt)
            x += wide + 0.002
    z = 0.54 + 0.03
    for i in range(4):
        wide = RNG.uniform(0.035, 0.06)
        book(0.22 + RNG.uniform(-0.01, 0.02), z - 0.03 + wide, wide, RNG.uniform(0.27, 0.31), 0.23, lying=True)
        z += wide
    lathe([(0, 0), (0.05, 0), (0.062, 0.05), (0.07, 0.09), (0.064, 0.09), (0, 0.08)], material("b5653e", 0.7), (0.37, 0.14, z - 0.03))
    plant = blades(160, (-0.035, 0.035, -0.03, 0.03), 0.15, material("4d7a3a", 0.5), width=0.006, lean=1.2)
    plant.location = (0.37, 0.14, z + 0.045)
    camera((-0.35, -1.75, 0.62), (0.05, 0.1, 0.50), 40, (0, 0, 0.5), 4.0)


@photo("2020 Home/IMG_1187.jpg", "2020-04-05 08:49:27", exposure=0.1, samples=12)
def coffee():
    studio("c3d2e4", 0.30)
    tabletop("9c7248", "5d3d21")
    window_light(120, (-1.9, 1.3, 1.3), size=1.0)
    china = material("e9e6df", 0.1, Coat_Weight=0.6)
    lathe([(0, 0.02), (0.22, 0.02), (0.30, 0.03), (0.50, 0.075), (0.53, 0.088), (0.50, 0.06), (0.30, 0.0), (0, 0.0)], china)
    lathe([(0, 0.035), (0.14, 0.035), (0.15, 0.06), (0.24, 0.14), (0.295, 0.28), (0.315, 0.40), (0.31, 0.408), (0.298, 0.40), (0.278, 0.28), (0.22, 0.15), (0, 0.08)], china)
    tube([(0.29, 0, 0.345), (0.41, 0, 0.37), (0.455, 0, 0.28), (0.39, 0, 0.19), (0.25, 0, 0.165)], 0.022, china)

    def crema(g):
        parts = g.node("SeparateXYZ", Vector=g.coordinates())
        radius = g("VectorMath", out=1, operation="LENGTH", I0=g.coordinates())
        swirl = g("TexNoise", Vector=g.coordinates(scale=(1, 1, 1)), Scale=7.0, Detail=6.0, Distortion=2.2)
        edge = g.math("ADD", g.math("MULTIPLY", radius, 2.0), g.math("MULTIPLY", g.math("SUBTRACT", swirl, 0.5), 1.1))
        bubbles = g.node("TexVoronoi", Vector=g.coordinates(), Scale=90.0).outputs["Distance"]
        del parts
        return {"Base_Color": g.ramp(edge, (0.25, rgb("140803")), (0.50, rgb("2b1307")), (0.66, rgb("7d4a20"))), "Normal": g.bump(bubbles, 0.1, 0.004)}

    lathe([(0, 0.345), (0.293, 0.345)], material(build=crema, rough=0.12), steps=1)
    steel = material("d0d2d4", 0.14, Metallic=1.0)
    spoon = stone(steel, (0.085, 0.055, 0.016), (-0.02, -0.42, 0.105), 1, rough=0, detail=0, level=4)
    spoon.rotation_euler = (0, 0.06, 0.12)
    tube([(0.05, -0.41, 0.105), (0.22, -0.38, 0.12), (0.48, -0.34, 0.11)], 0.012, steel)
    sugar = speckled("efe7d8", "fffaf0", 30, 0.6, 0.9, 0.01)
    for x, y, turn in ((-0.38, -0.22, 20), (-0.44, -0.10, 65)):
        box((0.085, 0.085, 0.085), (x, y, 0.10), sugar, (8, -10, turn), bevel=0.008)
    crust = speckled("8a4f1f", "d0904a", 5, 0.5, 0.5, 0.01)
    root = place(bpy.data.objects.new("croissant", None), (-0.75, 0.62, 0.0), (0, 0, 25))
    lathe([(0, 0), (0.45, 0.01), (0.6, 0.04), (0.62, 0.045), (0.58, 0.03), (0, -0.001)], china, (-0.75, 0.62, 0.0))
    for i, a in enumerate(np.linspace(-1.9, 1.9, 11)):
        thick = 0.155 * math.cos(a * 0.72) ** 0.8 + 0.02
        piece = stone(crust, (thick, 0.075, thick * 0.9), (0.27 * math.cos(a) - 0.1, 0.27 * math.sin(a), 0.05 + thick * 0.8), i, (0, 0, math.degrees(a) + 8), 0.06, 0.03, 4)
        piece.parent = root
    box((0.9, 0.62, 0.03), (0.95, 0.75, 0.015), speckled("24405a", "2b4a66", 60, 0.2), (0, 0, -18), bevel=0.005)
    box((0.88, 0.60, 0.09), (0.95, 0.75, 0.07), material("eae2cf", 0.9), (0, 0, -18))
    box((0.9, 0.62, 0.02), (0.95, 0.75, 0.12), speckled("24405a", "2b4a66", 60, 0.2), (0, 0, -18), bevel=0.005)
    camera((0.18, -1.75, 1.12), (-0.03, 0.06, 0.20), 50, (0.0, -0.15, 0.34), 2.0)


@photo("2023 Birthday/balloons.png", size=(720, 480), exposure=0.0, grain=0.0)
def balloons():
    sky(50, 150, 0.09, clouds=0.35, cloud_light=9)
    tones = ["d0202e", "f2b21c", "2a6fc9", "3a9c4a", "e8678f", "7a3fae", "f07a20", "20a3b0"]
    knot_at = Vector((0.1, 9, -1.6))
    string = material("e8e2d8", 0.6)
    centres = []
    for i in range(17):
        for _ in range(400):
            p = Vector((RNG.gauss(0.1, 1.05), 9 + RNG.gauss(0, 0.6), 3.2 + RNG.gauss(0, 0.6)))
            if all((p - c).length > 0.86 for c in centres):
                break
        centres.append(p)
        paint = material(tones[i % 8], 0.12, Coat_Weight=0.7, Transmission_Weight=0.12, Subsurface_Weight=0.25, Subsurface_Radius=(0.3, 0.3, 0.3))
        size = RNG.uniform(0.92, 1.1)
        lean = Vector((p - knot_at)).to_track_quat("Z", "Y").to_euler()
        rubber = lathe([(0, -0.62), (0.035, -0.64), (0.045, -0.60), (0.022, -0.575), (0.05, -0.54), (0.22, -0.36), (0.37, -0.08), (0.40, 0.14), (0.32, 0.36), (0.16, 0.475), (0, 0.50)], paint, tuple(p), scale=size, segments=64)
        rubber.rotation_euler = lean
        tail = p - (p - knot_at).normalized() * 0.60 * size
        middle = tail.lerp(knot_at, 0.5) + Vector((RNG.uniform(-0.1, 0.1), 0, 0))
        tube([tuple(tail), tuple(middle), tuple(knot_at)], 0.006, string)
    lamp("SUN", (-20, -30, 40), 2.5, (0, 9, 2), 0.5, "fff3df")
    camera((0, 0, -1.4), (0.1, 9, 2.75), 47)


@photo("2022 Walks/IMG_2874.jpg", "2022-06-11 16:05:03", exposure=0.1)
def football():
    sky(40, -60, 0.10, clouds=0.4, cloud_light=8)
    floor(speckled("1f3312", "33501d", 8, 0.8), 60)
    blades(150_000, (-3.6, 3.6, -1.0, 6.5), 0.055, material("4f8a26", 0.55, Subsurface_Weight=0.0), width=0.0028, lean=0.7, thin=1.5)
    blades(60_000, (-9, 9, 5.0, 26), 0.07, material("4f8a26", 0.6), width=0.005, lean=0.7, seed=8, thin=1.4)
    # Twelve pentagon centres of an icosahedron; the nearest decide the colour of each point of the ball.
    phi = (1 + 5**0.5) / 2
    pent = np.array([v for a in (-1, 1) for b in (-phi, phi) for v in ((0, a, b), (a, b, 0), (b, 0, a))], float)
    pent /= np.linalg.norm(pent, axis=1)[:, None]
    near = pent @ pent.T
    hexes = np.array([pent[i] + pent[j] + pent[k] for i in range(12) for j in range(i) for k in range(j) if min(near[i, j], near[j, k], near[i, k]) > 0.3])
    hexes /= np.linalg.norm(hexes, axis=1)[:, None]
    bpy.ops.mesh.primitive_ico_sphere_add(subdivisions=7, radius=1)
    ball = bpy.context.object
    directions = np.array([v.co.normalized() for v in ball.data.vertices])
    # Power distance: hexagons are a little larger than pentagons.
    score = np.concatenate([directions @ pent.T, directions @ hexes.T + 0.0127], axis=1)
    order = np.sort(score, axis=1)
    gap = order[:, -1] - order[:, -2]
    height = 1 - 0.016 * np.exp(-((gap / 0.010) ** 2))
    for vertex, d, h in zip(ball.data.vertices, directions, height):
        vertex.co = Vector(d * h)
    black, white = material("15161a", 0.35, Coat_Weight=0.3), speckled("d9d9d4", "f4f4f0", 4, 0.05, 0.4, Coat_Weight=0.3)
    ball.data.materials.append(white)
    ball.data.materials.append(black)
    is_black = score.argmax(1) < 12
    ball.data.polygons.foreach_set("material_index", [int(is_black[list(p.vertices)].all()) for p in ball.data.polygons])
    ball.data.shade_smooth()
    ball.location, ball.scale = (0.06, 0.9, 0.118), (0.11,) * 3
    ball.rotation_euler = (0.4, 0.5, 0.9)
    post = material("f2f2f0", 0.35)
    for x in (-1.2, 3.0):
        tube([(x, 14, 0), (x, 14, 2.44)], 0.06, post, smooth=False)
    tube([(-1.2, 14, 2.44), (3.0, 14, 2.44)], 0.06, post, smooth=False)
    net = material("e6e6e6", 0.6)
    for i in range(29):
        x = -1.2 + 0.15 * i
        tube([(x, 14, 2.44), (x, 15.4, 0)], 0.004, net, smooth=False)
    for i in range(17):
        s = i / 16
        tube([(-1.2, 14 + 1.4 * s, 2.44 * (1 - s)), (3.0, 14 + 1.4 * s, 2.44 * (1 - s))], 0.004, net, smooth=False)
    crown = speckled("1d3214", "3c5c26", 1.2, 0.9, distance=0.3)
    shapes = [stone(crown, (1, 1, 1), (0, -60, 0), i, rough=0.5, detail=0.2) for i in range(3)]
    for i in range(26):
        size = RNG.uniform(2.2, 4)
        again(RNG.choice(shapes), (-24 + i * 1.9, 34 + RNG.uniform(-3, 3), size * 0.7), (0, 0, i * 70), size)
    lamp("SUN", (-20, -6, 16), 3.0, (0, 0, 0), 0.5, "fff0d4")
    camera((0, -0.45, 0.24), (0.10, 0.9, 0.19), 45, (0.06, 0.80, 0.12), 2.0)


@photo("2020 Home/desk-lamp.jpg", "2020-12-03 22:18:50", size=(800, 1067), exposure=1.1, samples=12)
def desk_lamp():
    studio("6f86ad", 0.22)
    tabletop("7c5634", "412a17")
    mesh([(-5, 1.1, -1), (5, 1.1, -1), (5, 1.1, 5), (-5, 1.1, 5)], [(0, 1, 2, 3)], speckled("4e5d63", "58686d", 1.5, 0.1))
    enamel = material("1f5a50", 0.25, Coat_Weight=0.5)
    brass = material("c29a4a", 0.28, Metallic=1.0)
    lathe([(0, 0.07), (0.05, 0.07), (0.24, 0.04), (0.28, 0.02), (0.28, 0.0), (0, 0)], enamel, (0.42, 0.3, 0), steps=4)
    elbow, neck = (0.66, 0.32, 0.72), (0.08, 0.22, 1.20)
    tube([(0.42, 0.3, 0.05), elbow], 0.018, brass, smooth=False)
    tube([elbow, neck], 0.016, brass, smooth=False)
    for p in (elbow, neck, (0.42, 0.3, 0.08)):
        stone(brass, (0.036, 0.036, 0.036), p, 1, rough=0, detail=0, level=3)
    shade = lathe([(0.05, 0.20), (0.07, 0.19), (0.09, 0.13), (0.20, -0.03), (0.245, -0.12), (0.240, -0.12), (0.193, -0.03), (0.082, 0.12), (0, 0.14)], enamel, (0.0, 0.2, 1.10), (-24, -10, 0), steps=5)
    inner = lathe([(0.235, -0.118), (0.188, -0.03), (0.078, 0.115), (0, 0.13)], material("fff4dc", 0.5), (0.0, 0.2, 1.10), (-24, -10, 0), steps=5)
    inner.name = shade.name + "-inner"
    stone(glow("ffdca0", 30), (0.055, 0.055, 0.07), (0.01, 0.2, 1.07), 1, rough=0, detail=0, level=4)
    lamp("SPOT", (0.0, 0.2, 1.04), 60, (-0.05, 0.1, 0), 0.06, "ffc985", 118)
    paper = material("efe6d2", 0.9)
    for side in (-1, 1):
        points = []
        for u in np.linspace(0, 1, 24):
            for v in (0, 1):
                points.append((-0.12 + side * 0.40 * u, -0.24 + 0.54 * v, 0.02 + 0.065 * math.sin(math.pi * min(1, u * 1.02) ** 0.55) * (1 - 0.35 * u)))
        mesh(points, grid_faces(24, 2), paper, rotation=(0, 0, 8))
        for line in range(17):
            y = 0.23 - 0.026 * line
            x = 0.045
            while x < 0.35:
                word = RNG.uniform(0.012, 0.04)
                u = (x + word / 2) / 0.40
                z = 0.022 + 0.065 * math.sin(math.pi * min(1, u * 1.02) ** 0.55) * (1 - 0.35 * u)
                if not (line == 16 and x > 0.15):
                    a = math.radians(8)
                    px, py = -0.12 + side * (x + word / 2), y
                    box((word, 0.006, 0.001), (px * math.cos(a) - py * math.sin(a), px * math.sin(a) + py * math.cos(a), z), bpy.data.materials.get("ink") or ink())
                x += word + 0.010
    cover = material("5b1f22", 0.7)
    box((0.86, 0.58, 0.02), (-0.125, 0.02, 0.01), cover, (0, 0, 8), bevel=0.004)
    pencil = material("d9a21c", 0.4)
    tube([(0.42, -0.36, 0.022), (0.70, -0.10, 0.022)], 0.012, pencil, smooth=False)
    lathe([(0, 0), (0.09, 0), (0.095, 0.02), (0.10, 0.22), (0.095, 0.22), (0.088, 0.03), (0, 0.02)], material("d7d2c6", 0.2), (-0.75, 0.42, 0), steps=3)
    lathe([(0, 0.17), (0.093, 0.17)], material("2b1408", 0.1), (-0.75, 0.42, 0), steps=1)
    camera((-0.25, -2.45, 1.10), (0.0, 0.15, 0.62), 42, (0, 0.1, 0.7), 3.2)


def ink():
    made = material("2a2622", 0.9)
    made.name = "ink"
    return made


@photo("2025 City/rainy-window.webp", size=(1152, 768), quality=82, grain=0.01)
def rainy_window():
    width, height = 1152, 768
    rng = np.random.default_rng(12)
    y, x = np.mgrid[0:height, 0:width].astype(float)
    street = np.zeros((height, width, 3)) + np.array([0.020, 0.030, 0.050])
    street += np.exp(-(((y - 470) / 190) ** 2))[..., None] * np.array([0.10, 0.075, 0.07])
    tints = np.array([[1.0, 0.62, 0.25], [1.0, 0.80, 0.50], [1.0, 0.20, 0.12], [0.35, 0.60, 1.0], [0.35, 0.95, 0.55], [1.0, 0.92, 0.80]])
    for _ in range(115):
        cx, cy = rng.uniform(-40, width + 40), rng.normal(430, 120)
        r, tint = rng.uniform(13, 46), tints[rng.choice(6, p=[0.34, 0.24, 0.17, 0.10, 0.05, 0.10])]
        d = np.hypot(x - cx, y - cy) / r
        disc = np.clip((1.05 - d) * r / 5, 0, 1) * (0.75 + 0.35 * np.clip(d, 0, 1) ** 4)
        street += (disc * rng.uniform(0.10, 0.55))[..., None] * tint
        street += (np.exp(-(((x - cx) / (r * 0.8)) ** 2)) * np.exp(-np.clip(y - 560, 0, None) / 120) * (y > 560) * 0.10)[..., None] * tint
    street = blur(street, 5)

    # Water on the glass as a height field: standing drops, and trails of drops that ran down.
    water_ = np.zeros((height, width))

    def drop(cx, cy, r, squash=1.0):
        x0, x1, y0, y1 = int(cx - r - 2), int(cx + r + 3), int(cy - r * squash - 2), int(cy + r * squash + 3)
        x0, x1, y0, y1 = max(0, x0), min(width, x1), max(0, y0), min(height, y1)
        if x0 >= x1 or y0 >= y1:
            return
        yy, xx = np.mgrid[y0:y1, x0:x1]
        wobble = 1 + 0.10 * np.sin(3 * np.arctan2(yy - cy, xx - cx) + cx) + 0.06 * np.sin(5 * np.arctan2(yy - cy, xx - cx) + cy)
        d2 = (((xx - cx) / r) ** 2 + ((yy - cy) / (r * squash)) ** 2) / wobble**2
        water_[y0:y1, x0:x1] = np.maximum(water_[y0:y1, x0:x1], r * np.sqrt(np.clip(1 - d2, 0, 1)))

    for _ in range(3400):
        drop(rng.uniform(0, width), rng.uniform(0, height), 1.2 + 2.2 * rng.random() ** 2)
    for _ in range(520):
        drop(rng.uniform(0, width), rng.uniform(0, height), 4 + 9 * rng.random() ** 2.2, rng.uniform(1, 1.25))
    for _ in range(16):
        cx, cy, end = rng.uniform(20, width - 20), rng.uniform(-250, 260), rng.uniform(300, 760)
        r = rng.uniform(9, 15)
        while cy < end:
            lane = slice(max(0, int(cx - r * 0.9)), max(1, int(cx + r * 0.9)))
            row = int(np.clip(cy, 0, height - 1))
            water_[row : row + 3, lane] *= 0.15
            if rng.random() < 0.10:
                drop(cx + rng.normal(0, 1.5), cy, rng.uniform(1.5, 4.5), 1.3)
            cx += rng.normal(0, 0.9)
            cy += 2.5
        drop(cx, end, r, 1.35)
    water_ = blur(water_[..., None], 0.8)[..., 0]
    slope_y, slope_x = np.gradient(water_)
    # A drop is a lens: it shows the street upside down and small.
    sx = np.clip(x - slope_x * 95, 0, width - 1).astype(int)
    sy = np.clip(y - slope_y * 95, 0, height - 1).astype(int)
    sharp = np.clip(street * 1.15, 0, None)
    wet = np.clip(water_ / 1.6, 0, 1)[..., None]
    picture = street * (1 - wet) + sharp[sy, sx] * wet * np.clip(1.12 - 0.16 * np.hypot(slope_x, slope_y), 0.25, 1.2)[..., None]
    shine = np.clip(-slope_y * 0.8 - slope_x * 0.6 - 0.95, 0, 1.5) * np.clip(water_ - 1.5, 0, 3) / 3
    picture += shine[..., None] * np.array([0.55, 0.62, 0.72]) * 0.5
    return (1 - np.exp(-1.9 * np.clip(picture, 0, None))) ** 0.80


# --- Finishing ----------------------------------------------------------------

ROTATED = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}


def render(scene: Photo, name: str, draft: bool) -> Image.Image:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    RNG.seed(name)
    noise.seed_set(1)
    picture = scene.make()
    if picture is not None:
        return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
    settings = bpy.context.scene
    settings.render.engine = "CYCLES"
    settings.cycles.device = "CPU"
    settings.cycles.samples = 12 if draft else scene.samples
    settings.cycles.use_denoising = True
    settings.cycles.denoiser = "OPENIMAGEDENOISE"
    settings.cycles.use_adaptive_sampling = True
    settings.cycles.adaptive_threshold = 0.03
    settings.cycles.sample_clamp_indirect = 4
    settings.cycles.max_bounces = 4
    settings.cycles.transparent_max_bounces = 16
    settings.cycles.seed = 1
    settings.render.threads_mode, settings.render.threads = "FIXED", 1
    settings.render.resolution_x, settings.render.resolution_y = scene.size
    # Two thirds of the size, enlarged afterwards: as soft as a telephone's camera, and less than half the time.
    settings.render.resolution_percentage = 40 if draft else 67
    settings.view_settings.view_transform = "AgX"
    settings.view_settings.look = "AgX - Medium High Contrast"
    settings.view_settings.exposure = scene.exposure
    with tempfile.TemporaryDirectory() as folder:
        settings.render.filepath = f"{folder}/p.png"
        bpy.ops.render.render(write_still=True)
        image = Image.open(settings.render.filepath).convert("RGB")
    return image if draft else image.resize(scene.size, Image.Resampling.LANCZOS)


def develop(image: Image.Image, grain: float, name: str) -> Image.Image:
    """What a lens and a sensor add: a little bloom, fall-off to the corners, grain."""
    pixels = np.asarray(image, np.float32) / 255
    bright = Image.fromarray((np.clip(pixels - 0.75, 0, 1) * 4 * 255).clip(0, 255).astype(np.uint8))
    bloom = np.asarray(bright.filter(ImageFilter.GaussianBlur(image.width / 70)), np.float32) / 255
    y, x = np.mgrid[-1 : 1 : image.height * 1j, -1 : 1 : image.width * 1j]
    rng = np.random.default_rng(sum(name.encode()))
    speckle = rng.normal(0, grain, pixels.shape[:2])[..., None] + rng.normal(0, grain / 2, pixels.shape)
    pixels = (pixels + 0.10 * bloom) * (1 - 0.10 * (x * x + y * y))[..., None] + speckle * (0.4 + 0.6 * (1 - pixels))
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))


def exif(scene: Photo, size: tuple[int, int]) -> Image.Exif:
    def dms(value: float):
        minutes, seconds = divmod(round(abs(value) * 3600, 2), 60)
        degrees, minutes = divmod(int(minutes), 60)
        return (float(degrees), float(minutes), float(Fraction(seconds).limit_denominator(100)))

    stamp = scene.taken.replace("-", ":")
    tags = Image.Exif()
    tags[0x010F], tags[0x0110] = "Cairn", "Cairn Rendered 1"
    tags[0x0112], tags[0x0132] = scene.orientation, stamp
    tags[0x8769] = {0x9003: stamp, 0x9004: stamp, 0xA002: size[0], 0xA003: size[1]}
    if scene.gps:
        latitude, longitude = scene.gps
        tags[0x8825] = {1: "N" if latitude >= 0 else "S", 2: dms(latitude), 3: "E" if longitude >= 0 else "W", 4: dms(longitude)}
    return tags


def save(scene: Photo, image: Image.Image, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if scene.orientation != 1:
        image = image.transpose(ROTATED[scene.orientation])
    match target.suffix:
        case ".jpg":
            image.save(target, quality=scene.quality, optimize=True, progressive=True, exif=exif(scene, image.size))
        case ".webp":
            image.save(target, quality=scene.quality, method=6)
        case ".png":
            few_colours(image, 256).save(target, optimize=True)


def few_colours(image: Image.Image, count: int) -> Image.Image:
    # Pillow dithers only to a palette that it is given.
    palette = image.quantize(count, Image.Quantize.MEDIANCUT, kmeans=3)
    return image.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG)


def copy_small(original: Path, target: Path, width: int) -> None:
    """A reduced copy as people send them to friends: a near-duplicate for the library."""
    image = Image.open(original).convert("RGB")
    image.thumbnail((width, width), Image.Resampling.LANCZOS)
    few_colours(image, 96).save(target, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="scenes to render; all when none is named")
    parser.add_argument("--out", type=Path, default=PHOTOS)
    parser.add_argument("--draft", action="store_true", help="small, noisy and upright, into OUT/NAME.png")
    args = parser.parse_args()
    for name in args.names or PHOTO_LIST:
        scene, begun = PHOTO_LIST[name], time.monotonic()
        image = render(scene, name, args.draft)
        if args.draft:
            args.out.mkdir(parents=True, exist_ok=True)
            image.save(args.out / f"{name}.png")
        else:
            save(scene, develop(image, scene.grain, name), args.out / scene.path)
            if name == "sunset":
                copy_small(args.out / scene.path, args.out / BALTIC / "sunset-for-lucia.gif", 560)
        print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)


if __name__ == "__main__":
    main()

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fit } from '../../pure/camera';
import { toPoints } from './points';
import { Scene } from './scene';

/** A drawing context that counts rectangles. */
function canvasWith2d(): { canvas: HTMLCanvasElement; rectangles: () => number } {
  const canvas = document.createElement('canvas');
  let drawn = 0;
  const context = {
    canvas,
    fillStyle: '',
    setTransform: () => undefined,
    clearRect: () => (drawn = 0),
    fillRect: () => (drawn += 1),
  };
  canvas.getContext = ((kind: string) => (kind === '2d' ? context : null)) as typeof canvas.getContext;
  return { canvas, rectangles: () => drawn };
}

const N = 20_000;
const points = toPoints({
  files: Array.from({ length: N }, (_, i) => i),
  x: Array.from({ length: N }, (_, i) => (i % 141) / 141),
  y: Array.from({ length: N }, (_, i) => Math.floor(i / 141) / 142),
  cluster: Array.from({ length: N }, (_, i) => i % 3),
  family: Array.from({ length: N }, () => 0),
  clusters: [],
  generation: 1,
  updating: false,
  notes: [],
});
const frame = { width: 800, height: 600, covered: 0 };
const grey = { groups: Array.from({ length: 8 }, () => [0.5, 0.5, 0.5] as [number, number, number]), lit: [1, 0, 0] as [number, number, number] };

let frames: FrameRequestCallback[] = [];
let now = 0;

beforeEach(() => {
  frames = [];
  now = 1000;
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => frames.push(callback));
  vi.stubGlobal('cancelAnimationFrame', () => undefined);
  vi.spyOn(performance, 'now').mockImplementation(() => now);
});
afterEach(() => vi.unstubAllGlobals());

/** Lets time pass, then draws what was asked for. */
function pass(ms: number): void {
  now += ms;
  for (const callback of frames.splice(0)) callback(now);
}

function start() {
  const { canvas, rectangles } = canvasWith2d();
  const scene = Scene.on(canvas, points, false);
  if (!scene) throw new Error('there is a 2-D context');
  scene.resize(frame.width, frame.height);
  scene.setPalette(grey);
  return { scene, rectangles };
}

it('draws a part while the map moves and everything once it rests', () => {
  const { scene, rectangles } = start();
  scene.move(fit(frame));
  pass(16);
  expect(rectangles()).toBe(4000);
  pass(16);
  expect(rectangles()).toBe(4000);
  for (let i = 0; i < 12; i += 1) pass(50);
  expect(rectangles()).toBe(N);
  expect(frames).toHaveLength(0);
});

it('draws less where frames are slow', () => {
  const { scene, rectangles } = start();
  for (let i = 0; i < 6; i += 1) {
    scene.move(fit(frame));
    pass(100);
  }
  expect(rectangles()).toBe(1000);
});

it('draws nothing, and says so, without any context', () => {
  expect(Scene.on(document.createElement('canvas'), points, false)).toBeNull();
});

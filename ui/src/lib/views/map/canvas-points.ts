import type { Camera } from '../../pure/camera';
import { pointSize } from '../../pure/lod';
import { Look, type Palette, type PointPainter, type Points, type Rgb } from './points';

const css = ([r, g, b]: Rgb, alpha: number) =>
  `rgb(${Math.round(r * 255)} ${Math.round(g * 255)} ${Math.round(b * 255)} / ${alpha})`;

/** Points by Canvas 2D, for web views without WebGL 2. Squares only: discs cost several times as much. */
export class CanvasPoints implements PointPainter {
  readonly start = 4_000;
  #context: CanvasRenderingContext2D;
  #points: Points | null = null;
  #looks: Uint8Array = new Uint8Array();
  #plain: string[] = [];
  #dim: string[] = [];
  #lit = '';
  #size = { width: 1, height: 1, ratio: 1 };

  private constructor(context: CanvasRenderingContext2D) {
    this.#context = context;
  }

  static on(canvas: HTMLCanvasElement): CanvasPoints | null {
    const context = canvas.getContext('2d');
    return context && new CanvasPoints(context);
  }

  setPoints(points: Points): void {
    this.#points = points;
    this.#looks = new Uint8Array(points.x.length);
  }

  setLooks(looks: Uint8Array): void {
    this.#looks = looks;
  }

  setPalette({ groups, lit }: Palette): void {
    this.#plain = groups.map((colour, i) => css(colour, i === groups.length - 1 ? 0.4 : 0.62));
    this.#dim = groups.map((colour) => css(colour, 0.13));
    this.#lit = css(lit, 1);
  }

  resize(width: number, height: number, ratio: number): void {
    this.#size = { width, height, ratio };
    this.#context.canvas.width = Math.max(1, Math.round(width * ratio));
    this.#context.canvas.height = Math.max(1, Math.round(height * ratio));
  }

  draw(camera: Camera, count: number): void {
    const { width, height, ratio } = this.#size;
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#context.clearRect(0, 0, width, height);
    const side = 0.85 * pointSize(this.#points?.x.length ?? 0, camera.zoom);
    // One change of colour for each group: setting `fillStyle` for each point is what would cost.
    for (let colour = 0; colour < this.#plain.length; colour += 1) {
      this.#pass(camera, count, Look.dim, colour, this.#dim[colour] ?? '', side);
      this.#pass(camera, count, Look.plain, colour, this.#plain[colour] ?? '', side);
    }
    this.#pass(camera, count, Look.lit, null, this.#lit, side * 1.9);
  }

  dispose(): void {
    this.#points = null;
  }

  #pass(camera: Camera, count: number, look: Look, colour: number | null, style: string, side: number): void {
    const points = this.#points;
    if (!points) return;
    this.#context.fillStyle = style;
    const half = side / 2;
    for (let i = 0; i < count; i += 1) {
      if (this.#looks[i] !== look || (colour !== null && points.colour[i] !== colour)) continue;
      const x = camera.left + (points.x[i] as number) * camera.scaleX;
      const y = camera.top + (points.y[i] as number) * camera.scaleY;
      if (x < -side || y < -side || x > this.#size.width + side || y > this.#size.height + side) continue;
      this.#context.fillRect(x - half, y - half, side, side);
    }
  }
}

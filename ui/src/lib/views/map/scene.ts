import type { FileId } from '../../backend';
import type { Camera } from '../../pure/camera';
import { FrameBudget } from '../../pure/lod';
import { CanvasPoints } from './canvas-points';
import { GlPoints } from './gl-points';
import { looks, type Palette, type PointPainter, type Points } from './points';

/** The map counts as at rest after this many milliseconds. */
const REST = 120;

/** The points on the screen: few while they move, all at rest. */
export class Scene {
  #painter: PointPainter;
  #points: Points;
  #budget: FrameBudget;
  #camera: Camera | null = null;
  #frame = 0;
  #movedAt = -Infinity;
  #moved = false;
  #drawn = 0;
  /** When the last frame of a movement was drawn; 0: the next frame tells nothing about speed. */
  #last = 0;

  private constructor(painter: PointPainter, points: Points) {
    this.#painter = painter;
    this.#points = points;
    this.#budget = new FrameBudget(points.files.length, painter.start);
    painter.setPoints(points);
  }

  /** `null` when this web view can draw nothing at all; the list beside the map is still there. */
  static on(canvas: HTMLCanvasElement, points: Points, withoutGl: boolean): Scene | null {
    const painter = (withoutGl ? null : GlPoints.on(canvas)) ?? CanvasPoints.on(canvas);
    return painter && new Scene(painter, points);
  }

  setPalette(palette: Palette): void {
    this.#painter.setPalette(palette);
    this.#redraw();
  }

  setFocus(cluster: number | null, lit: ReadonlySet<FileId> | null): void {
    this.#painter.setLooks(looks(this.#points, cluster, lit));
    this.#redraw();
  }

  resize(width: number, height: number): void {
    this.#painter.resize(width, height, Math.min(2, globalThis.devicePixelRatio || 1));
    this.#redraw();
  }

  /** Shows the map from elsewhere. */
  move(camera: Camera): void {
    if (this.#frame === 0) this.#last = 0;
    this.#camera = camera;
    this.#movedAt = performance.now();
    this.#moved = true;
    this.#schedule();
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame);
    this.#painter.dispose();
  }

  #redraw(): void {
    this.#drawn = 0;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#frame === 0 && this.#camera) this.#frame = requestAnimationFrame((now) => this.#tick(now));
  }

  #tick(now: number): void {
    this.#frame = 0;
    if (!this.#camera) return;
    if (this.#moved) {
      // From frame to frame: what the graphics really took. The name of a renderer does not tell whether it is fast.
      if (this.#last > 0) this.#budget.observe(now - this.#last, this.#drawn);
      this.#last = now;
      this.#moved = false;
      this.#paint(this.#camera, this.#budget.points);
    } else if (this.#drawn === 0 || now - this.#movedAt > REST) {
      this.#last = 0;
      this.#paint(this.#camera, this.#budget.more(this.#drawn));
    } else this.#last = 0;
    if (this.#drawn < this.#points.files.length) this.#schedule();
  }

  #paint(camera: Camera, count: number): void {
    this.#painter.draw(camera, count);
    this.#drawn = count;
  }
}

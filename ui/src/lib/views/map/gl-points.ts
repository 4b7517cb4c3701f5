import type { Camera } from '../../pure/camera';
import { pointSize } from '../../pure/lod';
import type { Palette, PointPainter, Points } from './points';

const VERTEX = `#version 300 es
uniform vec2 u_scale;
uniform vec2 u_offset;
uniform float u_size;
uniform vec3 u_palette[9];
in vec2 a_at;
in float a_colour;
in float a_photo;
in float a_look;
out vec4 v_colour;
out float v_photo;
out float v_size;
void main() {
  gl_Position = vec4(a_at * u_scale + u_offset, a_look == 2.0 ? -0.5 : 0.0, 1.0);
  bool lit = a_look == 2.0;
  bool dim = a_look == 1.0;
  bool loose = a_colour == 7.0;
  v_size = u_size * (lit ? 1.9 : loose ? 0.8 : 1.0) + 1.0;
  gl_PointSize = v_size;
  vec3 rgb = u_palette[lit ? 8 : int(a_colour)];
  v_colour = vec4(rgb, lit ? 1.0 : dim ? 0.13 : loose ? 0.4 : 0.62);
  v_photo = a_photo;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 v_colour;
in float v_photo;
in float v_size;
out vec4 colour;
void main() {
  vec2 from = abs(gl_PointCoord - 0.5) * v_size;
  // A document is a disc, a photo a square of the same area.
  float edge = v_photo > 0.5 ? max(from.x, from.y) * 1.128 : length(from);
  float cover = clamp(0.5 * v_size - edge, 0.0, 1.0);
  float alpha = v_colour.a * cover;
  colour = vec4(v_colour.rgb * alpha, alpha);
}`;

function compile(gl: WebGL2RenderingContext): WebGLProgram | null {
  const program = gl.createProgram();
  for (const [kind, source] of [
    [gl.VERTEX_SHADER, VERTEX],
    [gl.FRAGMENT_SHADER, FRAGMENT],
  ] as const) {
    const shader = gl.createShader(kind);
    if (!shader) return null;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : null;
}

/** Points by WebGL 2: one buffer for each column, one call for each frame. Rebuilds itself after a lost context. */
export class GlPoints implements PointPainter {
  readonly start = 10_000;
  #gl: WebGL2RenderingContext;
  #canvas: HTMLCanvasElement;
  #program: WebGLProgram;
  #buffers: WebGLBuffer[] = [];
  #looks: WebGLBuffer | null = null;
  #points: Points | null = null;
  #lastLooks: Uint8Array | null = null;
  #palette: Palette | null = null;
  #size = { width: 1, height: 1, ratio: 1 };
  #lastDraw: { camera: Camera; count: number } | null = null;

  private constructor(canvas: HTMLCanvasElement, gl: WebGL2RenderingContext, program: WebGLProgram) {
    this.#canvas = canvas;
    this.#gl = gl;
    this.#program = program;
    canvas.addEventListener('webglcontextlost', this.#lost);
    canvas.addEventListener('webglcontextrestored', this.#restored);
  }

  static on(canvas: HTMLCanvasElement): GlPoints | null {
    const gl = canvas.getContext('webgl2', { antialias: false, depth: false, premultipliedAlpha: true });
    const program = gl && compile(gl);
    return gl && program ? new GlPoints(canvas, gl, program) : null;
  }

  setPoints(points: Points): void {
    this.#points = points;
    const gl = this.#gl;
    gl.useProgram(this.#program);
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    const at = new Float32Array(points.x.length * 2);
    for (let i = 0; i < points.x.length; i += 1) {
      at[2 * i] = points.x[i] as number;
      at[2 * i + 1] = points.y[i] as number;
    }
    this.#column('a_at', at, 2, gl.FLOAT);
    this.#column('a_colour', points.colour, 1, gl.UNSIGNED_BYTE);
    this.#column('a_photo', points.photo, 1, gl.UNSIGNED_BYTE);
    this.#looks = this.#column('a_look', new Uint8Array(points.x.length), 1, gl.UNSIGNED_BYTE);
  }

  setLooks(looks: Uint8Array): void {
    this.#lastLooks = looks;
    const gl = this.#gl;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.#looks);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, looks);
  }

  setPalette(palette: Palette): void {
    this.#palette = palette;
    const gl = this.#gl;
    const colours = Float32Array.from([...palette.groups, palette.lit].flat());
    gl.useProgram(this.#program);
    gl.uniform3fv(gl.getUniformLocation(this.#program, 'u_palette'), colours);
  }

  resize(width: number, height: number, ratio: number): void {
    this.#size = { width, height, ratio };
    this.#canvas.width = Math.max(1, Math.round(width * ratio));
    this.#canvas.height = Math.max(1, Math.round(height * ratio));
  }

  draw(camera: Camera, count: number): void {
    this.#lastDraw = { camera, count };
    const gl = this.#gl;
    const { width, height, ratio } = this.#size;
    gl.viewport(0, 0, this.#canvas.width, this.#canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.useProgram(this.#program);
    const uniform = (name: string) => gl.getUniformLocation(this.#program, name);
    gl.uniform2f(uniform('u_scale'), (2 * camera.scaleX) / width, (-2 * camera.scaleY) / height);
    gl.uniform2f(uniform('u_offset'), (2 * camera.left) / width - 1, 1 - (2 * camera.top) / height);
    gl.uniform1f(uniform('u_size'), ratio * pointSize(this.#points?.x.length ?? 0, camera.zoom));
    gl.drawArrays(gl.POINTS, 0, count);
  }

  dispose(): void {
    this.#canvas.removeEventListener('webglcontextlost', this.#lost);
    this.#canvas.removeEventListener('webglcontextrestored', this.#restored);
    // The canvas keeps its context for the next map; only what this one put into it goes.
    for (const buffer of this.#buffers) this.#gl.deleteBuffer(buffer);
    this.#gl.deleteProgram(this.#program);
  }

  #column(name: string, data: Float32Array | Uint8Array, size: number, type: number): WebGLBuffer {
    const gl = this.#gl;
    const buffer = gl.createBuffer();
    this.#buffers.push(buffer);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, name === 'a_look' ? gl.DYNAMIC_DRAW : gl.STATIC_DRAW);
    const place = gl.getAttribLocation(this.#program, name);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, type, false, 0, 0);
    return buffer;
  }

  #lost = (event: Event): void => event.preventDefault();

  #restored = (): void => {
    const program = compile(this.#gl);
    if (!program || !this.#points) return;
    this.#program = program;
    this.setPoints(this.#points);
    if (this.#lastLooks) this.setLooks(this.#lastLooks);
    if (this.#palette) this.setPalette(this.#palette);
    if (this.#lastDraw) this.draw(this.#lastDraw.camera, this.#lastDraw.count);
  };
}

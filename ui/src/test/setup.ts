import { configure } from '@testing-library/svelte';
import { vi } from 'vitest';

// Patience for busy machines; no test asserts how long something takes.
configure({ asyncUtilTimeout: 20_000 });

// jsdom lays nothing out. These say so in the way that the components already know: nothing is wide, nothing scrolls.
class StillObserver {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
}

vi.stubGlobal('ResizeObserver', StillObserver);
// jsdom's files cannot be read in this way yet.
Blob.prototype.arrayBuffer ??= function (this: Blob) {
  return new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result as ArrayBuffer);
    reader.readAsArrayBuffer(this);
  });
};
HTMLCanvasElement.prototype.getContext = (() => null) as typeof HTMLCanvasElement.prototype.getContext;
Element.prototype.scrollIntoView = () => undefined;

import type { Tone } from '../backend';

export interface Toast {
  id: number;
  message: string;
  tone: Tone;
  /** Takes back what the message tells of. */
  undo?: () => void;
}

const LIFETIME = 6000;
/** Time to think again. */
const UNDOABLE = 30_000;
const SETTLE = 500;

/** Short messages for eyes (toasts) and for ears (the one live region). */
class Messages {
  toasts = $state.raw<Toast[]>([]);
  spoken = $state('');
  #next = 1;
  #pending: ReturnType<typeof setTimeout> | undefined;

  /** Shows a toast and says it. Bad news stays until it is dismissed. */
  toast(message: string, tone: Tone): void {
    this.#show({ id: this.#next++, message, tone });
    this.say(message);
  }

  /** Tells what was done, and offers to take it back. There is one such offer at a time: that of what was done last. */
  undoable(message: string, undo: () => void): void {
    this.toasts = this.toasts.filter((toast) => !toast.undo);
    this.#show({ id: this.#next++, message, tone: 'done', undo });
    this.say(`${message} Ctrl Z takes it back.`);
  }

  /** Takes back what was done last, where that is still offered. */
  undo(): boolean {
    const toast = this.toasts.find(({ undo }) => undo);
    if (!toast) return false;
    this.dismiss(toast.id);
    toast.undo?.();
    return true;
  }

  #show(toast: Toast): void {
    this.toasts = [...this.toasts.slice(-3), toast];
    if (toast.tone !== 'problem') setTimeout(() => this.dismiss(toast.id), toast.undo ? UNDOABLE : LIFETIME);
  }

  dismiss(id: number): void {
    this.toasts = this.toasts.filter((toast) => toast.id !== id);
  }

  /** Says something once things have settled, so that typing does not make a stream of words. */
  say(text: string): void {
    clearTimeout(this.#pending);
    this.#pending = setTimeout(() => (this.spoken = text), SETTLE);
  }
}

export const messages = new Messages();

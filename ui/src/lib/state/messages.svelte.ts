import type { Tone } from '../backend';

export interface Toast {
  id: number;
  message: string;
  tone: Tone;
}

const LIFETIME = 6000;
const SETTLE = 500;

/** Short messages for eyes (toasts) and for ears (the one live region). */
class Messages {
  toasts = $state.raw<Toast[]>([]);
  spoken = $state('');
  #next = 1;
  #pending: ReturnType<typeof setTimeout> | undefined;

  /** Shows a toast and says it. Bad news stays until it is dismissed. */
  toast(message: string, tone: Tone): void {
    const toast = { id: this.#next++, message, tone };
    this.toasts = [...this.toasts.slice(-3), toast];
    this.say(message);
    if (tone !== 'problem') setTimeout(() => this.dismiss(toast.id), LIFETIME);
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

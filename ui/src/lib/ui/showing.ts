import type { Attachment } from 'svelte/attachments';

/**
 * Brings the part of a page that the address names (`data-section`) into sight, and keeps it there while what stands
 * above it is still arriving, until the person scrolls or types.
 */
export const showing =
  (section: () => string): Attachment<HTMLElement> =>
  (page) => {
    const name = section();
    if (name === '') return;
    const parts = [...page.querySelectorAll<HTMLElement>('[data-section]')];
    const jump = () => parts.find((part) => part.dataset['section'] === name)?.scrollIntoView({ block: 'start' });
    const arriving = new ResizeObserver(jump);
    const stop = () => arriving.disconnect();
    for (const part of page.children) arriving.observe(part);
    const hands = ['wheel', 'pointerdown', 'keydown'] as const;
    for (const event of hands) page.addEventListener(event, stop, { passive: true });
    jump();
    return () => {
      stop();
      for (const event of hands) page.removeEventListener(event, stop);
    };
  };

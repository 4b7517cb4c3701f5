/** Labels on the map: the important ones first, none over another. */

export interface Label {
  /** Where it should stand: the middle of its lower edge. */
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Place {
  /** Upper left corner. */
  left: number;
  top: number;
}

const GAP = 4;

/**
 * A place for each label, in the order of their importance, or `null` where there is none. A label may step a little
 * up or down before it gives way. Labels whose anchor is outside the frame are left out; the others are kept inside.
 */
export function placeLabels(labels: readonly Label[], width: number, height: number): (Place | null)[] {
  const taken: (Place & { right: number; bottom: number })[] = [];
  return labels.map((label) => {
    if (label.x < 0 || label.x > width || label.y < 0 || label.y > height + label.height) return null;
    const left = Math.min(Math.max(GAP, label.x - label.width / 2), Math.max(GAP, width - label.width - GAP));
    for (const shift of [0, -0.6, 0.6, -1.2, 1.2]) {
      const wanted = label.y - label.height + shift * label.height;
      const top = Math.min(Math.max(GAP, wanted), Math.max(GAP, height - label.height - GAP));
      const box = { left, top, right: left + label.width, bottom: top + label.height };
      const free = taken.every(
        (other) =>
          box.right + GAP <= other.left ||
          other.right + GAP <= box.left ||
          box.bottom + GAP <= other.top ||
          other.bottom + GAP <= box.top,
      );
      if (free) {
        taken.push(box);
        return { left, top };
      }
    }
    return null;
  });
}

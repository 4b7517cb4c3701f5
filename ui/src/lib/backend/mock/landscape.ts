import type { Map as LibraryMap } from '../types';
import { documentFile, photoFile } from './find';
import { documents } from './documents';
import { randomFrom } from './random';

const GROUPS: [label: string, count: number, x: number, y: number, photos: boolean][] = [
  ['code, function, compile', 2310, 0.47, 0.28, false],
  ['invoice, tax, total', 1204, 0.2, 0.3, false],
  ['mountain, snow, ridge', 973, 0.78, 0.22, true],
  ['dog, beach, running', 866, 0.66, 0.62, true],
  ['letter, family, dear', 655, 0.1, 0.68, false],
  ['butter, flour, oven', 412, 0.34, 0.66, false],
  ['flight, hotel, booking', 388, 0.52, 0.87, false],
  ['boiler, valve, pressure', 214, 0.3, 0.1, false],
  ['birthday, cake, candles', 190, 0.86, 0.52, true],
  ['lease, notice, tenant', 121, 0.08, 0.42, false],
  ['sunset, sea, sky', 96, 0.9, 0.82, true],
];

/** A map of some thousand items: groups of several blobs and a little dust between them. */
export function landscape(generation: number): LibraryMap {
  const random = randomFrom(7);
  const normal = () => Math.sqrt(-2 * Math.log(random() || 1e-9)) * Math.cos(2 * Math.PI * random());
  const map: LibraryMap = {
    files: [],
    x: [],
    y: [],
    cluster: [],
    family: [],
    clusters: GROUPS.map(([label, count, x, y]) => ({ label, count, x, y })),
    generation,
    updating: false,
    notes: [],
  };
  const clamp = (value: number) => Math.min(1, Math.max(0, value));
  const add = (x: number, y: number, cluster: number, photo: boolean) => {
    const n = map.files.length;
    map.files.push(n < documents.length ? documentFile(n) : photoFile(n));
    map.x.push(clamp(x));
    map.y.push(clamp(y));
    map.cluster.push(cluster);
    map.family.push(photo ? 1 : 0);
  };
  GROUPS.forEach(([, count, x, y, photo], cluster) => {
    const blobs = Array.from({ length: 4 }, () => [x + normal() * 0.035, y + normal() * 0.045, 0.014 + random() * 0.02] as const);
    for (let i = 0; i < count; i += 1) {
      const [bx, by, width] = blobs[Math.floor(random() * blobs.length)] ?? [x, y, 0.02];
      add(bx + normal() * width, by + normal() * width * 1.3, cluster, photo);
    }
  });
  for (let i = 0; i < 420; i += 1) add(random(), random(), -1, random() < 0.5);
  return map;
}

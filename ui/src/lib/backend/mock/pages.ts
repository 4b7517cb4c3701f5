import { documents } from './documents';
import { documentFile } from './find';
import { hashOf } from './random';

const WIDTH = 60;
const escaped = (text: string) => text.replace(/[<&]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** Words in lines of about the same length. */
function wrapped(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line.length + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`.trim();
  }
  return lines;
}

/** A page of a made-up document, as a picture: its passage, or lines that stand for text. */
export function pageUrl(hash: string, page: number): string {
  const document = documents.find((_, place) => hashOf(documentFile(place)) === hash);
  const passage = document?.passages[page - 1];
  const words = passage
    ? wrapped(passage).map((line, i) => `<text x="56" y="${132 + i * 22}">${escaped(line)}</text>`)
    : Array.from({ length: 24 }, (_, i) => `<path d="M56,${128 + i * 22}h${i % 7 === 6 ? 210 : 483}" stroke="#c9c5bd" stroke-width="6"/>`);
  const heading = document && page === 1 ? `<text x="56" y="88" font-size="20" font-weight="bold">${escaped(document.title)}</text>` : '';
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="595" height="842" viewBox="0 0 595 842" font-family="serif" font-size="15">` +
    `<rect width="595" height="842" fill="#fff"/>${heading}${words.join('')}<text x="290" y="806" font-size="12">${page}</text></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

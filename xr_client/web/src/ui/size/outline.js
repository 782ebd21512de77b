/** A body's outline with lines where figures are taken, and with their values. */
import { svg } from './parts.js';

/** Half of a standing figure from the crown to the sole, 100 × 240 in all; the other half is its mirror image. */
const HALF = [
  [50, 8], [55, 8], [59, 13], [59, 20], [57, 26], [55, 29], [55, 34], [63, 38], [70, 41], [74, 47], [77, 62], [80, 80], [84, 98], [88, 114],
  [90, 124], [87, 129], [84, 126], [80, 114], [76, 99], [72, 84], [69, 66], [68, 74], [66, 88], [67, 98], [70, 112], [70, 128], [68, 148],
  [65, 168], [66, 184], [63, 204], [61, 220], [63, 228], [60, 231], [54, 230], [54, 218], [53, 200], [54, 182], [53, 166], [52, 146], [50, 126],
];
/** Where each figure is taken: from, to; `side` says where its label stands. @type {Record<string, {line: number[], side: 'left'|'right'}>} */
const LINES = {
  neck: { line: [45, 32, 55, 32], side: 'right' },
  shoulder_width: { line: [29, 43, 71, 43], side: 'left' },
  chest: { line: [31, 62, 69, 62], side: 'right' },
  underbust: { line: [32, 71, 68, 71], side: 'left' },
  waist: { line: [34, 84, 66, 84], side: 'left' },
  navel_waist: { line: [34, 92, 66, 92], side: 'right' },
  hip: { line: [30, 115, 70, 115], side: 'left' },
  thigh: { line: [51, 136, 69, 136], side: 'right' },
  upper_arm: { line: [70, 66, 78, 66], side: 'right' },
  sleeve: { line: [73, 45, 86, 120], side: 'right' },
  inseam: { line: [50, 128, 50, 231], side: 'right' },
  height: { line: [12, 8, 12, 231], side: 'left' },
};

/** Somebody who stands sideways, looking to the right, arms stretched forward. */
const SIDE = [
  [48, 8], [56, 10], [60, 17], [61, 23], [57, 29], [55, 34], [62, 40], [80, 43], [100, 43], [110, 46], [100, 49], [80, 51], [66, 54], [66, 66], [63, 80],
  [62, 94], [63, 108], [62, 128], [61, 150], [59, 170], [58, 190], [56, 212], [58, 223], [70, 229], [70, 232], [46, 232], [45, 222], [46, 204],
  [43, 186], [45, 168], [42, 148], [38, 126], [38, 114], [43, 98], [44, 84], [39, 68], [38, 52], [42, 40], [46, 34], [44, 28], [40, 22], [40, 14],
];
const PATH = smooth([...HALF, ...HALF.slice(1, -1).reverse().map(([x, y]) => [100 - x, y])]);

/** @param {number[][]} points  round an outline @returns {string} a path through the middles of its edges */
function smooth(points) {
  const middle = (/** @type {number[]} */ a, /** @type {number[]} */ b) => `${(a[0] + b[0]) / 2} ${(a[1] + b[1]) / 2}`;
  const steps = points.map((point, i) => `Q${point[0]} ${point[1]} ${middle(point, points[(i + 1) % points.length])}`);
  return `M${middle(points[points.length - 1], points[0])}${steps.join('')}Z`;
}

/** @returns {SVGElement} */
export const silhouette = () => svg('path', { d: PATH, class: 'silhouette' });

/** @returns {SVGElement[]} where to stand: seen from the front, and from the side */
export const standing = () => [svg('path', { d: PATH, class: 'front' }), svg('path', { d: smooth(SIDE), class: 'side' })];

/** @param {string} name  of a measure @returns {SVGElement|null} where to lay the tape */
export function howTo(name) {
  const place = LINES[name];
  if (!place) return null;
  const [x1, y1, x2, y2] = place.line;
  const top = Math.max(0, Math.min(y1, y2) - 44);
  const height = Math.min(240 - top, Math.max(y1, y2) - top + 44);
  return svg('svg', { viewBox: `0 ${top} 100 ${height}`, class: 'how-to', 'aria-hidden': 'true' }, [
    silhouette(),
    svg('line', { x1, y1, x2, y2, class: 'tape' }),
  ]);
}

/**
 * The outline with a labelled line for each figure that is drawn, labels in two columns without overlap.
 * @param {{name: string, title: string, text: string, source: string}[]} figures @param {string} label  for the ear @returns {SVGElement}
 */
export function figurePicture(figures, label) {
  const drawn = figures.filter(({ name }) => LINES[name]);
  const children = [silhouette()];
  for (const side of /** @type {const} */ (['left', 'right'])) {
    let free = 10;
    const own = drawn.filter(({ name }) => LINES[name].side === side).sort((a, b) => labelY(a.name) - labelY(b.name));
    for (const one of own) {
      const y = Math.max(free, labelY(one.name));
      free = y + 23;
      children.push(...labelled(one, side, y));
    }
  }
  return svg('svg', { viewBox: '-80 0 268 240', class: 'body-picture', role: 'img', 'aria-label': label }, children);
}

/** @param {string} name */
const labelY = (name) => {
  const [, y1, , y2] = LINES[name].line;
  return y2 - y1 > 60 ? y1 + (y2 - y1) * 0.72 : (y1 + y2) / 2;
};

/** @param {{name: string, title: string, text: string, source: string}} one @param {'left'|'right'} side @param {number} y */
function labelled({ name, title, text, source }, side, y) {
  const [x1, y1, x2, y2] = LINES[name].line;
  const left = side === 'left';
  const steep = Math.abs(y2 - y1) > Math.abs(x2 - x1);
  const end = steep ? [(x1 + x2) / 2 + (x2 - x1) * 0.22, y1 + (y2 - y1) * 0.72] : left ? [x1, y1] : [x2, y2];
  const x = left ? -4 : 104;
  const words = svg('text', { x: left ? -6 : 106, y: y - 1, 'text-anchor': left ? 'end' : 'start' });
  const first = svg('tspan', { class: 'name' });
  const second = svg('tspan', { class: 'figure', x: left ? -6 : 106, dy: 10.5 });
  first.textContent = title;
  second.textContent = text;
  words.append(first, second);
  return [
    svg('line', { x1, y1, x2, y2, class: `taken ${source === 'estimated' ? 'estimated' : 'given'}` }),
    svg('path', { d: `M${end[0]} ${end[1]}L${x} ${y}`, class: 'leader' }),
    words,
  ];
}

/** The fit map on the live picture, and one garment in two sizes side by side: what is wanted, and what the server says of it. */

/**
 * @typedef {{point: string, sits: import('./net/size.js').Sits, ease_cm: number|null, off_cm: number, at: [number, number]|null}} Region
 * @typedef {{id: string, size: string, closes: boolean, regions: Region[]}} Mapped
 * @typedef {{place: [number, number, number, number], garments: Mapped[]}} Pane
 * @typedef {{body: 'told'|'assumed', scale: {off_cm: number, colour: string}[], panes: Pane[]}} Fit
 * @typedef {{garment: string, sizes: [string, string]}} Compare  as the shopper sees them, left and right
 * @typedef {{point: string, said: Region[], spots: [number, number][]}} Mark  what is said of one place, in each pane, and where
 *   that is, in shares of the picture as it is seen
 * @typedef {import('./state.js').Store} Store
 * @typedef {Readonly<import('./state.js').State>} State
 */

/**
 * @param {string[]} sizes  smallest first @param {string|null} chosen  null: not known yet, the middle ones
 * @returns {[string, string]|null} it and its neighbour, the smaller left
 */
export function pairOf(sizes, chosen) {
  if (sizes.length < 2) return null;
  const found = sizes.indexOf(chosen ?? '');
  const at = found < 0 ? Math.floor((sizes.length - 1) / 2) : found;
  return at + 1 < sizes.length ? [sizes[at], sizes[at + 1]] : [sizes[at - 1], sizes[at]];
}

/** As the server takes them: its left is the shopper's right where the page flips the picture. @param {Compare} compare @param {boolean} mirror */
export const asSent = ({ garment, sizes }, mirror) => ({ garment, sizes: mirror ? [...sizes].reverse() : [...sizes] });

/** @param {number} x  in shares of the picture as sent @param {boolean} mirror @returns {number} as it is seen */
export const seenX = (x, mirror) => (mirror ? 1 - x : x);

/** @param {Fit} fit @param {boolean} mirror @returns {Pane[]} from left to right as they are seen */
export const seenPanes = ({ panes }, mirror) => (mirror ? [...panes].reverse() : panes);

/** @param {Pick<State, 'fit'>} state @returns {boolean} whether the picture is one of two halves: the server says so when it is */
export const isSplit = ({ fit }) => fit?.panes.length === 2;

/** @param {Pick<State, 'fit'|'compare'|'mirror'>} state @returns {boolean} whether the two sizes that are wanted are not seen yet */
export function awaitsPair({ fit, compare, mirror }) {
  if (!compare) return false;
  const seen = fit && isSplit({ fit }) ? seenPanes(fit, mirror) : [];
  return compare.sizes.some((size, half) => !seen[half]?.garments.some((one) => one.id === compare.garment && one.size === size));
}

/**
 * What is written on the picture, from above: of the garment in question, or of the one that is compared, every place that is seen.
 * @param {Pick<State, 'fit'|'compare'|'mirror'|'focus'>} state @returns {Mark[]}
 */
export function marksOf({ fit, compare, mirror, focus }) {
  if (!fit) return [];
  const wanted = compare?.garment ?? focus;
  const worn = seenPanes(fit, mirror).map(({ garments }) => garments.find(({ id }) => id === wanted) ?? garments[garments.length - 1]);
  if (worn.some((one) => !one)) return [];
  const marks = worn[0].regions.map(({ point }) => {
    const said = worn.flatMap(({ regions }) => regions.filter((one) => one.point === point && one.at !== null));
    const spots = said.map(({ at }) => /** @type {[number, number]} */ ([seenX(/** @type {any} */ (at)[0], mirror), /** @type {any} */ (at)[1]]));
    return { point, said, spots };
  });
  return marks.filter(({ said }) => said.length === worn.length).sort((a, b) => heightOf(a) - heightOf(b));
}

/**
 * Where there is no room for all of them: those that are farthest from what the cut intends; the list below has them all.
 * @param {Mark[]} marks @param {number} most @returns {Mark[]} in the same order
 */
export function tellingMost(marks, most) {
  const off = (/** @type {Mark} */ { said }) => Math.max(...said.map(({ off_cm }) => Math.abs(off_cm)));
  const kept = new Set([...marks].sort((a, b) => off(b) - off(a)).slice(0, Math.max(0, most)));
  return marks.filter((mark) => kept.has(mark));
}

/** @param {Mark} mark @returns {number} of the line that tells of it */
export const heightOf = ({ spots }) => spots.reduce((sum, [, y]) => sum + y, 0) / spots.length;

/**
 * Where the lines of a column go: none over another, and together as near to their places as that allows (isotonic regression).
 * @param {number[]} wanted  rising @param {number} gap  from line to line @param {number} low @param {number} high  of first and last
 * @returns {number[]}
 */
export function spaced(wanted, gap, low, high) {
  const most = wanted.length - 1;
  const step = Math.max(0, Math.min(gap, (high - low) / Math.max(1, most)));
  /** @type {{at: number, count: number}[]} lines that touch, where the first of each would be */
  const blocks = [];
  wanted.forEach((place, i) => {
    let block = { at: place - i * step, count: 1 };
    while (blocks.length && blocks[blocks.length - 1].at > block.at) {
      const { at, count } = /** @type {typeof block} */ (blocks.pop());
      block = { at: (at * count + block.at * block.count) / (count + block.count), count: count + block.count };
    }
    blocks.push(block);
  });
  const firsts = blocks.flatMap(({ at, count }) => Array(count).fill(Math.max(low, Math.min(high - most * step, at))));
  return firsts.map((at, i) => at + i * step);
}

export class FitView {
  /** @param {Store} store @param {{map: () => void, compare: () => void}} send  tells the server, if it is there */
  constructor(store, send) {
    this.store = store;
    store.watch(['fitMap'], send.map);
    store.watch(['compare'], send.compare);
    store.watch(['mirror'], ({ compare }) => {
      if (compare) send.compare();
    });
    store.watch(['fitMap', 'compare', 'phase'], ({ fitMap, compare, phase }) => {
      if ((!fitMap && !compare) || phase !== 'live') store.set({ fit: null });
    });
    store.watch(['outfit', 'phase'], ({ outfit, phase, compare }) => {
      const worn = outfit.some(({ id }) => id === compare?.garment);
      if (compare && (!worn || phase === 'idle' || phase === 'failed')) store.set({ compare: null });
    });
  }

  /** @param {boolean} on */
  showMap(on) {
    this.store.set({ fitMap: on });
  }

  /** @param {Compare|null} compare */
  showPair(compare) {
    this.store.set({ compare });
  }

  /** The server's word on how what is worn fits. @param {Fit} fit */
  heard(fit) {
    const { fitMap, compare } = this.store.state;
    if (fitMap || compare) this.store.set({ fit });
  }
}

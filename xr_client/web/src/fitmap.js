/** The fit map on the live picture, and one garment in two sizes side by side: what is wanted, and what the server says of it. */

/**
 * @typedef {{point: string, sits: import('./net/size.js').Sits, ease_cm: number|null, off_cm: number, at: [number, number]|null}} Region
 * @typedef {{id: string, size: string, closes: boolean, regions: Region[]}} Mapped
 * @typedef {{place: [number, number, number, number], garments: Mapped[]}} Pane
 * @typedef {{body: 'told'|'assumed', scale: {off_cm: number, colour: string}[], panes: Pane[]}} Fit
 * @typedef {{garment: string, sizes: [string, string]}} Compare  as the shopper sees them, left and right
 * @typedef {import('./state.js').Store} Store
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

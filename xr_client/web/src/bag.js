/** What the shopper wants to have: the shop's cart, line by line. Prices, stock and sums are the server's; changes the store alone. */

/**
 * @typedef {{amount: number, currency: string}} Money  in cents or fen
 * @typedef {{sku: string, product: string, name: string, colourway: string|null, size: string, quantity: number, available: number,
 *   short: boolean, price: Money|null}} Line
 * @typedef {{lines: Line[], total: Money}} Cart
 * @typedef {{sku: string, colourway: string|null, size: string, price: Money|null, available: number}} Variant
 * @typedef {import('./state.js').Worn} Worn
 */

export const MOST = 20; // of one variant, as the server allows

/** @param {Cart|null} bag @returns {number} pieces in it */
export const piecesIn = (bag) => (bag?.lines ?? []).reduce((sum, { quantity }) => sum + quantity, 0);

/** @param {Money} money @param {string} language @returns {string} as people write it there */
export const priceText = ({ amount, currency }, language) =>
  new Intl.NumberFormat(language, { style: 'currency', currency }).format(amount / 100);

/**
 * What is sold as that which is worn; null where it is not sold, or its size is not known yet.
 * @param {Variant[]|undefined} variants @param {{size: string|null, colourway: string|null}} worn @returns {Variant|null}
 */
export const variantOf = (variants, { size, colourway }) =>
  variants?.find((one) => one.size === size && one.colourway === colourway) ?? null;

/**
 * What is left where a variant is sold out: its size in other colours, and other sizes in its colour.
 * @param {Variant[]} variants @param {Variant} gone @returns {{colourways: (string|null)[], sizes: string[]}}
 */
export function leftBeside(variants, { size, colourway }) {
  const left = variants.filter(({ available }) => available > 0);
  return {
    colourways: left.filter((one) => one.size === size).map((one) => one.colourway),
    sizes: left.filter((one) => one.colourway === colourway).map((one) => one.size),
  };
}

export class Bag {
  /** @param {import('./state.js').Store} store @param {import('./shopper.js').ShopSession} shop */
  constructor(store, shop) {
    this.store = store;
    this.shop = shop;
    /** @type {Promise<unknown>} */
    this.work = Promise.resolve();
    store.addEventListener('change', (event) => {
      const { changed } = /** @type {CustomEvent<{changed: Set<string>}>} */ (event).detail;
      if (changed.has('language')) this.load(); // prices and names follow it
    });
    this.load();
  }

  /** Ask what is in it; nothing is asked for who has no session yet. */
  async load() {
    if (this.shop.token === null) return;
    try {
      const { lines, total } = await this.shop.ask('GET', '/cart');
      this.store.set({ bag: { lines, total } });
    } catch (error) {
      if (/** @type {{code?: string}} */ (error).code === 'token') this.#forgotten();
    }
  }

  /** Ask what of these garments is sold, for how much, and what is left. @param {string[]} ids @throws {Error} */
  async look(ids) {
    const found = await Promise.all(ids.map((id) => this.shop.ask('GET', `/products/${id}`).catch(notSold)));
    this.store.set({ shelf: Object.fromEntries(found.map((one, i) => [ids[i], one?.variants ?? []])) });
  }

  /**
   * Have so many of a variant, 0 for none; one change after the other.
   * @param {string} sku @param {number|((now: number) => number)} quantity  or what to make of the present one
   * @returns {Promise<number>} how many there were; putting that again undoes it @throws {Error} a ShopError or NetError
   */
  put(sku, quantity) {
    const work = this.work.catch(() => {}).then(() => this.#put(sku, quantity));
    this.work = work;
    return work;
  }

  /** @param {string} sku @param {number|((now: number) => number)} quantity @returns {Promise<number>} */
  async #put(sku, quantity) {
    await this.shop.begin();
    try {
      return await this.#change(sku, quantity);
    } catch (error) {
      if (/** @type {{code?: string}} */ (error).code !== 'token') throw error;
      this.#forgotten(); // a session that has expired: its cart went with it
      await this.shop.begin();
      return this.#change(sku, quantity);
    }
  }

  /** @param {string} sku @param {number|((now: number) => number)} quantity @returns {Promise<number>} */
  async #change(sku, quantity) {
    const now = this.store.state.bag?.lines.find((line) => line.sku === sku)?.quantity ?? 0;
    const wanted = typeof quantity === 'number' ? quantity : quantity(now);
    const { lines, total, before } = await this.shop.ask('PUT', `/cart/${sku}`, { quantity: wanted });
    this.shop.remember();
    this.store.set({ bag: { lines, total } });
    return before;
  }

  #forgotten() {
    this.shop.forget();
    this.store.set({ bag: null });
  }
}

/** @param {{code?: string}} error @returns {null} for what the shop does not sell */
function notSold(error) {
  if (error.code !== 'product.unknown') throw error;
  return null;
}

/** The bag: what is worn can be put in, and what is in it counted, changed, taken out and summed up. */
import { MOST, leftBeside, piecesIn, priceText, variantOf } from '../bag.js';
import { ShopError } from '../net/shop.js';
import { clothesOf, sizeOf, thumbnailOf } from '../outfit.js';
import { byId, label, make } from './dom.js';
import { button, iconButton } from './size/parts.js';

/**
 * @typedef {import('../state.js').Store} Store
 * @typedef {import('../state.js').State} State
 * @typedef {import('../bag.js').Line} Line
 * @typedef {import('../i18n/i18n.js').Messages} Messages
 */

export class BagDialog {
  /** @param {Store} store @param {import('../client.js').Client} client @param {Messages} messages */
  constructor(store, client, messages) {
    this.store = store;
    this.bag = client.bag;
    this.messages = messages;
    this.dialog = byId('bag-dialog');
    byId('bag-open').onclick = () => this.open();
    byId('bag-close').onclick = () => this.dialog.close();
    store.watch(['bag', 'language'], ({ bag }) => {
      const count = piecesIn(bag);
      byId('bag-count').textContent = String(count || '');
      byId('bag-count').hidden = count === 0;
      label(byId('bag-open'), messages.t(count ? 'bag.open_of' : 'bag.open', { count }));
    });
    const shown = /** @type {const} */ (['bag', 'shelf', 'language', 'outfit', 'worn', 'others', 'othersWorn', 'person', 'catalogue']);
    store.watch([...shown], () => this.dialog.open && this.#render());
  }

  open() {
    this.say('');
    this.dialog.showModal();
    this.#render();
    byId('bag-title').focus({ preventScroll: true });
    const ids = clothesOf(this.store.state).outfit.map(({ id }) => id);
    this.#try(() => Promise.all([this.bag.load(), this.bag.look(ids)]));
  }

  /** @param {string} text @param {(() => Promise<unknown>)|null} [back] */
  say(text, back = null) {
    const undo = () => {
      this.say('');
      this.#try(async () => back?.());
      byId('bag-title').focus();
    };
    const tools = back ? [button(this.messages.t('bag.undo'), undo, 'pill')] : [];
    byId('bag-said').replaceChildren(...(text ? [make('span', { textContent: text }), ...tools] : []));
  }

  #render() {
    const { messages } = this;
    const { bag } = this.store.state;
    const held = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset?.key;
    const worn = this.#worn();
    const lines = bag?.lines ?? [];
    byId('bag-view').replaceChildren(
      ...(worn.length ? [make('h3', { textContent: messages.t('bag.worn') }), make('ul', { className: 'goods' }, worn)] : []),
      make('h3', { textContent: messages.t('bag.lines') }),
      lines.length
        ? make('ul', { className: 'goods' }, lines.map((line) => this.#line(line)))
        : make('p', { className: 'muted', textContent: messages.t('bag.empty') }),
      ...(bag && lines.length ? [this.#total(bag.total)] : []),
      make('p', { className: 'muted', textContent: messages.t('bag.note') }),
    );
    const same = held && /** @type {HTMLElement|null} */ (this.dialog.querySelector(`[data-key="${CSS.escape(held)}"]`));
    if (same) same.focus(); // redrawing keeps the focus
    else if (held) byId('bag-title').focus();
  }

  /** What is worn and sold, each with a button. @returns {HTMLElement[]} */
  #worn() {
    const { messages } = this;
    const { catalogue, shelf, bag } = this.store.state;
    const { outfit, worn } = clothesOf(this.store.state);
    return outfit.flatMap(({ id, colourway }) => {
      const garment = catalogue.find((one) => one.id === id);
      const colour = colourway ?? garment?.colourways?.[0]?.id ?? null;
      const variant = variantOf(shelf[id], { size: sizeOf(id, outfit, worn), colourway: colour });
      if (!garment || !variant) return [];
      const there = bag?.lines.find(({ sku }) => sku === variant.sku)?.quantity ?? 0;
      const text = variant.available === 0 ? 'bag.sold_out' : there >= Math.min(MOST, variant.available) ? 'bag.all' : 'bag.add';
      const add = button(messages.t(text), () => this.#add(variant.sku, garment.name[messages.language] ?? id), 'primary', {
        disabled: text !== 'bag.add', data: { key: `add-${variant.sku}`, sku: variant.sku },
      });
      const instead = variant.available === 0 ? this.#instead(garment, variant) : '';
      return [this.#row(garment.id, garment.name[messages.language] ?? id, { ...variant, quantity: 1 }, [add], instead)];
    });
  }

  /**
   * Where a variant is sold out: what there is of its size, or else of its colour, in words.
   * @param {import('../state.js').Garment} garment @param {import('../bag.js').Variant} gone @returns {string}
   */
  #instead(garment, gone) {
    const { language } = this.messages;
    const { colourways, sizes } = leftBeside(this.store.state.shelf[garment.id], gone);
    const colours = (garment.colourways ?? []).filter(({ id }) => colourways.includes(id)).map(({ name }) => name[language] ?? name.en);
    const list = new Intl.ListFormat(language).format(colours.length ? colours : sizes);
    return list && this.messages.t(colours.length ? 'bag.other_colours' : 'bag.other_sizes', { size: gone.size, list });
  }

  /** @param {Line} line */
  #line(line) {
    const { messages } = this;
    const { sku, name, quantity, available } = line;
    const put = (/** @type {number} */ count) => this.#try(() => this.bag.put(sku, count));
    const remove = () => this.#try(async () => {
      const before = await this.bag.put(sku, 0);
      this.say(messages.t('bag.removed', { name }), () => this.bag.put(sku, before));
    });
    const step = (/** @type {string} */ text, /** @type {number} */ by, /** @type {boolean} */ disabled) => {
      const one = button(text, () => put(quantity + by), 'round', { disabled, data: { key: `${by}-${sku}` } });
      label(one, messages.t(by > 0 ? 'bag.more' : 'bag.less', { name }));
      return one;
    };
    return this.#row(line.product, name, line, [
      step('−', -1, quantity <= 1),
      make('output', { textContent: String(quantity), attrs: { 'aria-label': messages.t('bag.quantity', { count: quantity }) } }),
      step('+', 1, quantity >= Math.min(MOST, available)),
      iconButton(messages.t('bag.remove', { name }), 'i-bin', remove, { data: { key: `remove-${sku}` } }),
    ], line.short ? messages.t('bag.short', { count: available }) : '');
  }

  /**
   * @param {string} id @param {string} name @param {{size: string, colourway: string|null, price: import('../bag.js').Money|null, quantity: number}} what
   * @param {Node[]} tools @param {string} [warning]
   */
  #row(id, name, { size, colourway, price, quantity }, tools, warning = '') {
    const { language } = this.messages;
    const garment = this.store.state.catalogue.find((one) => one.id === id);
    const colour = garment?.colourways?.find((way) => way.id === colourway)?.name[language];
    const picture = garment && thumbnailOf(garment, [{ id, size, colourway: colourway ?? undefined }]);
    const cost = price ? priceText({ ...price, amount: quantity * price.amount }, language) : this.messages.t('panel.none');
    return make('li', {}, [
      make('img', { alt: '', ...(picture && { src: picture }) }),
      make('div', {}, [
        make('b', { textContent: name }),
        make('span', { textContent: [this.messages.t('wardrobe.size', { size }), colour].filter(Boolean).join(' · ') }),
        make('span', { className: 'price', textContent: cost }),
        ...(warning ? [make('span', { className: 'doubt', textContent: warning })] : []),
      ]),
      make('div', { className: 'goods-tools' }, tools),
    ]);
  }

  /** @param {import('../bag.js').Money} total */
  #total(total) {
    const { messages } = this;
    const sum = make('b', { id: 'bag-total', textContent: priceText(total, messages.language) });
    return make('p', { className: 'total' }, [make('span', { textContent: messages.t('bag.total') }), sum]);
  }

  /** @param {string} sku @param {string} name */
  #add(sku, name) {
    this.#try(async () => {
      const before = await this.bag.put(sku, (now) => now + 1);
      this.say(this.messages.t('bag.added', { name }), () => this.bag.put(sku, before));
    });
  }

  /** @param {() => Promise<unknown>} work  said in words where it fails */
  async #try(work) {
    try {
      await work();
    } catch (error) {
      this.say(error instanceof ShopError ? error.message : this.messages.t('bag.unreachable'));
    }
  }
}

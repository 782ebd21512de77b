/** A closer look at what is worn: three sizes side by side, or the whole outfit from all round. */
import { easeLines, neighbours } from '../closer.js';
import { fetchFit, fetchTurn, fetchView } from '../net/mannequin.js';
import { clothesOf, isUsual, sizeOf } from '../outfit.js';
import { byId, label, make, press } from './dom.js';

/**
 * @typedef {import('../state.js').Store} Store
 * @typedef {import('../client.js').Client} Client
 * @typedef {import('../i18n/i18n.js').Messages} Messages
 * @typedef {import('../net/mannequin.js').Fit} Fit
 */

const FRAMES = 24;
const YAWS = /** @type {Record<string, number>} */ ({ front: 0, side: 90, back: 180 });

export class Closer {
  /** @param {Store} store @param {Client} client @param {Messages} messages */
  constructor(store, client, messages) {
    this.store = store;
    this.client = client;
    this.messages = messages;
    this.dialog = byId('closer');
    this.tab = 'sizes';
    this.side = 'front';
    this.frame = 0;
    /** @type {string[]} addresses of the frames of a turn */
    this.frames = [];
    /** @type {string[]} addresses to let go of */
    this.urls = [];
    /** @type {AbortController|null} */
    this.work = null;
    this.#bind();
  }

  #bind() {
    byId('closer-open').onclick = () => {
      this.tab = 'sizes';
      this.dialog.showModal();
      this.#show();
    };
    this.dialog.addEventListener('close', () => this.#drop());
    for (const button of byId('closer-tabs').querySelectorAll('button')) {
      button.onclick = () => this.#choose({ tab: button.dataset.tab });
    }
    for (const button of byId('closer-sides').querySelectorAll('button')) {
      button.onclick = () => this.#choose({ side: button.dataset.side });
    }
    byId('closer-retry').onclick = () => this.#show();
    const slide = byId('closer-slide');
    slide.oninput = () => this.#look(Number(slide.value));
    this.#bindDrag(byId('closer-turn'));
    this.store.watch(['outfit', 'others', 'person', 'focus', 'phase'], (state) => {
      const { focus, phase } = state;
      byId('closer-open').disabled = !clothesOf(state).outfit.some(({ id }) => id === focus);
      if (this.dialog.open && !['live', 'photo'].includes(phase)) this.dialog.close();
    });
  }

  /** @param {HTMLElement} view  one width is one turn */
  #bindDrag(view) {
    let x = 0;
    view.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      view.setPointerCapture(event.pointerId);
      x = event.clientX;
    });
    view.addEventListener('pointermove', (event) => {
      const steps = Math.trunc(((x - event.clientX) / view.clientWidth) * FRAMES);
      if (!view.hasPointerCapture(event.pointerId) || steps === 0) return;
      x -= (steps * view.clientWidth) / FRAMES;
      this.#look(this.frame + steps);
    });
  }

  /** @param {{tab?: string, side?: string}} patch */
  #choose(patch) {
    Object.assign(this, patch);
    this.#show();
  }

  async #show() {
    this.#drop();
    const work = (this.work = new AbortController());
    const sizes = this.tab === 'sizes';
    for (const button of byId('closer-tabs').querySelectorAll('button')) press(button, button.dataset.tab === this.tab);
    for (const button of byId('closer-sides').querySelectorAll('button')) press(button, button.dataset.side === this.side);
    byId('closer-sizes').hidden = byId('closer-sides').hidden = !sizes;
    byId('closer-round').hidden = sizes;
    byId('closer-failed').hidden = true;
    try {
      await (sizes ? this.#compare(work.signal) : this.#turn(work.signal));
    } catch (error) {
      if (work.signal.aborted) return;
      this.store.emit('odd', error);
      byId('closer-failed').hidden = false;
      byId('closer-progress').hidden = true;
    }
  }

  /** Of the others no body is known. */
  get #chosen() {
    const { state } = this.store;
    const { height_cm, told } = state;
    return { ...clothesOf(state), whose: state.person === 0 ? { height_cm, told } : { height_cm: null, told: null } };
  }

  /** @param {AbortSignal} signal */
  async #compare(signal) {
    const { focus, catalogue } = this.store.state;
    const { outfit, worn, whose } = this.#chosen;
    const garment = catalogue.find(({ id }) => id === focus);
    if (!garment) return;
    byId('closer-title').textContent = garment.name[this.messages.language] ?? garment.id;
    const chosen = sizeOf(garment.id, outfit, worn);
    const cards = neighbours(garment.sizes, chosen).map((size) => ({ size, ...this.#card(size, size === chosen) }));
    byId('closer-sizes').replaceChildren(...cards.map(({ card }) => card));
    const chosenFirst = [...cards].sort((a, b) => Number(b.size === chosen) - Number(a.size === chosen));
    for (const { size, picture } of chosenFirst) { // one by one: the studio draws them so, and the figures are ready sooner
      const dressed = outfit.map((one) => (one.id === garment.id ? { ...one, size } : one));
      picture.src = this.#url(await fetchView(dressed, whose, YAWS[this.side], signal));
    }
    this.#tellFit(await fetchFit(garment.id, whose, signal), cards, chosen);
  }

  /** @param {string} size @param {boolean} chosen */
  #card(size, chosen) {
    const alt = this.messages.t('closer.wearing', { size });
    const picture = make('img', { alt, width: 480, height: 640, draggable: false });
    const ease = make('ul');
    const badge = make('p', { className: 'badge' });
    const button = make('button', { type: 'button', textContent: size });
    label(button, this.messages.t('wardrobe.size', { size }));
    press(button, chosen);
    button.onclick = () => {
      const { focus } = this.store.state;
      if (focus) this.client.fitting.chooseSize(focus, size);
      for (const other of byId('closer-sizes').querySelectorAll('button')) press(other, other === button);
    };
    return { card: make('li', {}, [make('div', { className: 'still' }, [picture]), button, badge, ease]), picture, ease, badge };
  }

  /** @param {Fit} fit @param {{size: string, ease: HTMLElement, badge: HTMLElement}[]} cards @param {string|null} chosen */
  #tellFit({ garment, recommended, sizes }, cards, chosen) {
    const { t } = this.messages;
    const words = t.bind(this.messages);
    const { advice, person } = this.store.state;
    const own = person === 0 ? advice : null;
    const usual = isUsual(garment, this.#chosen.outfit, own) ? chosen : null; // drawn of whom too little is known
    for (const { size, ease, badge } of cards) {
      const found = sizes.find((one) => one.size === size);
      const badgeKey = own?.size && size === recommended ? 'closer.recommended' : size === usual ? 'wardrobe.usual' : null;
      badge.textContent = badgeKey ? words(badgeKey) : '';
      const lines = easeLines(found?.ease_cm ?? {}).map(({ measure, key, cm }) =>
        make('li', { className: key.split('.')[1] }, [
          make('span', { textContent: words(MEASURES[measure]) }),
          make('b', { textContent: words(key, { cm }) }),
        ]),
      );
      ease.replaceChildren(...lines);
    }
  }

  /** @param {AbortSignal} signal */
  async #turn(signal) {
    const { outfit, worn, whose } = this.#chosen;
    byId('closer-title').textContent = this.messages.t('closer.outfit');
    const dressed = outfit.map((one) => ({ ...one, size: sizeOf(one.id, outfit, worn) }));
    this.frame = 0;
    const bar = byId('closer-bar');
    bar.value = 0;
    byId('closer-progress').hidden = false;
    byId('closer-slide').disabled = true;
    for await (const still of fetchTurn(dressed, whose, FRAMES, signal)) {
      this.frames.push(this.#url(still));
      bar.value = this.frames.length;
      if (this.frames.length === 1) this.#look(0);
    }
    byId('closer-progress').hidden = true;
    byId('closer-slide').disabled = false;
  }

  /** @param {number} frame  as far as the turn is drawn */
  #look(frame) {
    if (this.frames.length === 0) return;
    const whole = this.frames.length === FRAMES;
    this.frame = whole ? ((frame % FRAMES) + FRAMES) % FRAMES : Math.min(Math.max(0, frame), this.frames.length - 1);
    byId('closer-turn').src = this.frames[this.frame];
    byId('closer-slide').value = String(this.frame);
  }

  /** @param {Blob} picture */
  #url(picture) {
    const url = URL.createObjectURL(picture);
    this.urls.push(url);
    return url;
  }

  #drop() {
    this.work?.abort();
    this.work = null;
    byId('closer-turn').removeAttribute('src');
    for (const url of this.urls) URL.revokeObjectURL(url);
    this.urls = [];
    this.frames = [];
  }
}

const MEASURES = /** @type {Record<string, string>} */ ({
  chest: 'closer.chest',
  waist: 'closer.waist',
  hip: 'closer.hip',
  thigh: 'closer.thigh',
});

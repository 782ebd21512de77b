/** What the shopper tells of their bodies, and what the server answers: changes the store alone. What fits, the server says. */
import { MAX_BODIES, cleanName, joined, newBody, replaced, told } from './bodies.js';
import { tellsGirths } from './measures.js';
import { postSize } from './net/size.js';

/**
 * @typedef {import('./bodies.js').Body} Body
 * @typedef {import('./bodies.js').Known} Known
 * @typedef {Partial<Pick<Body, 'known'|'sex'|'preference'>>} Edit
 * @typedef {import('./net/size.js').Answer} Answer
 * @typedef {import('./state.js').State} State
 */

export const MAX_QUESTIONS = 4;

/** @param {Pick<State, 'bodies'|'body'>} state @returns {Body|null} the one that is chosen */
export const bodyOf = ({ bodies, body }) => bodies.find(({ id }) => id === body) ?? null;

/**
 * What to ask next: the height, which gives the scale; then what the server says would narrow the size most. Before the first tape
 * whose shapes to compare with, which is a tap, and which the picture needs too.
 * @param {Body|null} body @param {Answer|null} answer @param {string[]} asked  in this dialog @returns {string|null} null: enough
 */
export function nextQuestion(body, answer, asked) {
  if (asked.length >= MAX_QUESTIONS || answer?.verdict === 'sure' || answer?.verdict === 'none fits') return null;
  const open = (/** @type {string} */ name) => !asked.includes(name) && !body?.known.some((one) => one.name === name);
  const next = ['height', ...(answer?.ask ?? ['weight'])].find((name) => name !== 'sex' && open(name)) ?? null;
  if (next === 'height' || next === 'weight') return next;
  return !body?.sex && !asked.includes('kind') ? 'kind' : next;
}

/** @param {Body} body @returns {boolean} whether the server can tell anything of it */
const speaks = ({ known }) => known.some(({ name }) => name !== 'age');

export class Sizing {
  /** @param {import('./state.js').Store} store @param {{ask?: typeof postSize, now?: () => number}} [outside] */
  constructor(store, { ask = postSize, now = Date.now } = {}) {
    this.store = store;
    this.post = ask;
    this.now = now;
    this.turn = 0; // counts questions; a late answer to an earlier one is dropped
    /** @type {Promise<void>} */
    this.work = Promise.resolve();
    store.addEventListener('change', (event) => {
      const { changed } = /** @type {CustomEvent<{changed: Set<string>}>} */ (event).detail;
      if (['focus', 'language', 'person'].some((key) => changed.has(key))) this.refresh();
    });
    this.restore(); // what this browser remembers
  }

  /** The chosen body; there is always one to tell something of. @returns {Body} */
  get body() {
    return bodyOf(this.store.state) ?? newBody(this.store.state.bodies, this.now());
  }

  /** Learn one thing or several. @param {...Known} more @returns {Promise<void>} @throws {Error} and then nothing has changed */
  tell(...more) {
    return this.change((body) => ({ known: more.reduce(told, body.known) }));
  }

  /** As a program tells it, worn at once. @param {...Known} more @returns {Promise<void>} @throws {Error} and then nothing has changed */
  async learn(...more) {
    await this.tell(...more);
    this.apply();
  }

  /** @param {string} name  of a measure that is no longer known */
  forget(name) {
    return this.change((body) => ({ known: body.known.filter((one) => one.name !== name) }));
  }

  /**
   * Change the chosen body once the server has an answer to it; one change after the other.
   * @param {(body: Body) => Edit} edit @returns {Promise<void>} @throws {Error} a MeasureError or NetError, and then nothing has changed
   */
  change(edit) {
    this.work = this.work.catch(() => {}).then(() => this.#change(edit));
    return this.work;
  }

  /** @param {(body: Body) => Edit} edit */
  async #change(edit) {
    const body = { ...this.body, ...edit(this.body), used_ms: this.now() };
    const turn = ++this.turn;
    const advice = speaks(body) ? await this.#ask(body) : null;
    this.#keep(body);
    if (turn === this.turn) this.store.set({ advice });
  }

  /** @param {Body} body  chosen from now on */
  #keep(body) {
    const { bodies } = this.store.state;
    const kept = bodies.some(({ id }) => id === body.id) ? replaced(bodies, body) : [...bodies, body];
    this.store.set({ bodies: kept, body: body.id });
  }

  /** Ask again about the chosen body and the garment in question. */
  async refresh() {
    const turn = ++this.turn;
    const { person } = this.store.state;
    const body = person === 0 ? bodyOf(this.store.state) : null; // of the others nothing is known
    const advice = body && speaks(body) ? await this.#ask(body).catch(() => null) : null;
    if (turn === this.turn) this.store.set({ advice });
  }

  /** From now on the live picture, photos and mannequins have the chosen body. */
  apply() {
    const { known, sex } = this.body;
    const { advice } = this.store.state;
    if (!advice && speaks(this.body)) return; // no answer came: what is worn stays
    const height = advice?.figures.height;
    const tall = known.some(({ name }) => name === 'height') && height;
    this.#dress(tall ? Math.round(height.value) : null, tellsGirths(known) ? { known, sex } : null);
  }

  /** @param {number|null} height_cm @param {State['told']} told */
  #dress(height_cm, told) {
    const same = JSON.stringify(told) === JSON.stringify(this.store.state.told);
    this.store.set({ height_cm, ...(!same && { told }) });
  }

  /** As a program tells it, worn at once. @param {number|null} height_cm  checked; null takes it back */
  setHeight(height_cm) {
    const { body } = this;
    const others = body.known.filter(({ name }) => name !== 'height');
    const known = height_cm === null ? others : told(others, { name: 'height', value: height_cm });
    this.#keep({ ...body, known, used_ms: this.now() });
    this.#dress(height_cm, tellsGirths(known) ? { known, sex: body.sex } : null);
    this.refresh();
  }

  /** Ask, and wear what is answered. */
  async restore() {
    await this.refresh();
    this.apply();
  }

  /** @param {string} id  another body, which is worn at once */
  async choose(id) {
    const body = this.store.state.bodies.find((one) => one.id === id);
    if (!body) throw new RangeError(`no body ${id}`);
    this.#keep({ ...body, used_ms: this.now() });
    await this.restore();
  }

  /** @param {string} name @returns {boolean} whether there was room for one more */
  add(name) {
    const { bodies } = this.store.state;
    if (bodies.length >= MAX_BODIES) return false;
    this.#keep(newBody(bodies, this.now(), { name: cleanName(name) }));
    this.restore();
    return true;
  }

  /** @param {string} id @param {string} name */
  rename(id, name) {
    const { bodies } = this.store.state;
    this.store.set({ bodies: bodies.map((one) => (one.id === id ? { ...one, name: cleanName(name) } : one)) });
  }

  /** @param {string} id  gone until `undo` */
  async remove(id) {
    const { bodies, body } = this.store.state;
    const kept = bodies.filter((one) => one.id !== id);
    this.store.set({ bodies: kept, body: body === id ? (kept[0]?.id ?? null) : body, removed: { bodies, body } });
    await this.restore();
  }

  /** Bring the body that was removed last back. */
  async undo() {
    const { removed } = this.store.state;
    if (!removed) return;
    this.store.set({ ...removed, removed: null });
    await this.restore();
  }

  /** @param {Body[]} more  of a file @returns {ReturnType<typeof joined>} what became of them */
  take(more) {
    const { bodies, body } = this.store.state;
    const taken = joined(bodies, more, this.now());
    this.store.set({ bodies: taken.bodies, body: body ?? taken.bodies[0]?.id ?? null });
    this.restore();
    return taken;
  }

  /** Everything that was told is forgotten here. */
  clear() {
    this.store.set({ bodies: [], body: null, removed: null, advice: null, height_cm: null, told: null });
  }

  /** @param {Body} body @returns {Promise<Answer>} */
  #ask({ known, sex, preference }) {
    const { focus, language } = this.store.state;
    return this.post({ known, sex, preference, garment: focus, language });
  }
}

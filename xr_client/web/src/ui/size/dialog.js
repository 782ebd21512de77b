/** The size dialog: at most four questions, the answer, the shopper's figures and bodies. What fits, the server says. */
import { told } from '../../bodies.js';
import { MeasureError } from '../../net/size.js';
import { bodyOf, nextQuestion } from '../../sizing.js';
import { byId, label, make } from '../dom.js';
import { bodiesView } from './bodies.js';
import { figuresView } from './figures.js';
import { foundView } from './found.js';
import { button } from './parts.js';
import { questionView } from './question.js';
import { resultView } from './result.js';
import { consentView } from './saved.js';
import { Words } from './words.js';

/**
 * @typedef {import('../../bodies.js').Known} Known
 * @typedef {{kind: 'question', name: string, number: number|null} | {kind: 'result'} | {kind: 'figures'} | {kind: 'bodies'}
 *   | {kind: 'found', found: import('./found.js').Found[], clothes_cm: number|null}
 *   | {kind: 'consent', consent: import('../../net/shop.js').ConsentText, body: import('../../bodies.js').Body, name: string}} View
 * @typedef {{known?: Known, sex?: import('../../bodies.js').Sex|null, without?: string, empty?: boolean}} Read
 */

const SCAN_ERRORS = /** @type {Record<string, string>} */ ({
  scan_large: 'scan.file_large',
  scan_format: 'scan.file_format',
  scan_file: 'scan.file_broken',
  scan_body: 'scan.file_body',
  busy: 'size.busy',
});
const CHANGES = /** @type {const} */ (['advice', 'bodies', 'body', 'unit', 'offers', 'saved', 'keep', 'phase']);

export class SizeDialog {
  /** @param {import('../../state.js').Store} store @param {import('../../client.js').Client} client @param {import('../../i18n/i18n.js').Messages} messages */
  constructor(store, client, messages) {
    this.store = store;
    this.client = client;
    this.sizing = client.sizing;
    this.messages = messages;
    this.words = new Words(messages, store.state.unit);
    this.dialog = byId('size-dialog');
    this.keep = true; // as the box is ticked
    this.numbers = false; // whether the table is open
    /** @type {string[]} */
    this.asked = [];
    /** @type {View[]} the newest last */
    this.trail = [];
    /** @type {string|null} the size whose numbers are shown, if not the likeliest */
    this.size = null;
    this.#bind();
  }

  #bind() {
    byId('size-open').onclick = () => this.open();
    byId('size-back').onclick = () => this.back();
    byId('size-close').onclick = () => this.dialog.close();
    this.dialog.addEventListener('close', () => this.sizing.apply());
    this.store.watch([...CHANGES], ({ unit }) => {
      this.words = new Words(this.messages, unit);
      if (this.dialog.open && this.trail.at(-1)?.kind !== 'question') this.#render(false);
    });
    this.store.watch(['bodies', 'body', 'language'], (state) => {
      const chosen = bodyOf(state);
      const name = chosen?.known.length ? this.words.bodyName(chosen, state.bodies) : null;
      const short = name === this.words.t('bodies.me') ? this.words.t('size.mine') : name;
      byId('size-open').querySelector('span').textContent = short ?? this.words.t('size.open');
      label(byId('size-open'), name ? this.words.t('size.open_of', { name }) : this.words.t('size.open'));
    });
    this.store.addEventListener('found', (event) => {
      const { measures, clothes_cm } = /** @type {CustomEvent} */ (event).detail;
      this.open({ kind: 'found', found: measures, clothes_cm });
    });
  }

  /** @param {View} [view]  else what is known, or the first question */
  open(view) {
    this.trail = [];
    this.asked = [];
    this.size = null;
    this.say('');
    if (!this.dialog.open) this.dialog.showModal();
    if (view) this.show(view);
    else if (this.sizing.body.known.length > 0) this.show({ kind: 'result' });
    else this.next();
    this.client.loadOffers();
    this.client.saved.load();
  }

  /** Ask from the beginning; what is known is not asked again. */
  begin() {
    this.asked = [];
    this.next();
  }

  next() {
    const { state } = this.store;
    const name = nextQuestion(bodyOf(state), state.advice, this.asked);
    if (name === null) return this.show({ kind: 'result' });
    this.asked.push(name);
    this.show({ kind: 'question', name, number: this.asked.length });
  }

  /** @param {string} name  of a measure that is typed again, or for the first time */
  correct(name) {
    this.show({ kind: 'question', name, number: null });
  }

  /** @param {string} size  whose numbers are shown */
  look(size) {
    this.size = size;
    this.#render(false);
  }

  /** @param {View} view */
  show(view) {
    if (view.kind === 'result') this.trail = [];
    this.trail.push(view);
    this.#render(true);
  }

  back() {
    const left = this.trail.pop();
    if (left?.kind === 'question' && left.number) this.asked = this.asked.slice(0, left.number - 1);
    if (this.trail.length === 0) this.dialog.close();
    else this.#render(true);
  }

  /** On from a question. */
  skip() {
    const view = this.trail.at(-1);
    if (view?.kind === 'question' && view.number) this.next();
    else this.back();
  }

  /**
   * Tell the server what a question's fields hold, and go on.
   * @param {() => Read} read @returns {Promise<string|null>} what is wrong, in words
   */
  async answer(read) {
    const { known, sex, without, empty } = read();
    if (empty) return this.words.t('ask.empty');
    const complaint = await this.try(() =>
      this.sizing.change((body) => ({
        ...(sex !== undefined && { sex }),
        known: known ? told(body.known, known) : body.known.filter(({ name }) => name !== without),
      })),
    );
    if (complaint !== null) return complaint;
    if (this.store.state.keep === null) this.client.setKeep(this.keep);
    this.skip();
    return null;
  }

  /** @param {() => Promise<void>} work @returns {Promise<string|null>} why the server refused, in words */
  async try(work) {
    try {
      await work();
      return null;
    } catch (error) {
      if (error instanceof MeasureError) return error.message;
      const busy = /** @type {{code?: string}} */ (error).code === 'busy';
      return this.words.t(busy ? 'size.busy' : 'size.unreachable');
    }
  }

  /** A line with what was done, and the way back. @param {string} text @param {(() => unknown)|null} [back] */
  say(text, back = null) {
    const undo = async () => {
      this.say('');
      await back?.();
      byId('size-title').focus();
    };
    const tools = back ? [button(this.words.t('figure.undo'), undo, 'pill')] : [];
    byId('size-said').replaceChildren(...(text ? [make('span', { textContent: text }), ...tools] : []));
  }

  /** @param {string} garment @param {string} size  worn on the live picture, by the chosen body */
  wear(garment, size) {
    this.client.fitting.chooseSize(garment, size);
    this.dialog.close();
  }

  /** Film the shopper from the front and the side; their height gives the scale. */
  measureByCamera() {
    if (!this.sizing.body.known.some(({ name }) => name === 'height')) return this.correct('height');
    this.dialog.close();
    this.client.scanning.begin();
  }

  /** A body scan of the shopper's own. */
  openScanFile() {
    this.chooseFile('.glb,.obj,.ply', async (file) => {
      this.say(this.words.t('scan.reading'));
      try {
        const found = await this.client.scanning.readFile(file);
        this.say('');
        if (found) this.show({ kind: 'found', found, clothes_cm: null });
      } catch (error) {
        this.say(this.words.t(SCAN_ERRORS[/** @type {{code?: string}} */ (error).code ?? ''] ?? 'scan.file_failed'));
      }
    });
  }

  /** @param {string} accept @param {(file: File) => unknown} use */
  chooseFile(accept, use) {
    const input = byId('size-file');
    input.accept = accept;
    input.onchange = () => {
      const [file] = input.files;
      if (file) use(file);
      input.value = ''; // the same file may be chosen again
    };
    input.click();
  }

  /** @param {string} key @returns {HTMLElement|null} */
  find(key) {
    return this.dialog.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }

  redraw() {
    this.#render(false);
  }

  /** @returns {{title: string, nodes: Node[], first?: HTMLElement}} */
  #view() {
    const view = this.trail[this.trail.length - 1];
    if (view.kind === 'question') return questionView(this, view);
    if (view.kind === 'figures') return figuresView(this);
    if (view.kind === 'bodies') return bodiesView(this);
    if (view.kind === 'consent') return consentView(this, view);
    if (view.kind === 'found') return foundView(this, view.found, view.clothes_cm);
    return resultView(this);
  }

  /** @param {boolean} fresh  another view, not the same with other figures */
  #render(fresh) {
    const held = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset?.key;
    const { title, nodes, first } = this.#view();
    const heading = byId('size-title');
    heading.textContent = title;
    byId('size-view').replaceChildren(...nodes);
    byId('size-back').hidden = this.trail.length < 2;
    if (fresh) {
      this.say('');
      this.dialog.scrollTop = 0;
      (first ?? heading).focus({ preventScroll: true });
      if (first instanceof HTMLInputElement) first.select(); // what is typed takes its place
    } else if (held) this.find(held)?.focus(); // redrawing keeps the focus
  }
}

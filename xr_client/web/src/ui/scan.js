/** The guide of a body scan, over the live picture: an outline to stand in, large words, a ring that fills, and a way out. */
import { secondsLeft } from '../scanning.js';
import { Cues, signOf } from './cues.js';
import { byId, make } from './dom.js';
import { standing } from './size/outline.js';
import { segments } from './size/parts.js';

/**
 * @typedef {import('../scanning.js').Scan} Scan
 * @typedef {import('../i18n/i18n.js').Messages} Messages
 */

const RING = 2 * Math.PI * 46; // of the circle on the page
const FAILURES = /** @type {Record<string, string>} */ ({ interrupted: 'scan.interrupted' });

/** @param {import('../state.js').Store} store @param {import('../client.js').Client} client @param {Messages} messages */
export function bindScan(store, client, messages) {
  let clothes = /** @type {import('../scanning.js').Clothes} */ ('fitted');
  const overlay = byId('scan');
  const cues = new Cues();
  byId('scan-figure').replaceChildren(...standing());
  const close = () => {
    client.scanning.cancel();
    cues.hush();
    byId('size-open').focus({ preventScroll: true });
  };
  byId('scan-cancel').onclick = close;
  byId('scan-start').onclick = () => {
    cues.wake();
    client.scanning.start(clothes);
  };
  store.addEventListener('found', () => cues.give('done', messages.t('scan.done'), messages.language));
  overlay.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape') close();
  });
  let shown = /** @type {string|null} */ (null);
  let heard = /** @type {Scan|null} */ (null);
  store.watch(['scan'], ({ scan }) => {
    const sign = heard && scan && signOf(heard, scan);
    if (sign) cues.give(sign, words(scan, messages), messages.language);
    heard = scan;
  });
  store.watch(['scan', 'phase', 'language'], ({ scan, phase }) => {
    const visible = scan !== null && phase === 'live';
    overlay.hidden = !visible;
    document.body.classList.toggle('scanning', visible);
    if (!visible) return void (shown = null);
    show(scan, messages);
    if (scan.step === 'ready' && shown !== 'ready') {
      const cut = /** @type {[typeof clothes, string][]} */ ([['fitted', messages.t('scan.fitted')], ['loose', messages.t('scan.loose')]]);
      const sound = /** @type {['on'|'off', string][]} */ ([['on', messages.t('scan.sound_on')], ['off', messages.t('scan.sound_off')]]);
      byId('scan-choices').replaceChildren(
        choice(messages.t('scan.clothes'), cut, clothes, (value) => (clothes = value)),
        choice(messages.t('scan.sound'), sound, cues.on ? 'on' : 'off', (value) => (cues.on = value === 'on')),
      );
    }
    if (scan.step !== shown && ['ready', 'refused'].includes(scan.step)) byId('scan-start').focus({ preventScroll: true });
    else if (shown === null || shown === 'ready' || shown === 'refused') byId('scan-cancel').focus({ preventScroll: true });
    shown = scan.step;
  });
}

/**
 * @template {string} T
 * @param {string} name @param {[T, string][]} options @param {T} chosen @param {(value: T) => void} choose
 */
function choice(name, options, chosen, choose) {
  return make('div', {}, [make('span', { textContent: name }), segments(name, options, chosen, choose)]);
}

/** @param {Scan} scan @param {Messages} messages */
function show(scan, messages) {
  const resting = scan.step === 'ready' || scan.step === 'refused';
  const overlay = byId('scan');
  overlay.dataset.step = scan.step;
  overlay.classList.toggle('holding', scan.hint === 'hold');
  byId('scan-words').textContent = words(scan, messages);
  byId('scan-ring').hidden = resting;
  byId('scan-choices').hidden = scan.step !== 'ready';
  byId('scan-start').hidden = !resting;
  byId('scan-start').textContent = messages.t(scan.step === 'ready' ? 'scan.start' : 'scan.again');
  byId('scan-arc').style.strokeDasharray = `${RING * scan.progress} ${RING}`;
  byId('scan-count').textContent = String(secondsLeft(scan) ?? '');
  byId('scan-bar').setAttribute('aria-valuenow', String(Math.round(100 * scan.progress)));
}

/** The server's own words; here only what comes before and after. @param {Scan} scan @param {Messages} messages @returns {string} */
function words({ step, hint, say }, messages) {
  if (step === 'ready') return messages.t('scan.ready');
  if (step === 'waiting') return messages.t('scan.waiting');
  return say?.[messages.language] ?? messages.t(FAILURES[hint ?? ''] ?? 'scan.failed');
}

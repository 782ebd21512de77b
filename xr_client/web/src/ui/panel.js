/** Frames and latency, on demand. */
import { arrowKeys, byId, make, press } from './dom.js';

/**
 * @typedef {import('../state.js').State} State
 * @typedef {import('../i18n/i18n.js').Messages} Messages
 */

const STAGES = /** @type {Record<string, string>} */ ({
  pose: 'stage.pose',
  skeleton: 'stage.skeleton',
  drape: 'stage.drape',
  light: 'stage.light',
  render: 'stage.render',
  composite: 'stage.composite',
  total: 'stage.total',
});

const NOTES = { off: 'split.note_off', live: 'split.note_live', synced: 'split.note_synced' };

/**
 * From the camera to the delivered picture where the browser tells when it was filmed; else the sum of the parts that are
 * measured, and one frame interval for the camera. What lens and screen add is not known.
 * @param {Readonly<State>} state @returns {number|null} milliseconds from camera to screen
 */
export function estimatedDelay({ rtt_ms, server, picture }) {
  if (picture?.glass_ms != null) return picture.glass_ms;
  if (rtt_ms === null || !server || !picture?.frames_per_s) return null;
  const { total, ...stages } = server.stage_ms; // total: through the worker and back, the stages overlapping
  const spent_ms = total ?? Object.values(stages).reduce((sum, ms) => sum + ms, 0);
  return rtt_ms + spent_ms + (picture.jitter_buffer_ms ?? 0) + 1000 / picture.frames_per_s;
}

/** @param {Readonly<State>} state @param {Messages} messages @returns {[string, string][]} name and value */
function figures(state, messages) {
  const { rtt_ms, server, picture, signalling, split } = state;
  const t = messages.t.bind(messages);
  const none = t('panel.none');
  const show = (/** @type {string} */ key, /** @type {number|null|undefined} */ value, digits = 0) =>
    value == null ? none : t(key, { value: value.toFixed(digits) });
  const size = picture && { width: picture.width_px, height: picture.height_px, codec: picture.codec ?? '' };
  return [
    [t(split === 'off' ? 'panel.delay' : 'panel.garment_delay'), show('panel.ms', estimatedDelay(state))],
    [t('panel.round_trip'), show('panel.ms', rtt_ms)],
    [t('panel.buffer'), show('panel.ms', picture?.jitter_buffer_ms)],
    [t('panel.received'), show('panel.per_s', picture?.frames_per_s, 1)],
    [t('panel.composed'), show('panel.per_s', server?.fps, 1)],
    [t('panel.dropped'), t('panel.pair', { a: picture?.dropped ?? none, b: server?.dropped ?? none })],
    [t('panel.picture'), size ? t('panel.size', size) : none],
    [t('panel.path'), signalling ? t(signalling === 'https' ? 'panel.https' : 'panel.websocket') : none],
  ];
}

/** @param {Record<string, number>} stage_ms @param {Messages} messages @returns {HTMLElement[]} a bar a stage */
function bars(stage_ms, messages) {
  const longest = Math.max(1, ...Object.values(stage_ms));
  const { total, ...stages } = stage_ms;
  return Object.entries(total === undefined ? stages : { ...stages, total }).map(([name, ms]) => {
    const bar = make('i');
    bar.style.width = `${(100 * ms) / longest}%`;
    const value = messages.t('panel.ms', { value: ms.toFixed(1) });
    const title = STAGES[name] ? messages.t(STAGES[name]) : name;
    return make('li', {}, [make('span', { textContent: title }), make('b', {}, [bar]), make('span', { textContent: value })]);
  });
}

/** @param {Readonly<State>} state @returns {string} key of what the way of composing means for the shopper */
export const splitNote = ({ split, people }) => (split === 'live' && people > 1 ? 'split.note_people' : NOTES[split]);

/** @param {import('../state.js').Store} store @param {import('../client.js').Client} client @param {Messages} messages */
function bindSplit(store, client, messages) {
  const modes = byId('split-modes');
  const buttons = /** @type {HTMLButtonElement[]} */ ([...modes.children]);
  for (const button of buttons) {
    button.onclick = () => client.setSplit(/** @type {import('../state.js').SplitMode} */ (button.dataset.split));
  }
  arrowKeys(modes);
  store.watch(['split', 'people', 'language'], (state) => {
    for (const button of buttons) press(button, button.dataset.split === state.split);
    byId('split-note').textContent = messages.t(splitNote(state));
  });
}

/**
 * @param {import('../state.js').Store} store @param {import('../client.js').Client} client @param {Messages} messages
 */
export function bindPanel(store, client, messages) {
  bindSplit(store, client, messages);
  const button = byId('tool-panel');
  button.onclick = () => store.set({ panel: !store.state.panel });
  store.watch(['panel', 'phase'], ({ panel, phase }) => {
    press(button, panel);
    byId('panel').hidden = !panel || phase !== 'live';
  });
  store.watch(['panel', 'rtt_ms', 'server', 'picture', 'signalling', 'split', 'language'], (state) => {
    if (!state.panel) return;
    const rows = figures(state, messages).map(([name, value]) =>
      make('div', {}, [make('dt', { textContent: name }), make('dd', { textContent: value })]),
    );
    byId('figures').replaceChildren(...rows);
    byId('stages').replaceChildren(...bars(state.server?.stage_ms ?? {}, messages));
  });
}

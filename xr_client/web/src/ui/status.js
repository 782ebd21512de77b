/** One line that says how it stands, and one that helps the shopper to stand right. */
import { awaitsPair } from '../fitmap.js';
import { clothesOf, sizeOf } from '../outfit.js';
import { byId } from './dom.js';

const STATUS = /** @type {Record<string, string>} */ ({
  idle: 'status.idle',
  asking: 'status.asking',
  connecting: 'status.connecting',
  live: 'status.live',
  reconnecting: 'status.reconnecting',
  photo: 'status.photo',
  failed: 'status.failed',
});
const HINTS = /** @type {Record<string, string>} */ ({
  choose: 'hint.choose',
  fitting: 'hint.fitting',
  step_back: 'hint.step_back',
  come_closer: 'hint.come_closer',
  nobody: 'hint.nobody',
  more_light: 'hint.more_light',
  covered: 'hint.covered',
  silent: 'hint.silent',
  own_top: 'hint.own_top',
  own_trousers: 'hint.own_trousers',
});
const TOLD = [HINTS.own_top, HINTS.own_trousers]; // goes after a while, though it still holds
const LOOKS = { moving: 'hint.moving', drag: 'hint.drag' };
const NOTICES = /** @type {Record<string, string>} */ ({
  refused: 'notice.refused',
  interrupted: 'notice.interrupted',
  no_past: 'notice.no_past',
  measure: 'notice.measure',
  no_split: 'notice.no_split',
});

/** @param {Readonly<import('../state.js').State>} state @returns {string} key */
export function statusKey({ phase, source, photoBusy }) {
  if (phase === 'live' && source === 'demo') return 'status.demo';
  if (phase === 'photo' && photoBusy) return 'status.photo_busy';
  return STATUS[phase];
}

/** @param {Readonly<import('../state.js').State>} state @returns {string|null} key */
export function hintKey(state) {
  const { phase, hint, notice, silent, person, look, wantedLook, yaw_deg } = state;
  const { outfit, worn } = clothesOf(state);
  if (notice) return NOTICES[notice] ?? null;
  if (phase === 'live' && silent) return HINTS.silent;
  if (phase === 'live' && look !== wantedLook) return LOOKS.moving;
  if (phase === 'live' && look !== 'mirror') return yaw_deg === 0 ? LOOKS.drag : null;
  if (phase === 'live' && hint) return HINTS[hint] ?? null;
  if ((phase === 'live' || phase === 'photo') && outfit.length === 0) return HINTS.choose;
  if (phase === 'live' && awaitsPair(state)) return HINTS.fitting;
  if (phase === 'live' && person === 0 && outfit.some(({ id }) => sizeOf(id, outfit, worn) === null)) return HINTS.fitting;
  return null;
}

/** @param {import('../state.js').Store} store @param {import('../i18n/i18n.js').Messages} messages */
export function bindStatus(store, messages) {
  store.watch(['phase', 'source', 'photoBusy', 'language'], (state) => {
    byId('status').textContent = messages.t(statusKey(state));
  });
  const shown = /** @type {const} */ ([
    'phase', 'hint', 'notice', 'silent', 'outfit', 'worn', 'others', 'person', 'look', 'wantedLook', 'yaw_deg', 'language',
    'compare', 'fit', 'mirror',
  ]);
  store.watch([...shown], (state) => {
    const key = hintKey(state);
    byId('hint').hidden = key === null;
    byId('hint').classList.toggle('late', key === HINTS.fitting || key === LOOKS.moving); // most are done before it shows
    byId('hint').classList.toggle('told', key !== null && TOLD.includes(key));
    byId('hint').textContent = key === null ? '' : messages.t(key);
  });
}

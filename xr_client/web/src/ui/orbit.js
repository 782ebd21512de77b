/** The stage as a turntable: drag or arrow keys walk round the avatar; a bar below replays and leads back. */
import { PITCH_DEG, dragged, onCircle } from '../orbit.js';
import { byId, press } from './dom.js';

const STEP_DEG = 15;
const NOD_STEP_DEG = 5;
const SIDES = /** @type {const} */ (['orbit.front', 'orbit.left', 'orbit.back', 'orbit.right']);

/** @param {number} yaw_deg @returns {typeof SIDES[number]} key of the side that is seen */
export function sideOf(yaw_deg) {
  return SIDES[Math.round(onCircle(yaw_deg) / 90) % 4];
}

/**
 * @param {import('../state.js').Store} store @param {import('../client.js').Client} client
 * @param {import('../i18n/i18n.js').Messages} messages
 */
export function bindOrbit(store, client, messages) {
  const pad = byId('orbit-pad');
  const { orbit } = client;
  byId('tool-orbit').onclick = () => {
    orbit.show('orbit');
    pad.focus({ preventScroll: true });
  };
  byId('orbit-back').onclick = () => leave();
  byId('orbit-replay').onclick = () => orbit.show(store.state.wantedLook === 'replay' ? 'orbit' : 'replay');
  byId('orbit-slow').onclick = () => orbit.setSlow(!store.state.slow);
  let leaving = false; // the focus goes back to where it came from as soon as that is shown again
  const leave = () => {
    leaving = true;
    orbit.show('mirror');
  };
  dragging(pad, store, orbit);
  byId('stage').addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key === 'Escape' && store.state.wantedLook !== 'mirror') leave();
  });
  pad.addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    const next = stepped(event.key, store.state);
    if (!next) return;
    event.preventDefault();
    orbit.turn(next);
  });
  store.watch(['look', 'wantedLook', 'phase'], ({ look, wantedLook, phase }) => {
    const away = phase === 'live' && (look !== 'mirror' || wantedLook !== 'mirror');
    document.body.classList.toggle('orbiting', away);
    pad.hidden = byId('orbit-bar').hidden = !away;
    byId('orbit-bar').setAttribute('aria-busy', String(look !== wantedLook));
    press(byId('orbit-replay'), wantedLook === 'replay');
    byId('orbit-slow').hidden = wantedLook !== 'replay';
    if (leaving && !away) byId('tool-orbit').focus({ preventScroll: true });
    leaving &&= away;
  });
  store.watch(['slow'], ({ slow }) => press(byId('orbit-slow'), slow));
  store.watch(['yaw_deg', 'language'], ({ yaw_deg }) => {
    pad.setAttribute('aria-valuenow', String(Math.round(onCircle(yaw_deg))));
    pad.setAttribute('aria-valuetext', messages.t(sideOf(yaw_deg)));
  });
}

/**
 * @param {string} key @param {{yaw_deg: number, pitch_deg: number, mirror: boolean}} from
 * @returns {{yaw_deg: number, pitch_deg: number}|null} where a key leads
 */
export function stepped(key, { yaw_deg, pitch_deg, mirror }) {
  const turn = { ArrowRight: STEP_DEG, ArrowLeft: -STEP_DEG }[key];
  const nod = { ArrowUp: NOD_STEP_DEG, ArrowDown: -NOD_STEP_DEG }[key];
  if (turn) return { yaw_deg: onCircle(yaw_deg + (mirror ? -turn : turn)), pitch_deg };
  if (nod) return { yaw_deg, pitch_deg: Math.min(PITCH_DEG.max, Math.max(PITCH_DEG.min, pitch_deg + nod)) };
  if (key === 'Home') return { yaw_deg: 0, pitch_deg: PITCH_DEG.start };
  return key === 'End' ? { yaw_deg: 180, pitch_deg } : null;
}

/** @param {HTMLElement} pad @param {import('../state.js').Store} store @param {import('../orbit.js').Orbit} orbit */
function dragging(pad, store, orbit) {
  /** @type {{id: number, x: number, y: number}|null} */
  let held = null;
  pad.addEventListener('pointerdown', ({ pointerId, clientX, clientY }) => {
    pad.setPointerCapture(pointerId);
    held = { id: pointerId, x: clientX, y: clientY };
  });
  pad.addEventListener('pointermove', ({ pointerId, clientX, clientY }) => {
    if (held?.id !== pointerId) return;
    const moved = { x: (clientX - held.x) / pad.clientWidth, y: (clientY - held.y) / pad.clientHeight };
    orbit.turn(dragged(store.state, moved, store.state.mirror));
    held = { id: pointerId, x: clientX, y: clientY };
  });
  for (const end of ['pointerup', 'pointercancel']) pad.addEventListener(end, () => (held = null));
}

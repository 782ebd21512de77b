/** Looking from elsewhere: round one's own avatar, or at the last two seconds again, over the live stream. */

/**
 * @typedef {import('./state.js').Store} Store
 * @typedef {'mirror'|'orbit'|'replay'} Mode
 * @typedef {{mode: Mode, yaw_deg: number, pitch_deg: number, speed: number}} Look
 */

export const PITCH_DEG = Object.freeze({ min: -10, max: 60, start: 6 });
export const SLOW = 0.35;
const SEND_EVERY_MS = 50;
const WAIT_MS = 2500; // the server's first picture from elsewhere takes some tenths of a second
const TURN_DEG = 360; // over the width of the stage
const NOD_DEG = 70; // over its height

/** @param {number} yaw_deg @returns {number} the same direction, 0 to 360 */
export const onCircle = (yaw_deg) => ((yaw_deg % 360) + 360) % 360;

/**
 * Where a drag leads: what is under the finger follows it.
 * @param {{yaw_deg: number, pitch_deg: number}} from @param {{x: number, y: number}} moved  in shares of the stage
 * @param {boolean} mirrored  the picture is flipped @returns {{yaw_deg: number, pitch_deg: number}}
 */
export function dragged({ yaw_deg, pitch_deg }, { x, y }, mirrored) {
  const turn = (mirrored ? 1 : -1) * TURN_DEG * x;
  const nod = Math.min(PITCH_DEG.max, Math.max(PITCH_DEG.min, pitch_deg + NOD_DEG * y));
  return { yaw_deg: onCircle(yaw_deg + turn), pitch_deg: nod };
}

export class Orbit {
  /** @param {Store} store @param {(look: Look) => void} send  to the server, if there is one */
  constructor(store, send) {
    this.store = store;
    this.send = send;
    this.sent_ms = -Infinity;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.waiting = undefined;
  }

  /** @param {Mode} mode */
  show(mode) {
    const fresh = this.store.state.wantedLook === 'mirror';
    this.store.set({ wantedLook: mode, ...(fresh ? { yaw_deg: 0, pitch_deg: PITCH_DEG.start } : {}) });
    this.#now();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#settle(), WAIT_MS);
  }

  /** @param {{yaw_deg: number, pitch_deg: number}} view */
  turn({ yaw_deg, pitch_deg }) {
    if (this.store.state.wantedLook === 'mirror') return;
    if (this.store.set({ yaw_deg: onCircle(yaw_deg), pitch_deg })) this.#soon();
  }

  /** @param {boolean} slow */
  setSlow(slow) {
    if (this.store.set({ slow })) this.#now();
  }

  /** @param {Mode} look  what the server shows */
  shown(look) {
    this.store.set({ look });
    if (look === this.store.state.wantedLook) clearTimeout(this.waiting);
  }

  /** The connection is gone: whoever comes back begins before the mirror. */
  reset() {
    clearTimeout(this.timer);
    clearTimeout(this.waiting);
    this.timer = undefined;
    this.store.set({ look: 'mirror', wantedLook: 'mirror' });
  }

  /** What was asked for did not come. */
  #settle() {
    const { look, wantedLook } = this.store.state;
    if (look !== wantedLook) this.store.set({ wantedLook: look });
    if (wantedLook === 'replay' && look === 'orbit') this.store.emit('no_past', null);
  }

  #soon() {
    if (this.timer !== undefined) return; // the newest angle goes out then
    const wait_ms = Math.max(0, this.sent_ms + SEND_EVERY_MS - performance.now());
    this.timer = setTimeout(() => this.#now(), wait_ms);
  }

  #now() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sent_ms = performance.now();
    const { wantedLook, yaw_deg, pitch_deg, slow } = this.store.state;
    this.send({ mode: wantedLook, yaw_deg, pitch_deg, speed: slow ? SLOW : 1 });
  }
}

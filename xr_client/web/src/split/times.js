/**
 * Which of the page's own pictures a returned one belongs to.
 *
 * A returned picture keeps the RTP timestamp of its camera picture, less a random origin; the page's own pictures have the
 * camera's clock. The two differ by a constant for as long as camera and connection last. It is learnt from the capture
 * times that travel with the pictures (abs-capture-time): these are right to some milliseconds, the constant to half of one.
 */

const WRAP = 2 ** 32;
const TICKS_PER_MS = 90;
const NTP_EPOCH_MS = 2_208_988_800_000;
const NEAR_MS = 12; // a capture time points at a picture no farther away
const SAME_MS = 4; // a known constant does so, with room for rounding
const AGREE_MS = 3; // pictures that are one frame apart never do
const LEARN_FROM = 15; // pairs; the constant is their median …
const LEAST_PAIRS = 5; // … once so many agree

/** @param {number} ticks @param {number} origin @returns {number} signed way from `origin`, over the wrap of 32 bits */
const since = (ticks, origin) => ((((ticks - origin) % WRAP) + 1.5 * WRAP) % WRAP) - 0.5 * WRAP;

/**
 * When a picture was taken, on the page's clock; null where the browser does not tell.
 * @param {Iterable<any>} sources  RTCRtpSynchronizationSource @param {number} rtp  of the picture
 * @param {number} timeOrigin_ms  performance.timeOrigin @returns {number|null}
 */
export function capturedAt(sources, rtp, timeOrigin_ms) {
  const [source] = sources;
  if (source?.captureTimestamp == null || source.rtpTimestamp == null) return null;
  return source.captureTimestamp + since(rtp, source.rtpTimestamp) / TICKS_PER_MS - NTP_EPOCH_MS - timeOrigin_ms;
}

/** @template {{media_ms: number, taken_ms: number}} Own  one picture of the own camera: its clock, and the page's */
export class Times {
  constructor() {
    /** @type {Own[]} oldest first */
    this.own = [];
    this.reset();
  }

  /** The camera or the connection is another. */
  reset() {
    this.own.length = 0;
    /** @type {number[]} */
    this.pairs = [];
    /** @type {number|null} */
    this.origin = null;
    /** @type {number|null} milliseconds from the camera's clock to RTP's */
    this.apart_ms = null;
  }

  /** @param {Own} picture @param {number} most  are remembered @returns {Own[]} those that are forgotten */
  add(picture, most) {
    this.own.push(picture);
    return this.own.splice(0, Math.max(0, this.own.length - most));
  }

  /** @returns {Own|null} the newest */
  get newest() {
    return this.own.at(-1) ?? null;
  }

  /**
   * @param {number} rtp  of a returned picture @param {number|null} captured_ms  see `capturedAt`
   * @returns {Own|null} the own picture that it was made of; null while nobody knows, or if it is forgotten
   */
  match(rtp, captured_ms) {
    this.origin ??= rtp;
    const at_ms = since(rtp, this.origin) / TICKS_PER_MS;
    if (captured_ms !== null) this.#learn(at_ms, captured_ms);
    if (this.apart_ms === null) return null;
    const media_ms = at_ms - this.apart_ms;
    const nearest = this.#nearest((own) => Math.abs(own.media_ms - media_ms));
    return nearest && Math.abs(nearest.media_ms - media_ms) <= SAME_MS ? nearest : null;
  }

  /** @param {number} at_ms @param {number} captured_ms */
  #learn(at_ms, captured_ms) {
    const likely = this.#nearest((own) => Math.abs(own.taken_ms - captured_ms));
    if (!likely || Math.abs(likely.taken_ms - captured_ms) > NEAR_MS) return;
    this.pairs.push(at_ms - likely.media_ms);
    if (this.pairs.length > LEARN_FROM) this.pairs.shift();
    const median = [...this.pairs].sort((a, b) => a - b)[this.pairs.length >> 1];
    const agree = this.pairs.filter((pair) => Math.abs(pair - median) <= AGREE_MS).length;
    if (agree >= LEAST_PAIRS && 2 * agree > this.pairs.length) this.apart_ms = median;
  }

  /** @param {(own: Own) => number} away @returns {Own|null} */
  #nearest(away) {
    return this.own.reduce((best, own) => (best && away(best) <= away(own) ? best : own), /** @type {Own|null} */ (null));
  }
}

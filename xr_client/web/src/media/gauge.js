/** How many pictures a second arrive on the screen. */

const WINDOW_MS = 2000;

export class FrameGauge {
  /** @type {number[]} */
  #times = [];

  /** @param {number} now_ms  when a frame was shown */
  count(now_ms) {
    this.#times.push(now_ms);
    this.#forget(now_ms);
  }

  /** @param {number} now_ms @returns {number} frames per second over the last two seconds */
  rate(now_ms) {
    this.#forget(now_ms);
    const [first] = this.#times;
    const last = this.#times.at(-1);
    if (first === undefined || last === undefined || last === first) return 0;
    return (1000 * (this.#times.length - 1)) / (last - first);
  }

  /** @param {number} now_ms */
  #forget(now_ms) {
    while (this.#times.length > 0 && now_ms - this.#times[0] > WINDOW_MS) this.#times.shift();
  }
}

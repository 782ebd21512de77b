/** When to try again. */

export const MAX_ATTEMPTS = 30; // two minutes and more: so long the server remembers
const BASE_MS = [0, 300, 300, 500, 500, 500, 500, 500, 500, 1000, 1500, 2000, 3000];
const JITTER_MS = 500;
const QUICK_MS = 1500;
const PATIENT_MS = 4000;

/**
 * The wait before attempt number `attempt` (0 = the first), with jitter from the third on, so that a thousand
 * shoppers do not come back in the same moment.
 * @param {number} attempt @param {() => number} [rand] @returns {number|null} milliseconds, null = give up
 */
export function reconnectDelayMs(attempt, rand = Math.random) {
  if (attempt >= MAX_ATTEMPTS) return null;
  return BASE_MS[Math.min(attempt, BASE_MS.length - 1)] + (attempt > 1 ? rand() * JITTER_MS : 0);
}

/**
 * How long attempt number `attempt` may take to open signalling. While the network is gone an attempt only waits for
 * its packets to be repeated, each time twice as long: a new one notices sooner that it is back. Every third is
 * patient, for networks that are there but slow.
 * @param {number} attempt @returns {number} milliseconds
 */
export function patienceMs(attempt) {
  return attempt % 3 === 0 ? PATIENT_MS : QUICK_MS;
}

/**
 * Wait, or less: `wake` (an EventTarget's event such as `online`) ends it at once.
 * @param {number} ms @param {EventTarget} wake @param {string} event @returns {Promise<void>}
 */
export function waitOr(ms, wake, event) {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      wake.removeEventListener(event, done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    wake.addEventListener(event, done);
  });
}

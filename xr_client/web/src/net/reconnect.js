/** When to try again. */

export const MAX_ATTEMPTS = 30; // two minutes and more: so long the server remembers
const BASE_MS = [0, 300, 600, 1200, 2000, 3000];

/**
 * The wait before attempt number `attempt` (0 = the first), with up to a second of jitter from the third on,
 * so that a thousand shoppers do not come back in the same moment.
 * @param {number} attempt @param {() => number} [rand] @returns {number|null} milliseconds, null = give up
 */
export function reconnectDelayMs(attempt, rand = Math.random) {
  if (attempt >= MAX_ATTEMPTS) return null;
  return BASE_MS[Math.min(attempt, BASE_MS.length - 1)] + (attempt > 1 ? rand() * 1000 : 0);
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

/** Measuring the shopper: by the live camera from the front and the side, or from the file of a body scan. */
import { postScan } from './net/scan.js';
import { bodyOf } from './sizing.js';

/**
 * @typedef {import('./ui/size/found.js').Found} Found
 * @typedef {'front'|'side'|'done'|'refused'|'cancelled'} Step
 * @typedef {{step: 'ready'|'waiting'|Step, hint: string|null, say: Record<string, string>|null, progress: number}} Scan
 * @typedef {'fitted'|'loose'} Clothes
 */

const READY = /** @type {Scan} */ ({ step: 'ready', hint: null, say: null, progress: 0 });
export const VIEW_S = 5; // how long each side is measured, about

export class Scanning {
  /**
   * @param {import('./state.js').Store} store
   * @param {{send: (wish: object) => void, start: () => Promise<void>, look: () => void, token: () => Promise<string|null>}} outside
   */
  constructor(store, outside) {
    this.store = store;
    this.outside = outside;
    store.watch(['phase'], ({ phase, scan }) => {
      if (scan && scan.step !== 'ready' && phase !== 'live') store.set({ scan: phase === 'reconnecting' ? refusedFor('interrupted') : null });
      else if (scan && phase === 'failed') store.set({ scan: null });
    });
  }

  /** To the mirror, and what to do there. */
  begin() {
    this.store.set({ scan: READY });
    if (this.store.state.phase === 'live') this.outside.look();
    else this.outside.start();
  }

  /** @param {Clothes} clothes */
  start(clothes) {
    const { phase, height_cm } = this.store.state;
    const typed = bodyOf(this.store.state)?.known.find(({ name }) => name === 'height')?.source;
    const height_source = typed === 'measured' ? typed : 'tape'; // what a teller adds has been taken off already
    if (phase !== 'live' || height_cm === null) return;
    this.outside.look();
    this.store.set({ scan: { ...READY, step: 'waiting' } });
    this.outside.send({ action: 'start', height_cm, height_source, clothes });
  }

  /** The camera goes on; what was seen for the scan is forgotten. */
  cancel() {
    const { scan } = this.store.state;
    if (scan && ['waiting', 'front', 'side'].includes(scan.step)) this.outside.send({ action: 'cancel' });
    this.store.set({ scan: null });
  }

  /** @param {{step: Step, hint: string|null, say: Record<string, string>, progress: number, measures: Found[], clothes_cm: number|null}} message  of the server */
  heard({ step, hint, say, progress, measures, clothes_cm }) {
    if (!this.store.state.scan) return; // it was cancelled here
    this.store.set({ scan: step === 'done' || step === 'cancelled' ? null : { step, hint, say, progress } });
    if (step === 'done') this.store.emit('found', { measures, clothes_cm });
  }

  /** @param {File} file @returns {Promise<Found[]|null>} null: the shopper did not agree @throws {import('./net/errors.js').NetError} */
  async readFile(file) {
    const token = await this.outside.token();
    return token === null ? null : postScan(file, this.store.state.height_cm, token);
  }
}

/** @param {string} hint @returns {Scan} */
const refusedFor = (hint) => ({ step: 'refused', hint, say: null, progress: 0 });

/** @param {Scan} scan @returns {number|null} seconds that are still to be measured from this side, where it measures */
export function secondsLeft({ step, hint, progress }) {
  if (hint !== 'hold' || (step !== 'front' && step !== 'side')) return null;
  const end = step === 'front' ? 0.5 : 1;
  return Math.max(1, Math.ceil((end - progress) * 2 * VIEW_S));
}

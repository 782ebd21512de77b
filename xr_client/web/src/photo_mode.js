/** A still picture instead of a camera; it lives in this page's memory until the mode is left. */
import { NetError } from './net/errors.js';
import { postPhoto } from './net/api.js';
import { preparePhoto } from './media/photo.js';

export class PhotoMode {
  /** @param {import('./state.js').Store} store @param {import('./tokens.js').Tokens} tokens */
  constructor(store, tokens) {
    this.store = store;
    this.tokens = tokens;
    /** @type {Blob|null} */
    this.original = null;
    /** @type {AbortController|null} */
    this.request = null;
  }

  /** @param {Blob} file @returns {Promise<void>} @throws {PhotoError|NetError} */
  async open(file) {
    const request = this.#begin();
    const original = await preparePhoto(file);
    if (request.signal.aborted) return;
    this.original = original;
    this.store.set({ photo: original });
    await this.dress();
  }

  /** Show the photo in the present outfit; an earlier request that still runs is dropped. @throws {NetError} */
  async dress() {
    const { original, store } = this;
    if (!original) return;
    const request = this.#begin();
    const { outfit } = store.state;
    try {
      const picture = outfit.length === 0 ? original : await this.#post(original, request.signal);
      if (!request.signal.aborted) store.set({ photo: picture });
    } catch (error) {
      if (!request.signal.aborted) throw error;
    } finally {
      if (this.request === request) store.set({ photoBusy: false });
    }
  }

  close() {
    this.request?.abort();
    this.request = null;
    this.original = null;
    this.store.set({ photo: null, photoBusy: false });
  }

  #begin() {
    this.request?.abort();
    this.request = new AbortController();
    this.store.set({ photoBusy: true });
    return this.request;
  }

  /** @param {Blob} original @param {AbortSignal} signal @returns {Promise<Blob>} */
  async #post(original, signal) {
    const { outfit, height_cm } = this.store.state;
    try {
      return await postPhoto(original, outfit, height_cm, await this.tokens.forRequest(), signal);
    } catch (error) {
      if (!(error instanceof NetError && error.code === 'token')) throw error;
      return postPhoto(original, outfit, height_cm, await this.tokens.forRequest(true), signal);
    }
  }
}

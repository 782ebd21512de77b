/** Session tokens: each seats the shopper once, so every new connection asks for a fresh one. */
import { postConsent } from './net/api.js';

const SHARE_OF_LIFE = 0.9;

export class Tokens {
  /**
   * @param {{token: string|null, spent: () => void}} join  the one-time token of the shop's link
   * @param {() => boolean} adult  as the shopper said
   */
  constructor(join, adult) {
    this.join = join;
    this.adult = adult;
    /** @type {{token: string, until_ms: number, seated: boolean}|null} */
    this.last = null;
    /** @type {Promise<void>|null} */
    this.pending = null;
  }

  /** @returns {Promise<string>} a token that has seated nobody @throws {NetError} */
  async forSeat() {
    await this.pending?.catch(() => {});
    if (!this.#usable() || this.last?.seated) await this.#fetch();
    const last = /** @type {{token: string, seated: boolean}} */ (this.last);
    last.seated = true;
    return last.token;
  }

  /** @param {boolean} [fresh]  the last one was refused @returns {Promise<string>} any good token @throws {NetError} */
  async forRequest(fresh = false) {
    if (fresh || !this.#usable()) await this.#fetch();
    return /** @type {{token: string}} */ (this.last).token;
  }

  #usable() {
    return this.last !== null && performance.now() < this.last.until_ms;
  }

  /** Who asks while an answer is on its way gets the same one. */
  #fetch() {
    this.pending ??= this.#post().finally(() => {
      this.pending = null;
    });
    return this.pending;
  }

  async #post() {
    const { token, expires_s } = await postConsent({ adult: this.adult(), join: this.join.token });
    this.join.spent();
    this.last = { token, until_ms: performance.now() + 1000 * SHARE_OF_LIFE * expires_s, seated: false };
  }
}

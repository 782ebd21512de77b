/** Bodies on the shop's server: kept there only on request, after a text of its own, and deleted there when the shopper says so. */
import { askShop } from './net/shop.js';

/**
 * @typedef {import('./net/shop.js').SavedBody} SavedBody
 * @typedef {import('./bodies.js').Body} Body
 */

export class SavedBodies {
  /** @param {import('./state.js').Store} store @param {import('./storage.js').Memory} memory @param {typeof askShop} [ask] */
  constructor(store, memory, ask = askShop) {
    this.store = store;
    this.memory = memory;
    this.ask = ask;
    this.token = memory.loadToken();
  }

  /** Ask what is kept; nothing is asked for who never kept anything. */
  async load() {
    if (this.token === null) return;
    try {
      this.store.set({ saved: (await this.#own('GET', '/bodies')).bodies });
    } catch (error) {
      if (/** @type {{code?: string}} */ (error).code !== 'token') return; // asked again the next time
      this.token = null; // forgotten there
      this.store.set({ saved: [] });
    }
  }

  /** @returns {Promise<import('./net/shop.js').ConsentText>} what is to be agreed to @throws {Error} */
  async consent() {
    this.token ??= (await this.ask('POST', '/shop/session', { language: this.store.state.language })).token;
    const { consents } = await this.#own('GET', '/consents');
    return consents.find((/** @type {{purpose: string}} */ { purpose }) => purpose === 'bodies');
  }

  /** @param {Body} body @param {string} name @param {string} text_version  that the shopper agreed to @throws {Error} */
  async keep({ known, sex }, name, text_version) {
    await this.#own('PUT', '/consents/bodies', { text_version });
    const there = this.store.state.saved.find((one) => one.name === name);
    await this.#own(there ? 'PUT' : 'POST', there ? `/bodies/${there.id}` : '/bodies', { name, known, ...(sex && { sex }) });
    this.memory.saveToken(/** @type {string} */ (this.token));
    await this.load();
  }

  /** With the last one the consent goes too. @param {string} id @throws {Error} */
  async remove(id) {
    await this.#own('DELETE', `/bodies/${id}`);
    if (this.store.state.saved.every((one) => one.id === id)) await this.#own('DELETE', '/consents/bodies');
    await this.load();
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  #own(method, path, body) {
    return this.ask(method, path, { language: this.store.state.language, token: this.token, body });
  }
}

/** Whom the shop's server takes this shopper for: a token, asked for when something is to be kept, remembered where the shopper allows it. */
import { askShop } from './net/shop.js';

export class ShopSession {
  /** @param {import('./state.js').Store} store @param {import('./storage.js').Memory} memory @param {typeof askShop} [ask] */
  constructor(store, memory, ask = askShop) {
    this.store = store;
    this.memory = memory;
    this.post = ask;
    this.token = memory.loadToken();
  }

  /** From now on there is one. @throws {Error} */
  async begin() {
    this.token ??= (await this.post('POST', '/shop/session', { language: this.store.state.language })).token;
  }

  /** A later visit finds what was kept. */
  remember() {
    if (this.token !== null) this.memory.saveToken(this.token);
  }

  /** The server has forgotten it. */
  forget() {
    this.token = null;
  }

  /** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} @throws {Error} */
  ask(method, path, body) {
    return this.post(method, path, { language: this.store.state.language, token: this.token, body });
  }
}

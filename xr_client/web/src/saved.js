/** Bodies on the shop's server: kept there only on request, after a text of its own, and deleted there when the shopper says so. */

/**
 * @typedef {import('./net/shop.js').SavedBody} SavedBody
 * @typedef {import('./bodies.js').Body} Body
 */

export class SavedBodies {
  /** @param {import('./state.js').Store} store @param {import('./shopper.js').ShopSession} shop */
  constructor(store, shop) {
    this.store = store;
    this.shop = shop;
  }

  /** Ask what is kept; nothing is asked for who never kept anything. */
  async load() {
    if (this.shop.token === null) return;
    try {
      this.store.set({ saved: (await this.shop.ask('GET', '/bodies')).bodies });
    } catch (error) {
      if (/** @type {{code?: string}} */ (error).code !== 'token') return; // asked again the next time
      this.shop.forget();
      this.store.set({ saved: [] });
    }
  }

  /** @returns {Promise<import('./net/shop.js').ConsentText>} what is to be agreed to @throws {Error} */
  async consent() {
    await this.shop.begin();
    const { consents } = await this.shop.ask('GET', '/consents');
    return consents.find((/** @type {{purpose: string}} */ { purpose }) => purpose === 'bodies');
  }

  /** @param {Body} body @param {string} name @param {string} text_version  that the shopper agreed to @throws {Error} */
  async keep({ known, sex }, name, text_version) {
    await this.shop.ask('PUT', '/consents/bodies', { text_version });
    const there = this.store.state.saved.find((one) => one.name === name);
    await this.shop.ask(there ? 'PUT' : 'POST', there ? `/bodies/${there.id}` : '/bodies', { name, known, ...(sex && { sex }) });
    this.shop.remember();
    await this.load();
  }

  /** With the last one the consent goes too. @param {string} id @throws {Error} */
  async remove(id) {
    await this.shop.ask('DELETE', `/bodies/${id}`);
    if (this.store.state.saved.every((one) => one.id === id)) await this.shop.ask('DELETE', '/consents/bodies');
    await this.load();
  }
}

/**
 * What this device remembers, and only where the shopper agreed to it: bodies, units, language, where the picture is made.
 *
 * @typedef {import('./bodies.js').Body} Body
 * @typedef {{bodies: Body[], body: string|null, unit: import('./typed.js').System, language: string,
 *   split: import('./state.js').SplitMode}} Remembered
 */
import { checkedBodies, newBody } from './bodies.js';
import { validHeight } from './units.js';

const KEY = 'lookglass.v1';
const TOKEN_KEY = 'lookglass.shop.v1';
const TOKEN = /^[\w.~+/=-]{1,512}$/;
const MAX_CHARS = 200_000; // more was not written here

export class Memory {
  /** @param {Storage|null} storage  null where the browser has none (private windows may throw on access) */
  constructor(storage) {
    this.storage = storage;
    this.allowed = this.#read() !== null;
  }

  /** @param {number} [now_ms] @returns {Partial<Remembered>} what an earlier visit left, checked field by field */
  load(now_ms = Date.now()) {
    const found = this.#read() ?? {};
    const bodies = checkedBodies(found.bodies, now_ms);
    const height = found.height_cm == null ? null : validHeight(found.height_cm); // as it was kept before there were bodies
    if (bodies.length === 0 && height !== null) bodies.push(newBody([], now_ms, { known: [{ name: 'height', value: height }] }));
    /** @type {Partial<Remembered>} */
    const kept = {};
    if (bodies.length > 0) Object.assign(kept, { bodies, body: (bodies.find(({ id }) => id === found.body) ?? bodies[0]).id });
    if (found.unit === 'cm' || found.unit === 'ft' || found.unit === 'jin') kept.unit = found.unit;
    if (typeof found.language === 'string') kept.language = found.language;
    if (found.split === 'live' || found.split === 'synced') kept.split = found.split;
    return kept;
  }

  /** @param {boolean} allowed  the shopper's answer; a no deletes what was kept */
  allow(allowed) {
    this.allowed = allowed;
    if (!allowed) for (const key of [KEY, TOKEN_KEY]) this.#try((storage) => storage.removeItem(key));
  }

  /** @returns {string|null} by which the shop's server knows this shopper again */
  loadToken() {
    const token = this.#try((storage) => storage.getItem(TOKEN_KEY));
    return token !== null && TOKEN.test(token) ? token : null;
  }

  /** @param {string} token */
  saveToken(token) {
    if (this.allowed) this.#try((storage) => storage.setItem(TOKEN_KEY, token));
  }

  /** @param {Remembered} values  written only after `allow(true)` */
  save({ bodies, body, unit, language, split }) {
    if (this.allowed) this.#try((storage) => storage.setItem(KEY, JSON.stringify({ bodies, body, unit, language, split })));
  }

  /** @returns {Record<string, unknown>|null} */
  #read() {
    const text = this.#try((storage) => storage.getItem(KEY)) ?? 'null';
    try {
      const value = text.length > MAX_CHARS ? null : JSON.parse(text);
      return value !== null && typeof value === 'object' ? value : null;
    } catch {
      return null;
    }
  }

  /** @template T @param {(storage: Storage) => T} use @returns {T|null} null where storage is full or forbidden */
  #try(use) {
    try {
      return this.storage ? use(this.storage) : null;
    } catch {
      return null;
    }
  }
}

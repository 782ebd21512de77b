/**
 * What this device remembers, and only where the shopper agreed to it: height, unit, language, where the picture is made.
 *
 * @typedef {{height_cm: number|null, unit: 'cm'|'ft', language: string, split: import('./state.js').SplitMode}} Remembered
 */
import { validHeight } from './units.js';

const KEY = 'lookglass.v1';

export class Memory {
  /** @param {Storage|null} storage  null where the browser has none (private windows may throw on access) */
  constructor(storage) {
    this.storage = storage;
    this.allowed = this.#read() !== null;
  }

  /** @returns {Partial<Remembered>} what an earlier visit left, checked field by field */
  load() {
    const found = this.#read() ?? {};
    /** @type {Partial<Remembered>} */
    const kept = {};
    const height = found.height_cm == null ? null : validHeight(found.height_cm);
    if (height !== null) kept.height_cm = height;
    if (found.unit === 'cm' || found.unit === 'ft') kept.unit = found.unit;
    if (typeof found.language === 'string') kept.language = found.language;
    if (found.split === 'live' || found.split === 'synced') kept.split = found.split;
    return kept;
  }

  /** @param {boolean} allowed  the shopper's answer; a no deletes what was kept */
  allow(allowed) {
    this.allowed = allowed;
    if (!allowed) this.#try((storage) => storage.removeItem(KEY));
  }

  /** @param {Remembered} values  written only after `allow(true)` */
  save({ height_cm, unit, language, split }) {
    if (this.allowed) this.#try((storage) => storage.setItem(KEY, JSON.stringify({ height_cm, unit, language, split })));
  }

  /** @returns {Record<string, unknown>|null} */
  #read() {
    const text = this.#try((storage) => storage.getItem(KEY));
    try {
      const value = JSON.parse(text ?? 'null');
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

/** Every word the shopper reads, from the message files beside this module. */

export const LANGUAGES = /** @type {const} */ (['en', 'zh']);

/**
 * The first language of the shopper that we speak.
 * @param {readonly string[]} preferred  as in navigator.languages @returns {string}
 */
export function chooseLanguage(preferred) {
  for (const tag of preferred) {
    const language = tag.toLowerCase().split('-')[0];
    if (LANGUAGES.some((ours) => ours === language)) return language;
  }
  return LANGUAGES[0];
}

/** @param {string} template @param {Record<string, string|number>} [values] @returns {string} `{name}` filled in */
export function fill(template, values = {}) {
  return template.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Holds all languages; `t` answers in the one that is set. */
export class Messages {
  /** @param {Record<string, Record<string, string>>} tables  language -> key -> text */
  constructor(tables) {
    this.tables = tables;
    /** @type {string} */
    this.language = LANGUAGES[0];
  }

  /** @param {string} key @param {Record<string, string|number>} [values] @returns {string} */
  t(key, values) {
    const text = this.tables[this.language][key];
    if (text === undefined) throw new RangeError(`no message ${key} in ${this.language}`);
    return fill(text, values);
  }
}

/** @returns {Promise<Messages>} */
export async function loadMessages() {
  const load = async (/** @type {string} */ language) => {
    const response = await fetch(new URL(`./${language}.json`, import.meta.url));
    return [language, await response.json()];
  };
  return new Messages(Object.fromEntries(await Promise.all(LANGUAGES.map(load))));
}

/** Small helpers over the DOM; text only ever enters as text. */

/** @param {string} id @returns {any} the element of that id @throws {Error} where the page lacks it */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, unknown>} [props] @param {(Node|string)[]} [children]
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, { data = {}, attrs = {}, ...props } = {}, children = []) {
  const element = document.createElement(tag);
  Object.assign(element, props);
  Object.assign(element.dataset, data);
  for (const [name, value] of Object.entries(/** @type {Record<string, string>} */ (attrs))) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** @param {string} id  of a symbol on the page @returns {SVGElement} */
export function icon(id) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#${id}`);
  svg.append(use);
  return svg;
}

/** @param {HTMLElement} button @param {boolean} pressed */
export function press(button, pressed) {
  button.setAttribute('aria-pressed', String(pressed));
}

/** @param {HTMLElement} element @param {string} text  for the ear, and as a tooltip for the mouse */
export function label(element, text) {
  element.setAttribute('aria-label', text);
  element.title = text;
}

/** Put the words of `messages` wherever the page asks for them. @param {import('../i18n/i18n.js').Messages} messages */
export function translate(messages) {
  document.documentElement.lang = messages.language;
  for (const element of document.querySelectorAll('[data-i18n]')) {
    element.textContent = messages.t(/** @type {HTMLElement} */ (element).dataset.i18n ?? '');
  }
  for (const element of document.querySelectorAll('[data-i18n-label]')) {
    const text = messages.t(/** @type {HTMLElement} */ (element).dataset.i18nLabel ?? '');
    if (element instanceof HTMLButtonElement) label(element, text);
    else element.setAttribute('aria-label', text);
  }
  for (const element of document.querySelectorAll('[data-i18n-alt]')) {
    element.setAttribute('alt', messages.t(/** @type {HTMLElement} */ (element).dataset.i18nAlt ?? ''));
  }
}

/** Left and right (or up and down) walk through the buttons of a row. @param {HTMLElement} row */
export function arrowKeys(row) {
  row.addEventListener('keydown', (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...row.querySelectorAll('button')];
    const next = buttons[buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target)) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}

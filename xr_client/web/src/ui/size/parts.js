/** Small parts of the size dialog. */
import { arrowKeys, icon, make, press } from '../dom.js';

/** @param {string} tag @param {Record<string, string|number>} [attrs] @param {Node[]} [children] @returns {SVGElement} */
export function svg(tag, attrs = {}, children = []) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attrs)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/** @param {string} text @param {() => void} onclick @param {string} [className] @param {Record<string, unknown>} [more] */
export const button = (text, onclick, className = 'quiet', more = {}) =>
  make('button', { type: 'button', className, textContent: text, onclick, ...more });

/** @param {string} text @param {string} name  of an icon @param {() => void} onclick @param {Record<string, unknown>} [more] */
export const iconButton = (text, name, onclick, more = {}) =>
  make('button', { type: 'button', className: 'round', title: text, attrs: { 'aria-label': text }, onclick, ...more }, [icon(name)]);

/**
 * A row of which one is chosen.
 * @template {string} T
 * @param {string} name  for the ear @param {[T, string][]} options  value and text @param {T|null} chosen @param {(value: T) => void} choose
 */
export function segments(name, options, chosen, choose) {
  const row = make('div', { className: 'segments', attrs: { role: 'group', 'aria-label': name } });
  for (const [value, text] of options) {
    const one = make('button', { type: 'button', textContent: text, data: { value } });
    press(one, value === chosen);
    one.onclick = () => {
      for (const other of row.querySelectorAll('button')) press(other, other === one);
      choose(value);
    };
    row.append(one);
  }
  arrowKeys(row);
  return row;
}

/**
 * How sure a figure is: the middle 80 % on a scale of a fifth to either side.
 * @param {{value: number, low: number, high: number}} figure @returns {HTMLElement}
 */
export function intervalBar({ value, low, high }) {
  const place = (/** @type {number} */ end) => Math.min(1, Math.max(0, 0.5 + (end / value - 1) / 0.4));
  const band = make('i');
  band.style.left = `${100 * place(low)}%`;
  band.style.width = `${Math.max(2, 100 * (place(high) - place(low)))}%`;
  return make('span', { className: 'interval', attrs: { 'aria-hidden': 'true' } }, [band, make('b')]);
}

/** Digits to tap, for a mirror in the shop, which has no keyboard; elsewhere the page's style hides them. */
import { arrowKeys, make } from '../dom.js';

const BACK = '⌫';

/**
 * @param {HTMLInputElement} field @param {import('./words.js').Words} words @param {string} mark  what stands beside the digits
 * @returns {HTMLElement}
 */
export function keypad(field, words, mark) {
  const keys = [...'123456789', mark, '0', BACK].map((key) => {
    const button = make('button', { type: 'button', textContent: key, data: { digit: key }, onclick: () => typed(field, key) });
    if (key === BACK) button.setAttribute('aria-label', words.t('keypad.back'));
    return button;
  });
  const pad = make('div', { className: 'keypad', attrs: { role: 'group', 'aria-label': words.t('keypad.label') } }, keys);
  arrowKeys(pad);
  return pad;
}

/** As from a keyboard: in the place of what is selected, else at the caret. @param {HTMLInputElement} field @param {string} key */
function typed(field, key) {
  const [from, to] = [field.selectionStart ?? 0, field.selectionEnd ?? 0];
  if (key === BACK) field.setRangeText('', from === to ? Math.max(0, from - 1) : from, to, 'end');
  else if (field.value.length - (to - from) < field.maxLength) field.setRangeText(key, from, to, 'end');
  field.focus();
}

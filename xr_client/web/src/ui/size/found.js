/** What a camera or a body scan found, to be taken figure by figure. */
import { make } from '../dom.js';
import { button, intervalBar } from './parts.js';

/**
 * @typedef {import('./dialog.js').SizeDialog} SizeDialog
 * @typedef {import('../../net/size.js').Figure} Figure
 * @typedef {{name: string, value: number, error: number, low: number, high: number, unit: import('../../measures.js').Unit,
 *   source: 'camera'|'scan'}} Found  as in docs/protocol.md
 */

/** @param {SizeDialog} dialog @param {Found[]} found @param {number|null} clothes_cm  taken off for clothes; of a scan's file none @returns {{title: string, nodes: Node[]}} */
export function foundView(dialog, found, clothes_cm) {
  const { words, sizing } = dialog;
  const lines = found.map((one) => ({ one, ...line(dialog, one) }));
  const error = make('p', { className: 'error', attrs: { role: 'alert' } });
  const take = async () => {
    const known = lines.filter(({ box }) => box.checked).map(({ one: { name, value, error: off, source } }) => ({ name, value, error: off, source }));
    error.textContent = (await dialog.try(() => sizing.tell(...known))) ?? '';
    if (!error.textContent) dialog.show({ kind: 'result' });
  };
  return {
    title: words.t('found.title'),
    nodes: [
      make('p', { textContent: words.t('found.text') }),
      ...(clothes_cm === null ? [] : [make('p', { textContent: words.t('found.clothes', { cm: clothes_cm }) })]),
      make('ul', { className: 'figures found' }, lines.map(({ node }) => node)),
      error,
      make('div', { className: 'answers' }, [
        button(words.t('found.take'), take, 'primary', { data: { key: 'take' } }),
        button(words.t('found.leave'), () => dialog.show({ kind: 'result' }), 'quiet', { data: { key: 'leave' } }),
      ]),
    ],
  };
}

/** @param {SizeDialog} dialog @param {Found} one */
function line({ words }, one) {
  const figure = { ...one, from: /** @type {[string, number][]} */ ([]) };
  const box = make('input', { type: 'checkbox', checked: true });
  const node = make('li', {}, [
    make('label', { className: 'check' }, [
      box,
      make('span', { className: 'what' }, [make('span', { textContent: words.measure(one.name) }), make('b', { textContent: words.value(one.name, figure) })]),
    ]),
    make('span', { className: 'range' }, [intervalBar(figure), words.interval(one.name, figure)]),
  ]);
  return { node, box };
}

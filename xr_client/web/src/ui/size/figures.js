/** Every figure of the chosen body: the picture, how sure each is, where it came from, and the way to correct it. */
import { SHOWN } from '../../measures.js';
import { make } from '../dom.js';
import { figurePicture } from './outline.js';
import { iconButton, intervalBar } from './parts.js';

/**
 * @typedef {import('./dialog.js').SizeDialog} SizeDialog
 * @typedef {import('../../net/size.js').Figure} Figure
 */

const PICTURED = ['shoulder_width', 'chest', 'waist', 'navel_waist', 'hip', 'thigh', 'inseam', 'height'];

/** @param {SizeDialog} dialog @returns {{title: string, nodes: Node[]}} */
export function figuresView(dialog) {
  const { words, store, sizing } = dialog;
  const title = words.t('figures.title', { name: words.bodyName(sizing.body, store.state.bodies) });
  const figures = store.state.advice?.figures;
  if (!figures) return { title, nodes: [make('p', { textContent: words.t('size.nothing') })] };
  const given = new Map(sizing.body.known.map(({ name, value }) => [name, value]));
  const names = [...SHOWN.filter((name) => figures[name]), ...[...given.keys()].filter((name) => !SHOWN.some((shown) => shown === name) && figures[name])];
  return {
    title,
    nodes: [
      make('p', { className: 'muted', textContent: words.t('figures.note') }),
      picture(dialog, figures),
      make('ul', { className: 'figures' }, names.map((name) => row(dialog, name, figures[name], given.get(name)))),
    ],
  };
}

/** @param {SizeDialog} dialog @param {Record<string, Figure>} figures */
function picture({ words }, figures) {
  const drawn = PICTURED.filter((name) => figures[name]).map((name) => {
    const one = figures[name];
    return { name, title: words.measure(name), text: words.value(name, one), source: one.source };
  });
  const spoken = drawn.map(({ title, text }) => `${title} ${text}`).join(', ');
  const legend = make('p', { className: 'legend' }, [
    make('span', { className: 'given', textContent: words.t('figures.given') }),
    make('span', { className: 'estimated', textContent: words.t('figures.estimated') }),
  ]);
  return make('div', { className: 'pictured' }, [figurePicture(drawn, spoken), legend]);
}

/** @param {SizeDialog} dialog @param {string} name @param {Figure} one @param {number|string} [given]  as it was told */
function row(dialog, name, one, given) {
  const { words } = dialog;
  const title = words.measure(name);
  const tools = [
    iconButton(words.t('figure.correct_of', { name: title }), 'i-pencil', () => dialog.correct(name), { data: { key: `edit-${name}` } }),
    ...(given !== undefined
      ? [iconButton(words.t('figure.forget_of', { name: title }), 'i-bin', () => forget(dialog, name), { data: { key: `forget-${name}` } })]
      : []),
  ];
  return make('li', { data: { figure: name, source: one.source } }, [
    make('div', { className: 'what' }, [make('span', { textContent: title }), make('b', { textContent: words.value(name, one) })]),
    make('div', { className: 'how' }, [
      make('span', { className: 'source', textContent: words.origin(one, given) }),
      make('span', { className: 'range' }, [intervalBar(one), words.interval(name, one)]),
    ]),
    make('div', { className: 'edit' }, tools),
  ]);
}

/** @param {SizeDialog} dialog @param {string} name */
async function forget(dialog, name) {
  const before = dialog.sizing.body.known;
  const complaint = await dialog.try(() => dialog.sizing.forget(name));
  const { words } = dialog;
  const text = complaint ?? words.t('figure.forgotten', { name: words.measure(name) });
  dialog.say(text, complaint === null ? () => dialog.try(() => dialog.sizing.change(() => ({ known: before }))) : null);
}

/** The fit map's button and legend, and the bar of two sizes side by side. */
import { pairOf, seenPanes } from '../fitmap.js';
import { clothesOf, sizeOf } from '../outfit.js';
import { byId, icon, label, make, press } from './dom.js';
import { button } from './size/parts.js';
import { POINTS, Words } from './size/words.js';

/**
 * @typedef {import('../state.js').State} State
 * @typedef {import('../client.js').Client} Client
 * @typedef {import('../i18n/i18n.js').Messages} Messages
 * @typedef {import('../fitmap.js').Fit} Fit
 * @typedef {import('../fitmap.js').Mapped} Mapped
 */

/** @param {import('../state.js').Store} store @param {Client} client @param {Messages} messages */
export function bindFitMap(store, client, messages) {
  byId('fit-map').onclick = () => client.fitView.showMap(!store.state.fitMap);
  byId('compare').onclick = () => client.fitView.showPair(store.state.compare ? null : firstPair(store.state));
  store.watch(['fitMap', 'compare', 'focus', 'outfit', 'worn', 'catalogue'], (state) => {
    byId('fit-map').disabled = clothesOf(state, 0).outfit.length === 0;
    byId('compare').disabled = !state.compare && firstPair(state) === null;
    press(byId('fit-map'), state.fitMap);
    press(byId('compare'), state.compare !== null);
  });
  store.watch(['fit', 'mirror', 'unit', 'language', 'fitMap', 'phase', 'catalogue', 'focus'], (state) =>
    showLegend(state, new Words(messages, state.unit)));
  store.watch(['compare', 'catalogue', 'language', 'phase'], (state) => showPair(state, client, messages));
}

/** @param {Readonly<State>} state @returns {import('../fitmap.js').Compare|null} of the garment in question: its size and the next */
function firstPair({ focus, catalogue, outfit, worn }) {
  const garment = catalogue.find(({ id }) => id === focus && outfit.some((one) => one.id === id));
  const sizes = garment && pairOf(garment.sizes, sizeOf(garment.id, outfit, worn));
  return garment && sizes ? { garment: garment.id, sizes } : null;
}

/** @param {Readonly<State>} state @param {Words} words */
function showLegend({ fit, fitMap, mirror, phase, catalogue, compare, focus }, words) {
  const legend = byId('fit-legend');
  legend.hidden = !fit || phase !== 'live';
  if (!fit) return;
  byId('fit-scale').replaceChildren(...(fitMap ? scale(fit, words) : []));
  byId('fit-body').hidden = fit.body === 'told';
  const panes = seenPanes(fit, mirror);
  const first = compare?.garment ?? focus;
  const ids = panes[0].garments.map(({ id }) => id).sort((a, b) => Number(b === first) - Number(a === first));
  byId('fit-list').replaceChildren(...ids.map((id) => {
    const sizes = panes.flatMap(({ garments }) => garments.filter((one) => one.id === id));
    const both = sizes.some(({ size }) => size !== sizes[0].size);
    const name = catalogue.find((one) => one.id === id)?.name[words.messages.language] ?? id;
    return table(name, both ? sizes : sizes.slice(0, 1), words);
  }));
}

/** The colours from tight to loose, with their centimetres. @param {Fit} fit @param {Words} words */
function scale({ scale: steps }, words) {
  const strip = make('div', { className: 'strip', attrs: { 'aria-hidden': 'true' } }, steps.map(({ colour }) => {
    const one = make('i');
    one.style.background = colour;
    return one;
  }));
  const [first, last] = [steps[0], steps[steps.length - 1]].map(({ off_cm }) => words.bare(off_cm, 0));
  const ends = [
    words.t('fitmap.tight', { value: first }), words.t('fitmap.as_cut'),
    words.t('fitmap.loose', { value: last, unit: words.t(words.length) }),
  ];
  return [strip, make('p', { className: 'ends' }, ends.map((textContent) => make('span', { textContent })))];
}

/** How one garment sits, a column for each of its sizes that is seen. @param {string} name @param {Mapped[]} sizes @param {Words} words */
function table(name, sizes, words) {
  const head = sizes.map(({ size }) => make('th', { scope: 'col', textContent: words.t('wardrobe.size', { size }) }));
  const open = sizes.map(({ closes }) => (closes ? [] : [icon('i-alert'), words.t('sits.open')]));
  const rows = sizes[0].regions.map(({ point }) => make('tr', {}, [
    make('th', { scope: 'row', textContent: POINTS[point] ? words.t(POINTS[point]) : point }),
    ...sizes.map(({ regions }) => {
      const one = regions.find((region) => region.point === point);
      const said = one ? [make('b', { textContent: words.ease(one.off_cm) }), ' ', words.sits(point, one.sits)] : [];
      return make('td', { data: { sits: one?.sits ?? '' } }, said);
    }),
  ]));
  return make('table', {}, [
    make('thead', {}, [
      make('tr', {}, [make('th', { textContent: name }), ...head]),
      ...(open.some((said) => said.length) ? [make('tr', {}, [make('td'), ...open.map((said) => make('td', { className: 'doubt' }, said))])] : []),
    ]),
    make('tbody', {}, rows),
  ]);
}

/** Over each half its size, to be changed or worn. @param {Readonly<State>} state @param {Client} client @param {Messages} messages */
function showPair({ compare, catalogue, phase }, client, messages) {
  const bar = byId('pair-bar');
  const held = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset?.half;
  bar.hidden = compare === null || phase !== 'live';
  document.body.classList.toggle('comparing', !bar.hidden);
  const garment = catalogue.find(({ id }) => id === compare?.garment);
  if (!compare || !garment) return bar.replaceChildren();
  const halves = compare.sizes.map((size, half) => {
    const other = compare.sizes[1 - half];
    const choice = make('select', { data: { half: String(half) } }, garment.sizes.map((name) =>
      make('option', { value: name, textContent: name, selected: name === size, disabled: name === other }),
    ));
    label(choice, messages.t(half ? 'compare.right' : 'compare.left'));
    choice.onchange = () => {
      const sizes = /** @type {[string, string]} */ (half ? [other, choice.value] : [choice.value, other]);
      client.fitView.showPair({ ...compare, sizes });
    };
    const wear = () => {
      client.fitting.chooseSize(garment.id, size);
      client.fitView.showPair(null);
    };
    return make('div', {}, [choice, button(messages.t('compare.wear', { size }), wear, 'pill')]);
  });
  bar.replaceChildren(...halves);
  if (held) /** @type {HTMLElement|null} */ (bar.querySelector(`[data-half="${held}"]`))?.focus();
}

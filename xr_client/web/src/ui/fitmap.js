/** The fit map's button, numbers on the picture and legend; and the bar of two sizes side by side. */
import { pairOf, seenPanes, seenX } from '../fitmap.js';
import { clothesOf, sizeOf } from '../outfit.js';
import { byId, icon, label, make, press } from './dom.js';
import { button } from './size/parts.js';
import { POINTS, Words } from './size/words.js';

/**
 * @typedef {import('../state.js').State} State
 * @typedef {import('../client.js').Client} Client
 * @typedef {import('../i18n/i18n.js').Messages} Messages
 * @typedef {import('../fitmap.js').Fit} Fit
 * @typedef {import('../fitmap.js').Region} Region
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
  store.watch(['fit', 'mirror', 'unit', 'language', 'fitMap', 'phase'], (state) => {
    const words = new Words(messages, state.unit);
    showNumbers(state, words);
    showLegend(state, words);
  });
  store.watch(['compare', 'catalogue', 'language', 'phase'], (state) => showPair(state, client, messages));
}

/** @param {Readonly<State>} state @returns {import('../fitmap.js').Compare|null} of the garment in question: its size and the next */
function firstPair({ focus, catalogue, outfit, worn }) {
  const garment = catalogue.find(({ id }) => id === focus && outfit.some((one) => one.id === id));
  const sizes = garment && pairOf(garment.sizes, sizeOf(garment.id, outfit, worn));
  return garment && sizes ? { garment: garment.id, sizes } : null;
}

/** @param {Region} region @returns {string} what does not close has a cross besides its colour */
const sign = ({ sits }) => (sits === 'does not close' ? ' ✕' : '');

/** Numbers on the picture, where each is. @param {Readonly<State>} state @param {Words} words */
function showNumbers({ fit, mirror }, words) {
  const regions = (fit?.panes ?? []).flatMap(({ garments }) => garments.flatMap((one) => one.regions)).filter(({ at }) => at !== null);
  byId('fit-marks').replaceChildren(...regions.map((region) => {
    const [x, y] = /** @type {[number, number]} */ (region.at);
    const mark = make('span', { textContent: words.bare(region.off_cm) + sign(region), data: { sits: region.sits } });
    mark.style.left = `${100 * seenX(x, mirror)}%`;
    mark.style.top = `${100 * y}%`;
    return mark;
  }));
}

/** @param {Readonly<State>} state @param {Words} words */
function showLegend({ fit, fitMap, mirror, phase }, words) {
  const legend = byId('fit-legend');
  legend.hidden = !fit || phase !== 'live';
  if (!fit) return;
  const panes = seenPanes(fit, mirror).flatMap(({ garments }) => garments);
  byId('fit-scale').replaceChildren(...(fitMap ? scale(fit, words) : []));
  byId('fit-body').hidden = fit.body === 'told';
  byId('fit-list').replaceChildren(...panes.map((one) => garmentLines(one, words)));
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

/** @param {import('../fitmap.js').Mapped} garment @param {Words} words */
function garmentLines({ size, closes, regions }, words) {
  const lines = regions.map((region) =>
    make('li', { data: { sits: region.sits } }, [
      make('span', { textContent: POINTS[region.point] ? words.t(POINTS[region.point]) : region.point }),
      make('b', { textContent: words.ease(region.off_cm) }),
      make('span', { textContent: words.sits(region.point, region.sits) }),
    ]),
  );
  const open = closes ? [] : [make('p', { className: 'doubt' }, [icon('i-alert'), make('span', { textContent: words.t('sits.open') })])];
  return make('section', {}, [make('h3', { textContent: words.t('wardrobe.size', { size }) }), ...open, make('ul', {}, lines)]);
}

/** Under each half its size, to be changed or worn. @param {Readonly<State>} state @param {Client} client @param {Messages} messages */
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

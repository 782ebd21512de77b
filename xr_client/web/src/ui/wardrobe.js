/** The rail of garments, their sizes, and the way back. */
import { arrowKeys, byId, icon, label, make, press } from './dom.js';
import { clothesOf, isUsual, sizeOf, thumbnailOf, tuckedIn } from '../outfit.js';

/**
 * @typedef {import('../state.js').Store} Store
 * @typedef {import('../state.js').State} State
 * @typedef {import('../client.js').Client} Client
 * @typedef {import('../i18n/i18n.js').Messages} Messages
 */

const NEAR_MS = 60; // a pointer that only passes over a garment asks for nothing
const CATALOGUE_STATES = { loading: 'wardrobe.loading', failed: 'wardrobe.failed', ready: 'wardrobe.none' };

/** @param {Store} store @param {Client} client @param {Messages} messages */
export function bindWardrobe(store, client, messages) {
  const rail = byId('rail');
  arrowKeys(rail);
  arrowKeys(byId('sizes'));
  arrowKeys(byId('colours'));
  byId('undo').onclick = () => client.fitting.undo();
  byId('take-off').onclick = () => client.fitting.takeOff();
  store.watch(['catalogue', 'language'], ({ catalogue }) => {
    rail.replaceChildren(...catalogue.map((garment) => card(garment, messages, client.fitting)));
  });
  store.watch(['catalogue', 'language', 'outfit', 'others', 'person', 'focus'], markWorn);
  store.watch(['focus'], () => rail.querySelector('.focus')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }));
  store.watch(['catalogueState', 'catalogue', 'language'], (state) => showCatalogueState(state, client, messages));
  const shown = /** @type {const} */ (['catalogue', 'focus', 'outfit', 'worn', 'others', 'othersWorn', 'person', 'advice', 'language']);
  store.watch([...shown], (state) => showSizes(state, client, messages));
  store.watch(['outfit', 'others', 'person', 'undo'], (state) => {
    byId('undo').disabled = state.undo.length === 0;
    byId('take-off').disabled = clothesOf(state).outfit.length === 0;
  });
}

/** @param {import('../state.js').Garment} garment @param {Messages} messages @param {import('../fitting.js').Fitting} fitting */
function card(garment, messages, fitting) {
  const name = garment.name[messages.language] ?? garment.name.en ?? garment.id;
  const picture = make('img', { alt: '', loading: 'lazy', decoding: 'async', src: garment.thumbnail });
  picture.onerror = () => picture.replaceWith(make('div', { className: 'missing' }, [icon('i-hanger')]));
  const button = make('button', { type: 'button', data: { garmentId: garment.id }, onclick: () => fitting.tap(garment.id) }, [
    picture,
    make('span', { textContent: name }),
  ]);
  whenNear(button, () => fitting.foresee(garment.id));
  return make('li', {}, [button]);
}

/** @param {HTMLElement} button @param {() => void} tell  that it may be pressed: a pointer rests on it, a finger is down, or it has the focus */
function whenNear(button, tell) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(tell, NEAR_MS);
  };
  button.onpointerenter = ({ pointerType }) => pointerType === 'mouse' && soon();
  button.onfocus = soon;
  button.onpointerleave = button.onblur = () => clearTimeout(timer);
  button.onpointerdown = tell;
}

/** @param {Readonly<State>} state */
function markWorn(state) {
  const { outfit } = clothesOf(state);
  for (const button of byId('rail').querySelectorAll('button')) {
    const { garmentId } = button.dataset;
    const garment = state.catalogue.find(({ id }) => id === garmentId);
    const picture = button.querySelector('img');
    const wanted = garment && thumbnailOf(garment, outfit);
    if (picture && wanted && picture.getAttribute('src') !== wanted) picture.src = wanted;
    press(button, outfit.some(({ id }) => id === garmentId));
    button.classList.toggle('focus', garmentId === state.focus);
  }
}

/** @param {Readonly<State>} state @param {Client} client @param {Messages} messages */
function showCatalogueState({ catalogueState, catalogue }, client, messages) {
  const line = byId('rail-state');
  line.hidden = catalogue.length > 0;
  line.replaceChildren(messages.t(CATALOGUE_STATES[catalogueState]));
  if (catalogueState === 'failed') {
    const again = { type: 'button', className: 'quiet', textContent: messages.t('start.retry') };
    line.append(make('button', { ...again, onclick: () => client.loadCatalogue() }));
  }
}

/** @param {Readonly<State>} state @param {Client} client @param {Messages} messages */
function showSizes(state, client, messages) {
  const { catalogue, focus } = state;
  const { outfit, worn } = clothesOf(state);
  const sizes = byId('sizes');
  const colours = byId('colours');
  const garment = catalogue.find(({ id }) => id === focus && outfit.some((worn) => worn.id === id));
  showTuck(garment, outfit, catalogue, client);
  if (!garment) {
    sizes.replaceChildren(make('span', { className: 'muted', textContent: messages.t('wardrobe.empty') }));
    colours.replaceChildren();
    return;
  }
  const held = /** @type {HTMLElement|null} */ (document.activeElement)?.dataset;
  const kept = held?.size ?? held?.colourway; // redrawing keeps the focus
  const chosen = sizeOf(garment.id, outfit, worn);
  const choose = (/** @type {string} */ size) => () => client.fitting.chooseSize(garment.id, size);
  const near = (/** @type {string} */ size) => () => client.fitting.foresee(garment.id, size);
  const advice = state.advice?.garment === garment.id && state.person === 0 ? state.advice : null;
  const mark = { advice, usual: isUsual(garment.id, outfit, advice) };
  sizes.replaceChildren(...garment.sizes.map((size) => chip(size, size === chosen, mark, messages, choose(size), near(size))));
  colours.replaceChildren(...swatches(garment, outfit, client, messages));
  if (kept) {
    const same = `[data-size="${CSS.escape(kept)}"],[data-colourway="${CSS.escape(kept)}"]`;
    /** @type {HTMLElement|null} */ (byId('fit').querySelector(same))?.focus();
  }
  for (const row of [sizes, colours]) row.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

/**
 * @param {import('../state.js').Garment|undefined} garment @param {import('../state.js').Worn[]} outfit
 * @param {import('../state.js').Garment[]} catalogue @param {Client} client
 */
function showTuck(garment, outfit, catalogue, client) {
  const tucked = garment ? tuckedIn(garment, outfit, catalogue) : null;
  const button = byId('tuck');
  button.hidden = tucked === null;
  press(button, tucked === true);
  button.onclick = () => garment && client.fitting.tuck(garment.id, !tucked);
}

/**
 * @param {string} size @param {boolean} chosen @param {{advice: import('../net/size.js').Answer|null, usual: boolean}} mark
 *   what is marked: the likeliest size, or that the one which is worn is nobody's choice
 * @param {Messages} messages @param {() => void} onTap @param {() => void} onNear
 */
function chip(size, chosen, { advice, usual }, messages, onTap, onNear) {
  const button = make('button', { type: 'button', textContent: size, data: { size }, onclick: onTap });
  const likeliest = advice?.size === size;
  const percent = Math.round(100 * (advice?.chances?.[size] ?? 0));
  const note = likeliest ? messages.t('figure.percent', { value: percent }) : usual && chosen ? messages.t('wardrobe.usual') : null;
  if (note !== null) button.append(make('small', { textContent: note, attrs: { 'aria-hidden': 'true' } }));
  button.classList.toggle('likeliest', likeliest);
  const named = likeliest ? 'wardrobe.likeliest' : usual && chosen ? 'wardrobe.usual_size' : 'wardrobe.size';
  label(button, messages.t(named, { size, percent }));
  press(button, chosen);
  whenNear(button, onNear);
  return button;
}

/**
 * A round button for each colour that the garment comes in.
 * @param {import('../state.js').Garment} garment @param {import('../state.js').Worn[]} outfit
 * @param {Client} client @param {Messages} messages
 */
function swatches({ id, colourways = [] }, outfit, client, messages) {
  const chosen = outfit.find((worn) => worn.id === id)?.colourway ?? colourways[0]?.id;
  return colourways.map((way) => {
    const onclick = () => client.fitting.chooseColourway(id, way.id);
    const button = make('button', { type: 'button', className: 'swatch', data: { colourway: way.id }, onclick });
    button.style.setProperty('--swatch', way.colour);
    label(button, messages.t('wardrobe.colour', { colour: way.name[messages.language] ?? way.name.en }));
    press(button, way.id === chosen);
    return button;
  });
}

/** How many stand before the mirror, who gets the next garment, and a number over each head. */
import { MAX_PEOPLE, clothesOf, thumbnailOf } from '../outfit.js';
import { arrowKeys, byId, label, make, press } from './dom.js';

/**
 * @typedef {import('../state.js').State} State
 * @typedef {import('../client.js').Client} Client
 * @typedef {import('../i18n/i18n.js').Messages} Messages
 */

const NUMBERS = Array.from({ length: MAX_PEOPLE }, (_, index) => index + 1);

/** @param {import('../state.js').Store} store @param {Client} client @param {Messages} messages */
export function bindPeople(store, client, messages) {
  const open = byId('people-open');
  const count = byId('people-count');
  const show = (/** @type {boolean} */ shown) => {
    count.hidden = !shown;
    open.setAttribute('aria-expanded', String(shown));
  };
  const buttons = NUMBERS.map((number) => {
    const onclick = () => {
      client.fitting.setPeople(number);
      show(false);
      open.focus({ preventScroll: true });
    };
    return make('button', { type: 'button', textContent: String(number), data: { people: String(number) }, onclick });
  });
  count.querySelector('.segments').replaceChildren(...buttons);
  open.onclick = () => {
    show(count.hidden);
    if (!count.hidden) buttons[store.state.people - 1].focus({ preventScroll: true });
  };
  byId('outfit-tools').addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== 'Escape' || count.hidden) return;
    show(false);
    open.focus({ preventScroll: true });
  });
  arrowKeys(count);
  arrowKeys(byId('who'));
  store.watch(['people', 'language'], ({ people }) => {
    byId('people-number').textContent = String(people);
    label(open, messages.t('people.open', { count: people }));
    for (const [index, button] of buttons.entries()) {
      press(button, index + 1 === people);
      label(button, messages.t(index === 0 ? 'people.one' : 'people.several', { count: index + 1 }));
    }
  });
  const shown = /** @type {const} */ (['people', 'person', 'outfit', 'others', 'catalogue', 'language']);
  store.watch([...shown], (state) => showWho(state, client, messages));
  store.watch(['places', 'person', 'people', 'mirror'], (state) => showMarks(state, client));
}

/** @param {Readonly<State>} state @param {Client} client @param {Messages} messages */
function showWho(state, client, messages) {
  const row = byId('who');
  const held = row.contains(document.activeElement);
  row.hidden = state.people === 1;
  row.replaceChildren(...NUMBERS.slice(0, state.people).map((number) => chip(state, number - 1, client, messages)));
  if (held) row.querySelector('[aria-pressed="true"]')?.focus(); // redrawing keeps the focus
}

/** @param {Readonly<State>} state @param {number} person @param {Client} client @param {Messages} messages */
function chip(state, person, client, messages) {
  const { outfit } = clothesOf(state, person);
  const garments = outfit.map(({ id }) => state.catalogue.find((garment) => garment.id === id)).filter((garment) => !!garment);
  const names = garments.map(({ id, name }) => name[messages.language] ?? name.en ?? id);
  const pictures = garments.slice(-2).map((garment) => make('img', { alt: '', src: thumbnailOf(garment, outfit), draggable: false }));
  const onclick = () => client.fitting.choosePerson(person);
  const button = make('button', { type: 'button', data: { person: String(person) }, onclick }, [
    make('b', { textContent: String(person + 1) }),
    ...pictures,
  ]);
  const clothes = names.length ? new Intl.ListFormat(messages.language).format(names) : messages.t('people.nothing');
  label(button, messages.t('people.person', { number: person + 1, clothes }));
  press(button, person === state.person);
  return button;
}

/** A tap on a number chooses as the row below does; keyboards and screen readers have that. @param {Readonly<State>} state @param {Client} client */
function showMarks({ places, person, people, mirror }, client) {
  const marks = byId('marks');
  const standing = people > 1 ? places.filter(({ id }) => id < people) : [];
  for (const mark of [...marks.children]) {
    if (!standing.some(({ id }) => String(id) === mark.dataset.person)) mark.remove();
  }
  for (const { id, above } of standing) {
    const mark = marks.querySelector(`[data-person="${id}"]`) ?? marks.appendChild(newMark(id, client));
    mark.style.left = `${100 * (mirror ? 1 - above[0] : above[0])}%`;
    mark.style.top = `${100 * above[1]}%`;
    mark.classList.toggle('chosen', id === person);
  }
}

/** @param {number} person @param {Client} client */
function newMark(person, client) {
  const onclick = () => client.fitting.choosePerson(person);
  return make('button', { type: 'button', tabIndex: -1, data: { person: String(person), number: String(person + 1) }, onclick });
}

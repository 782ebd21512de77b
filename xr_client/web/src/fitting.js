/** What the shopper tries on, and on whom: changes the store alone; the client tells the server. */
import { MAX_PEOPLE, clothesOf, dressed, putOn, remember, sameOutfit, takeOff } from './outfit.js';

/**
 * @typedef {import('./state.js').Store} Store
 * @typedef {import('./state.js').Worn} Worn
 */

export class Fitting {
  /** @param {Store} store @param {(outfit: Worn[]) => void} [sayLikely]  what may be worn next */
  constructor(store, sayLikely = () => {}) {
    this.store = store;
    this.sayLikely = sayLikely;
    /** @type {Worn[]|null} */
    this.likely = null;
  }

  /** Replace the whole outfit. @param {(string|{id: string, size?: string|null})[]} choices */
  wear(choices) {
    const { catalogue, catalogueState } = this.store.state;
    const wanted = choices.map((choice) => (typeof choice === 'string' ? { id: choice } : choice));
    const unknown = wanted.find(({ id }) => catalogueState === 'ready' && !catalogue.some((garment) => garment.id === id));
    if (unknown) throw new RangeError(`no garment ${unknown.id}`);
    const outfit = wanted.reduce(
      (worn, { id, size = null }) => putOn(worn, { id, size }, catalogue),
      /** @type {Worn[]} */ ([]),
    );
    this.#changeOutfit(outfit, outfit.at(-1)?.id ?? null);
  }

  /** Put one garment on, over what is worn. @param {string} id @param {string|null} [size] */
  putOn(id, size = null) {
    this.#changeOutfit(putOn(this.#outfit, { id, size }, this.store.state.catalogue), id);
  }

  /** A garment, or a size of one that is worn, that may be chosen next. @param {string} id @param {string|null} [size] */
  foresee(id, size = null) {
    const { catalogue, person, phase } = this.store.state;
    const outfit = this.#outfit;
    const isWorn = outfit.some((worn) => worn.id === id);
    if (person > 0 || phase !== 'live' || isWorn !== (size !== null)) return; // the bodies of the others are nobody's
    const likely = isWorn ? outfit.map((worn) => (worn.id === id ? { ...worn, size } : worn)) : putOn(outfit, { id, size }, catalogue);
    if (sameOutfit(likely, outfit) || (this.likely && sameOutfit(likely, this.likely))) return;
    this.likely = likely;
    this.sayLikely(likely);
  }

  /** A tap on a garment: on, or to the front, or off again. @param {string} id */
  tap(id) {
    const { focus } = this.store.state;
    if (!this.#outfit.some((worn) => worn.id === id)) this.putOn(id);
    else if (focus === id) this.takeOff(id);
    else this.store.set({ focus: id });
  }

  /** @param {string} [id]  everything, if no garment is named */
  takeOff(id) {
    const outfit = id === undefined ? [] : takeOff(this.#outfit, id);
    this.#changeOutfit(outfit, outfit.at(-1)?.id ?? null);
  }

  /** @param {string} id @param {string} size */
  chooseSize(id, size) {
    const outfit = this.#outfit.map((worn) => (worn.id === id ? { ...worn, size } : worn));
    this.#changeOutfit(outfit, id);
  }

  /** @param {string} id @param {string} colourway */
  chooseColourway(id, colourway) {
    const outfit = this.#outfit.map((worn) => (worn.id === id ? { ...worn, colourway } : worn));
    this.#changeOutfit(outfit, id);
  }

  /** @param {string} id @param {boolean} tucked  into trousers or skirt */
  tuck(id, tucked) {
    const outfit = this.#outfit.map((worn) => (worn.id === id ? { ...worn, tucked } : worn));
    this.#changeOutfit(outfit, id);
  }

  /** Back to the outfit before the last change. */
  undo() {
    const { undo, people } = this.store.state;
    const before = undo.at(-1);
    if (!before) return;
    this.store.set({ ...before, person: Math.min(before.person, people - 1), undo: undo.slice(0, -1) });
    this.store.set({ focus: this.#outfit.at(-1)?.id ?? null });
  }

  /** How many are dressed; of those who are no longer, the clothes are forgotten. @param {number} people  1 to 3 */
  setPeople(people) {
    if (!Number.isInteger(people) || people < 1 || people > MAX_PEOPLE) throw new RangeError(`no ${people} people`);
    const others = this.store.state.others.map((own, index) => (index < people - 1 ? own : null));
    this.store.set({ people, others, places: [] });
    this.choosePerson(Math.min(this.store.state.person, people - 1));
  }

  /** Who gets the next garment. @param {number} person  from 0, the shopper */
  choosePerson(person) {
    if (!Number.isInteger(person) || person < 0 || person >= this.store.state.people) throw new RangeError(`no person ${person}`);
    this.store.set({ person });
    this.store.set({ focus: this.#outfit.at(-1)?.id ?? null });
  }

  /** @param {Worn[]} outfit @param {string|null} focus */
  #changeOutfit(outfit, focus) {
    const { undo, outfit: first, others, person } = this.store.state;
    const before = { outfit: first, others, person };
    const changed = !sameOutfit(outfit, this.#outfit);
    this.likely = null;
    this.store.set(changed ? { ...dressed(before, outfit), focus, undo: remember(undo, before) } : { focus });
  }

  /** What the chosen person is asked to wear. */
  get #outfit() {
    return clothesOf(this.store.state).outfit;
  }
}

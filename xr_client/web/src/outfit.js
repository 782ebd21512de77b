/**
 * What fits together: one garment a slot, at most four in all, and the way back; and who wears what.
 *
 * @typedef {import('./state.js').Worn} Worn
 * @typedef {import('./state.js').Garment} Garment
 */

export const MAX_GARMENTS = 4;
export const MAX_UNDO = 20;
export const MAX_PEOPLE = 3;

/** Which parts of the body a category covers; a category that is not named here has a slot of its own. */
const SLOTS = /** @type {Record<string, string[]>} */ ({
  tshirt: ['upper'],
  tank_top: ['upper'],
  polo: ['upper'],
  shirt: ['upper'],
  hoodie: ['upper'],
  sweater: ['upper'],
  jacket: ['outer'],
  blazer: ['outer'],
  coat: ['outer'],
  dress: ['upper', 'lower'],
  skirt: ['lower'],
  jeans: ['lower'],
  trousers: ['lower'],
  joggers: ['lower'],
  shorts: ['lower'],
});

/** @param {string} category @returns {string[]} */
export function slotsOf(category) {
  return SLOTS[category] ?? [category];
}

/**
 * The outfit with `choice` put on; whatever held one of its slots comes off, the rest stays.
 * @param {Worn[]} outfit @param {Worn} choice @param {Garment[]} catalogue @returns {Worn[]}
 */
export function putOn(outfit, choice, catalogue) {
  const categoryOf = new Map(catalogue.map((garment) => [garment.id, garment.category]));
  const wanted = new Set(slotsOf(categoryOf.get(choice.id) ?? choice.id));
  const kept = outfit.filter(
    (worn) => worn.id !== choice.id && !slotsOf(categoryOf.get(worn.id) ?? worn.id).some((slot) => wanted.has(slot)),
  );
  return [...kept, choice].slice(-MAX_GARMENTS);
}

/** @param {Worn[]} outfit @param {string} id @returns {Worn[]} */
export function takeOff(outfit, id) {
  return outfit.filter((worn) => worn.id !== id);
}

/** @param {Worn[]} a @param {Worn[]} b @returns {boolean} */
export function sameOutfit(a, b) {
  return a.length === b.length && a.every((worn, i) => isSame(worn, b[i]));
}

/** @param {Worn} a @param {Worn} b @returns {boolean} */
function isSame(a, b) {
  return a.id === b.id && a.size === b.size && (a.colourway ?? null) === (b.colourway ?? null) && a.tucked === b.tucked;
}

/**
 * Whether the garment is worn inside of trousers or skirt; null where there is no choice.
 * @param {Garment} garment @param {Worn[]} outfit @param {Garment[]} catalogue @returns {boolean|null}
 */
export function tuckedIn({ id, tucked = null }, outfit, catalogue) {
  const isBottom = (/** @type {Garment} */ { category }) => slotsOf(category).join() === 'lower';
  const withBottom = catalogue.some((garment) => isBottom(garment) && outfit.some((worn) => worn.id === garment.id));
  const asked = outfit.find((worn) => worn.id === id);
  return tucked === null || !withBottom || !asked ? null : (asked.tucked ?? tucked);
}

/** @template T @param {T[]} history @param {T} before @returns {T[]} */
export function remember(history, before) {
  return [...history, before].slice(-MAX_UNDO);
}

/**
 * The garment's picture, in the colour in which the outfit has it.
 * @param {Garment} garment @param {Worn[]} outfit @returns {string} address
 */
export function thumbnailOf({ id, thumbnail, colourways = [] }, outfit) {
  const colourway = outfit.find((worn) => worn.id === id)?.colourway;
  return colourways.find((way) => way.id === colourway)?.thumbnail ?? thumbnail;
}

/**
 * What `person` is asked to wear, and what the server says of it; who has no outfit of their own wears what the first wears.
 * @param {Pick<import('./state.js').State, 'outfit'|'worn'|'others'|'othersWorn'|'person'>} state @param {number} [person]
 * @returns {{outfit: Worn[], worn: Worn[]}}
 */
export function clothesOf({ outfit, worn, others, othersWorn, person: chosen }, person = chosen) {
  const own = person > 0 ? others[person - 1] : null;
  return own ? { outfit: own, worn: othersWorn[person - 1] ?? [] } : { outfit, worn };
}

/**
 * Everybody's clothes once `person` wears `outfit`.
 * @param {import('./state.js').Wardrobe} before @param {Worn[]} outfit @returns {{outfit: Worn[], others: (Worn[]|null)[]}}
 */
export function dressed({ outfit: first, others, person }, outfit) {
  if (person === 0) return { outfit, others };
  return { outfit: first, others: others.map((own, index) => (index === person - 1 ? outfit : own)) };
}

/**
 * The size that is worn: the server's word for a size left to it, else the shopper's own choice.
 * @param {string} id @param {Worn[]} outfit @param {Worn[]} worn @returns {string|null}
 */
export function sizeOf(id, outfit, worn) {
  const asked = outfit.find((item) => item.id === id);
  if (!asked) return null;
  return asked.size ?? worn.find((item) => item.id === id)?.size ?? null;
}

/**
 * Whether the size that is worn was neither chosen nor advised: the middle one, as shops show clothes.
 * @param {string} id @param {Worn[]} outfit @param {{size?: string|null}|null} advice
 */
export const isUsual = (id, outfit, advice) => !outfit.find((item) => item.id === id)?.size && !advice?.size;

/** What the server says is worn. @param {{id: string, size?: string|null}[]} garments */
export const sizesIn = (garments) => garments.map(({ id, size = null }) => ({ id, size }));

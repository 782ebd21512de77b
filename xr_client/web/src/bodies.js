/**
 * The shopper's bodies: what each told, under a name. Pure: whatever comes from storage or a file is checked field by field, and what
 * does not pass is left out. Whether a value makes sense is the server's to say, each time that it is asked.
 *
 * @typedef {'told'|'tape'|'measured'|'camera'|'scan'} Source
 * @typedef {{name: string, value: number|string, source?: Source, error?: number}} Known  as in docs/protocol.md
 * @typedef {'female'|'male'} Sex
 * @typedef {'snug'|'regular'|'loose'} Preference
 * @typedef {object} Body
 * @property {string} id
 * @property {string} name            empty: the page's own word for it
 * @property {Sex|null} sex
 * @property {Preference} preference
 * @property {Known[]} known
 * @property {number} used_ms         when it was last used, since 1970
 */

export const MAX_BODIES = 12;
export const MAX_NAME = 40;
export const MAX_KNOWN = 24;
export const KEEP_DAYS = 365;
export const MAX_FILE_CHARS = 100_000;
const DAY_MS = 86_400_000;
const FILE_KIND = 'lookglass-bodies';
const SOURCES = ['told', 'tape', 'measured', 'camera', 'scan'];
const MEASURE = /^[a-z][a-z_]{0,39}$/;
const ID = /^b\d{1,6}$/;

/** A file that holds no bodies; `code` names a message. */
export class BodiesError extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** @param {Body[]} bodies @param {number} now_ms @param {Partial<Body>} [more] @returns {Body} with an id of its own */
export function newBody(bodies, now_ms, more = {}) {
  const taken = bodies.map(({ id }) => Number(id.slice(1)));
  return { name: '', sex: null, preference: 'regular', known: [], used_ms: now_ms, ...more, id: `b${Math.max(0, ...taken) + 1}` };
}

/** @param {Known[]} known @param {Known} one @returns {Known[]} with `one` in the place of what was known of that measure */
export function told(known, one) {
  return [...known.filter(({ name }) => name !== one.name), one].slice(-MAX_KNOWN);
}

/** @param {Body[]} bodies @param {Body} body @returns {Body[]} */
export function replaced(bodies, body) {
  return bodies.map((one) => (one.id === body.id ? body : one));
}

/** @param {unknown} text @returns {string} printable, short */
export function cleanName(text) {
  const plain = typeof text === 'string' ? text : '';
  return [...plain.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')].slice(0, MAX_NAME).join('').trim();
}

/** @param {Body} body @returns {Date} when it is forgotten unless it is used before */
export const expiry = ({ used_ms }) => new Date(used_ms + KEEP_DAYS * DAY_MS);

/** @param {unknown} value @param {number} now_ms @returns {Body[]} what may be trusted of a list, without what has expired */
export function checkedBodies(value, now_ms) {
  if (!Array.isArray(value)) return [];
  /** @type {Body[]} */
  const bodies = [];
  for (const found of value.slice(0, MAX_BODIES)) {
    const body = checkedBody(found, now_ms);
    if (!body || expiry(body).getTime() < now_ms) continue;
    bodies.push(bodies.some(({ id }) => id === body.id) ? newBody(bodies, now_ms, body) : body);
  }
  return bodies;
}

/** @param {any} found @param {number} now_ms @returns {Body|null} */
function checkedBody(found, now_ms) {
  if (found === null || typeof found !== 'object' || !Array.isArray(found.known)) return null;
  const used = Number.isFinite(found.used_ms) && found.used_ms > 0 ? Math.min(found.used_ms, now_ms) : now_ms;
  return {
    id: typeof found.id === 'string' && ID.test(found.id) ? found.id : 'b1',
    name: cleanName(found.name),
    sex: ['female', 'male'].includes(found.sex) ? found.sex : null,
    preference: ['snug', 'loose'].includes(found.preference) ? found.preference : 'regular',
    known: checkedKnown(found.known),
    used_ms: used,
  };
}

/** @param {any[]} list @returns {Known[]} */
export function checkedKnown(list) {
  /** @type {Known[]} */
  let known = [];
  for (const found of list.slice(0, MAX_KNOWN)) {
    if (found === null || typeof found !== 'object') continue;
    const { name, value, source, error } = found;
    const text = typeof value === 'string' && value.length > 0 && value.length <= MAX_NAME;
    const number = typeof value === 'number' && value > 0 && value < 1000;
    if (typeof name !== 'string' || !MEASURE.test(name) || !(text || number)) continue;
    known = told(known, {
      name,
      value,
      ...(SOURCES.includes(source) && { source }),
      ...(typeof error === 'number' && error > 0 && error <= 50 && { error }),
    });
  }
  return known;
}

/** @param {Body[]} bodies @returns {string} a file for the shopper */
export function exported(bodies) {
  return JSON.stringify({ kind: FILE_KIND, version: 1, bodies }, null, 2);
}

/** @param {string} text @param {number} now_ms @returns {Body[]} @throws {BodiesError} */
export function imported(text, now_ms) {
  if (text.length > MAX_FILE_CHARS) throw new BodiesError('bodies.file_large');
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new BodiesError('bodies.file_odd');
  }
  const fresh = Array.isArray(file?.bodies) ? file.bodies.map((/** @type {any} */ one) => one && { ...one, used_ms: now_ms }) : [];
  const bodies = file?.kind === FILE_KIND ? checkedBodies(fresh, now_ms) : [];
  if (bodies.length === 0) throw new BodiesError('bodies.file_odd');
  return bodies;
}

/**
 * The bodies that are here, and others: who is here already is not taken twice. Ids count from 1 in every browser, so an id alone tells
 * nobody apart: somebody is who has the same figures, or the same id and name. Of the latter, what is known here stays and the rest is added.
 * @param {Body[]} bodies @param {Body[]} more @param {number} now_ms
 * @returns {{bodies: Body[], added: number, same: number, left: number}} how many were new, were here, and found no room
 */
export function joined(bodies, more, now_ms) {
  let all = bodies;
  let same = 0;
  for (const one of more) {
    const here = all.find((own) => isSame(own, one));
    if (here) all = replaced(all, completed(here, one));
    else if (all.length < MAX_BODIES) all = [...all, newBody(all, now_ms, one)];
    if (here) same += 1;
  }
  const added = all.length - bodies.length;
  return { bodies: all, added, same, left: more.length - added - same };
}

/** @param {Body} a @param {Body} b */
const isSame = (a, b) =>
  (a.id === b.id && a.name !== '' && a.name === b.name) ||
  (figuresOf(a) === figuresOf(b) && (a.name === b.name || a.name === '' || b.name === ''));

/** @param {Body} body @returns {string} everything that was told, in one order */
const figuresOf = ({ sex, known }) =>
  JSON.stringify([sex, known.map(({ name, value, source = 'told', error = null }) => [name, value, source, error]).sort()]);

/** @param {Body} here @param {Body} more @returns {Body} */
function completed(here, more) {
  const unknown = more.known.filter(({ name }) => here.known.every((one) => one.name !== name));
  return { ...here, name: here.name || more.name, sex: here.sex ?? more.sex, known: [...here.known, ...unknown].slice(0, MAX_KNOWN) };
}

/**
 * The wire format, version 1 (docs/protocol.md): what may come in is checked, what goes out is built here.
 *
 * @typedef {{type: 'welcome', session: string, resume: string}
 *   | {type: 'answer', sdp: string}
 *   | {type: 'error', code: string, message: string}
 *   | {type: 'bye', reason: string}
 *   | {type: 'state', garments: {id: string, size?: string|null}[], height_cm: number|null, mirror: boolean,
 *     delivery: 'composed'|'layer', people: number, others: ({id: string, size?: string|null}[]|null)[], look: 'mirror'|'orbit'|'replay',
 *     fit_map: boolean, compare: {garment: string, sizes: string[]}|null}
 *   | {type: 'stats', t_s: number, fps: number, dropped: number, stage_ms: Record<string, number>, hint: string|null,
 *     people: import('../state.js').Place[]}
 *   | {type: 'fit'} & import('../fitmap.js').Fit
 *   | {type: 'scan', step: import('../scanning.js').Step, hint: string|null, say: Record<string, string>, progress: number,
 *     measures: import('../ui/size/found.js').Found[], clothes_cm: number|null}
 *   | {type: 'pong', t_ms: number}} ServerMessage
 */

export const VERSION = 1;

/** A message that is not of our protocol; the text names what is wrong. */
export class ProtocolError extends Error {}

/** @typedef {(value: any) => boolean} Check */
/** @type {Check} */
const text = (value) => typeof value === 'string';
/** @type {Check} */
const number = (value) => typeof value === 'number' && Number.isFinite(value);
/** @type {Check} */
const flag = (value) => typeof value === 'boolean';
/** @type {Check} */
const record = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
/** @param {Check} check @returns {Check} */
const orNull = (check) => (value) => value === null || check(value);

/** @type {Check} */
const outfit = (value) => Array.isArray(value) && value.every((g) => record(g) && text(g.id) && orNull(text)(g.size ?? null));

/** @type {Check} */
const place = (value) =>
  record(value) && number(value.id) && Array.isArray(value.above) && value.above.length === 2 && value.above.every(number);

/** @param {number} count @returns {Check} */
const numbers = (count) => (value) => Array.isArray(value) && value.length === count && value.every(number);
/** @param {Check} check @returns {Check} */
const listOf = (check) => (value) => Array.isArray(value) && value.every(check);

/** @type {Check} */
const region = (value) =>
  record(value) && text(value.point) && text(value.sits) && orNull(number)(value.ease_cm) && orNull(number)(value.intended_cm) &&
  number(value.off_cm) && number(value.strain) && flag(value.inferred) && orNull(numbers(2))(value.at);

/** @type {Check} */
const fitted = (value) => record(value) && text(value.id) && text(value.size) && flag(value.closes) && listOf(region)(value.regions);

/** @type {Check} */
const found = (value) =>
  record(value) && text(value.name) && text(value.unit) && text(value.source) &&
  [value.value, value.error, value.low, value.high].every(number);

/** @type {Record<string, Record<string, Check>>} */
const SERVER = {
  welcome: { session: text, resume: text },
  answer: { sdp: text },
  error: { code: text, message: text },
  bye: { reason: text },
  state: {
    garments: outfit,
    height_cm: orNull(number),
    mirror: flag,
    delivery: text,
    people: number,
    others: (value) => Array.isArray(value) && value.every(orNull(outfit)),
    look: text,
    fit_map: flag,
    compare: orNull((value) => record(value) && text(value.garment) && listOf(text)(value.sizes)),
  },
  stats: {
    t_s: number,
    fps: number,
    dropped: number,
    stage_ms: (value) => record(value) && Object.values(value).every(number),
    hint: orNull(text),
    people: (value) => Array.isArray(value) && value.every(place),
  },
  fit: {
    body: text,
    scale: listOf((value) => record(value) && number(value.off_cm) && text(value.colour)),
    panes: listOf((value) => record(value) && numbers(4)(value.place) && listOf(fitted)(value.garments)),
  },
  scan: {
    step: text,
    hint: orNull(text),
    say: (value) => record(value) && Object.values(value).every(text),
    progress: number,
    measures: listOf(found),
    clothes_cm: orNull(number),
  },
  pong: { t_ms: number },
};

/** @param {unknown} raw  text of one message @returns {ServerMessage} @throws {ProtocolError} */
export function parseServerMessage(raw) {
  let value;
  try {
    value = JSON.parse(/** @type {string} */ (raw));
  } catch {
    throw new ProtocolError('not JSON');
  }
  if (!record(value)) throw new ProtocolError('not an object');
  const { v, type, ...rest } = value;
  if (v !== VERSION) throw new ProtocolError(`version ${v}`);
  if (!Object.hasOwn(SERVER, type)) throw new ProtocolError(`unknown type ${type}`);
  const checks = SERVER[type];
  for (const key of Object.keys(rest)) {
    if (!Object.hasOwn(checks, key)) throw new ProtocolError(`${type}: unknown key ${key}`);
    if (!checks[key](rest[key])) throw new ProtocolError(`${type}: ${key} is wrong`);
  }
  for (const key of Object.keys(checks)) {
    if (!Object.hasOwn(rest, key)) throw new ProtocolError(`${type}: ${key} is missing`);
  }
  return /** @type {ServerMessage} */ ({ type, ...rest });
}

/** @param {string} type @param {object} [fields] @returns {string} */
const message = (type, fields) => JSON.stringify({ v: VERSION, type, ...fields });

/** @param {import('./signalling.js').Entrance} entrance  a token that seated nobody yet, or the key of the last welcome */
export const hello = ({ token, resume }) => message('hello', resume ? { resume } : { token });
export const offer = (/** @type {string} */ sdp) => message('offer', { sdp });
export const bye = () => message('bye');
export const ping = (/** @type {number} */ t_ms) => message('ping', { t_ms });

/** @typedef {{known: import('../bodies.js').Known[], sex: import('../bodies.js').Sex|null}} Told */
/** @param {number|null} height_cm @param {Told|null} [told]  what more is known; both null take back what was told */
export function body(height_cm, told = null) {
  return message('body', { height_cm, ...(told?.sex && { sex: told.sex }), ...(told && { known: told.known }) });
}

/** @param {'composed'|'layer'} delivery  the whole picture, or what is drawn alone; the page flips it itself */
export const view = (delivery) => message('view', { mirror: false, delivery });

/** @param {object} wish  to begin a body scan, or to stop it */
export const scan = (wish) => message('scan', wish);
export const fitMap = (/** @type {boolean} */ on) => message('fit_map', { on });

/** @param {string|null} garment  null ends it @param {string[]} [sizes]  two; the first is in the left half as it is sent */
export const compare = (garment, sizes) => message('compare', { garment, ...(garment && { sizes }) });

/** @param {RTCIceCandidate|null} candidate  null says that no more will come @returns {string} */
export function candidate(candidate) {
  if (!candidate) return message('candidate', { candidate: null });
  const { candidate: line, sdpMid, sdpMLineIndex } = candidate;
  return message('candidate', { candidate: { candidate: line, sdpMid, sdpMLineIndex } });
}

/** @param {import('../orbit.js').Look} look */
export const look = ({ mode, yaw_deg, pitch_deg, speed }) => message('look', { mode, yaw_deg, pitch_deg, speed });

/** @param {import('../state.js').Worn[]} outfit  a size of null is left to the server */
const garmentsOf = (outfit) =>
  outfit.map(({ id, size, colourway, tucked }) => ({
    id, ...(size && { size }), ...(colourway && { colourway }), ...(tucked !== undefined && { tucked }),
  }));

export const wear = (/** @type {import('../state.js').Worn[]} */ outfit) => message('wear', { garments: garmentsOf(outfit) });
/** An outfit that may be worn next. */
export const likely = (/** @type {import('../state.js').Worn[]} */ outfit) => message('likely', { garments: garmentsOf(outfit) });

/**
 * @param {number} most  how many are dressed @param {(import('../state.js').Worn[]|null)[]} others  null: as the first
 * @returns {string}
 */
export function people(most, others) {
  return message('people', { most, others: others.slice(0, most - 1).map((outfit) => outfit && garmentsOf(outfit)) });
}

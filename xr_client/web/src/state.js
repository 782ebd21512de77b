/**
 * The one store of the page: frozen snapshots, and an event for every change.
 *
 * @typedef {{id: string, size: string|null, colourway?: string, tucked?: boolean}} Worn  one garment of the outfit; size null =
 *   the server's choice, tucked undefined = as the garment is worn by default
 * @typedef {{id: string, name: Record<string, string>, category: string, sizes: string[], thumbnail: string,
 *   tucked?: boolean|null, colourways?: {id: string, name: Record<string, string>, colour: string, thumbnail: string}[]}} Garment
 * @typedef {'idle'|'asking'|'connecting'|'live'|'reconnecting'|'photo'|'failed'} Phase
 * @typedef {'camera'|'demo'|'photo'} Source
 * @typedef {{deviceId?: string, facing?: 'user'|'environment'}} CameraChoice
 * @typedef {{deviceId: string, label: string}} CameraDevice
 * @typedef {{id: number, above: [number, number]}} Place  the crown of a head, in shares of the picture
 * @typedef {{outfit: Worn[], others: (Worn[]|null)[], person: number}} Wardrobe  what everybody wears, and who was chosen
 * @typedef {'off'|'live'|'synced'} SplitMode
 * @typedef {{fps: number, dropped: number, stage_ms: Record<string, number>, hint: string|null}} ServerStats
 * @typedef {{frames_per_s: number, dropped: number, width_px: number, height_px: number, jitter_buffer_ms: number|null,
 *   glass_ms: number|null, codec: string|null}} PictureStats
 *
 * @typedef {object} State
 * @property {Phase} phase
 * @property {Source|null} source          what is shown, or was last asked for
 * @property {string|null} failure         code of the failure while phase is 'failed'
 * @property {Garment[]} catalogue
 * @property {'loading'|'ready'|'failed'} catalogueState
 * @property {Worn[]} outfit               what the shopper asks for
 * @property {Worn[]} worn                 what the server says is worn
 * @property {number} people               how many are dressed, 1 to 3
 * @property {number} person               who gets the next garment, from 0, the shopper
 * @property {(Worn[]|null)[]} others      outfits of the second and the third; null: as the shopper
 * @property {(Worn[]|null)[]} othersWorn  what the server says of them
 * @property {Place[]} places              where everybody stands
 * @property {Wardrobe[]} undo             as it was before, the newest last
 * @property {string|null} focus           the garment whose sizes are shown
 * @property {number|null} height_cm       what the server is told where no more is known
 * @property {{known: import('./bodies.js').Known[], sex: import('./bodies.js').Sex|null}|null} told  what it is told of the body
 * @property {import('./bodies.js').Body[]} bodies
 * @property {string|null} body            id of the one that is chosen
 * @property {{bodies: import('./bodies.js').Body[], body: string|null}|null} removed  as it was before a body was removed
 * @property {import('./net/size.js').Answer|null} advice  of the chosen body and the garment in focus
 * @property {import('./net/shop.js').SavedBody[]} saved  bodies on the shop's server
 * @property {import('./bag.js').Cart|null} bag  null: nothing was ever put in
 * @property {Record<string, import('./bag.js').Variant[]>} shelf  what is sold of the garments that were worn when the bag was opened
 * @property {import('./net/offers.js').Offer[]|null} offers  what else this server does; null: not known yet
 * @property {import('./scanning.js').Scan|null} scan  a body scan that runs, or is about to
 * @property {boolean} fitMap              the fit map is wanted
 * @property {import('./fitmap.js').Compare|null} compare  two sizes side by side are wanted
 * @property {import('./fitmap.js').Fit|null} fit  the server's word on them
 * @property {boolean|null} keep           whether this browser remembers; null: not asked yet
 * @property {boolean} composing           the page does show what it composes
 * @property {SplitMode} split             whether the page composes: over the newest own picture, or over the layer's
 * @property {import('./typed.js').System} unit
 * @property {boolean} mirror              the picture is flipped like a mirror
 * @property {'mirror'|'orbit'|'replay'} look        from where the server shows the shopper
 * @property {'mirror'|'orbit'|'replay'} wantedLook  from where the shopper wants to look
 * @property {number} yaw_deg              of the view round the avatar; 90 is its own left side
 * @property {number} pitch_deg            positive from above
 * @property {boolean} slow                the replay runs in slow motion
 * @property {CameraDevice[]} cameras
 * @property {CameraChoice} camera
 * @property {string} language
 * @property {string|null} hint            framing help: a key of the server, or null
 * @property {boolean} silent              the camera is open and sends no picture
 * @property {boolean} panel               frames and latency are shown
 * @property {string|null} notice          code of a passing message
 * @property {string|null} signalling      'websocket' or 'https' once connected
 * @property {number|null} rtt_ms
 * @property {ServerStats|null} server
 * @property {PictureStats|null} picture
 * @property {boolean} photoBusy
 * @property {Blob|null} photo              the still that is shown
 */

/** @type {State} */
const START = {
  phase: 'idle',
  source: null,
  failure: null,
  catalogue: [],
  catalogueState: 'loading',
  outfit: [],
  worn: [],
  people: 1,
  person: 0,
  others: [null, null],
  othersWorn: [],
  places: [],
  undo: [],
  focus: null,
  height_cm: null,
  told: null,
  bodies: [],
  body: null,
  removed: null,
  advice: null,
  saved: [],
  bag: null,
  shelf: {},
  offers: null,
  scan: null,
  fitMap: false,
  compare: null,
  fit: null,
  keep: null,
  split: 'off',
  composing: false,
  unit: 'cm',
  mirror: true,
  look: 'mirror',
  wantedLook: 'mirror',
  yaw_deg: 0,
  pitch_deg: 6,
  slow: false,
  cameras: [],
  camera: { facing: 'user' },
  language: 'en',
  hint: null,
  silent: false,
  panel: false,
  notice: null,
  signalling: null,
  rtt_ms: null,
  server: null,
  picture: null,
  photoBusy: false,
  photo: null,
};
export const INITIAL = Object.freeze(START);

/** Holds the state; emits `change` with `{changed: Set<keyof State>, state}` after every `set` that changes something. */
export class Store extends EventTarget {
  /** @type {Readonly<State>} */
  #state;

  /** @param {Partial<State>} [start] */
  constructor(start = {}) {
    super();
    this.#state = Object.freeze({ ...INITIAL, ...start });
  }

  /** The present snapshot; never changes in place. */
  get state() {
    return this.#state;
  }

  /** @param {Partial<State>} patch @returns {boolean} whether anything changed */
  set(patch) {
    const keys = /** @type {(keyof State)[]} */ (Object.keys(patch));
    const unknown = keys.find((key) => !(key in INITIAL));
    if (unknown) throw new TypeError(`no such state: ${unknown}`);
    const changed = new Set(keys.filter((key) => !Object.is(patch[key], this.#state[key])));
    if (changed.size === 0) return false;
    this.#state = Object.freeze({ ...this.#state, ...patch });
    this.emit('change', { changed, state: this.#state });
    return true;
  }

  /** @param {string} type @param {unknown} detail */
  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /**
   * Call `react` with the state now, and again whenever one of `keys` changes.
   * @param {(keyof State)[]} keys @param {(state: Readonly<State>) => void} react @returns {() => void} stops it
   */
  watch(keys, react) {
    /** @param {Event} event */
    const listener = (event) => {
      const { changed } = /** @type {CustomEvent<{changed: Set<string>}>} */ (event).detail;
      if (keys.some((key) => changed.has(key))) react(this.#state);
    };
    this.addEventListener('change', listener);
    react(this.#state);
    return () => this.removeEventListener('change', listener);
  }
}

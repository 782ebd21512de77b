/** What the shopper can do; joins the store with camera, session and server. Knows nothing of the page's elements. */
import { Bag } from './bag.js';
import { PhotoMode } from './photo_mode.js';
import { Tokens } from './tokens.js';
import { fetchGarments } from './net/api.js';
import { codeOf } from './net/errors.js';
import { fetchOffers } from './net/offers.js';
import { chooseLanguage } from './i18n/i18n.js';
import { Session } from './net/session.js';
import { listCameras, looksBack, missing, openCamera, resizeCamera, stopStream } from './media/camera.js';
import { openDemo } from './media/demo.js';
import { Fitting } from './fitting.js';
import { FrameGauge } from './media/gauge.js';
import { FitView, asSent } from './fitmap.js';
import { sizesIn } from './outfit.js';
import { Orbit } from './orbit.js';
import { SavedBodies } from './saved.js';
import { ShopSession } from './shopper.js';
import { Scanning } from './scanning.js';
import { Sizing } from './sizing.js';
import { validHeight } from './units.js';

/**
 * @typedef {import('./state.js').Store} Store
 * @typedef {import('./state.js').Source} Source
 * @typedef {import('./state.js').CameraChoice} CameraChoice
 * @typedef {{adult: boolean, remember: boolean}} Consent
 * @typedef {Source|'scan'} Purpose  what the shopper agrees to
 */

const NOTICE_MS = 4000;
const STATS_EVERY_MS = 1000;

export class Client {
  /**
   * @param {Store} store
   * @param {{memory: import('./storage.js').Memory, join: {token: string|null, spent: () => void},
   *   askConsent: (purpose: Purpose) => Promise<Consent|null>}} outside
   */
  constructor(store, { memory, join, askConsent }) {
    this.store = store;
    this.memory = memory;
    this.askConsent = askConsent;
    this.gauge = new FrameGauge();
    /** @type {Consent|null} */
    this.consent = null;
    this.tokens = new Tokens(join, () => this.consent?.adult === true);
    this.still = new PhotoMode(store, this.tokens);
    this.fitting = new Fitting(store, (outfit) => this.session?.sendLikely(outfit));
    this.sizing = new Sizing(store);
    this.bag = new Bag(store, new ShopSession(store, memory));
    this.saved = new SavedBodies(store, this.bag.shop);
    this.orbit = new Orbit(store, (look) => this.session?.sendLook(look));
    this.scanning = new Scanning(store, {
      send: (wish) => this.session?.sendScan(wish),
      start: () => this.start('camera'),
      look: () => this.orbit.show('mirror'),
      token: async () => ((await this.#consented('scan')) ? this.tokens.forRequest() : null),
    });
    this.fitView = new FitView(store, { map: () => this.session?.sendFitMap(), compare: () => this.session?.sendCompare() });
    store.addEventListener('no_past', () => this.notify('no_past'));
    /** @type {Session|null} */
    this.session = null;
    /** @type {MediaStream|null} */
    this.stream = null;
    this.turn = 0; // counts starts and stops; what belongs to an earlier turn is dropped
    store.watch(['outfit'], () => this.#outfitChanged());
    store.watch(['people', 'others'], () => this.session?.sendPeople());
    store.watch(['split', 'composing', 'people'], () => this.session?.sendView());
    store.watch(['split'], () => this.#resize());
    store.watch(['height_cm', 'told'], () => this.#bodyChanged());
    store.watch(['bodies', 'body', 'unit', 'language', 'split'], (state) => memory.save(state));
    setInterval(() => this.#measure(), STATS_EVERY_MS);
  }

  /** Load the catalogue; callable again after a failure. */
  async loadCatalogue() {
    this.store.set({ catalogueState: 'loading' });
    try {
      this.store.set({ catalogue: await fetchGarments(), catalogueState: 'ready' });
    } catch {
      this.store.set({ catalogueState: 'failed' });
    }
  }

  /** What else this server offers; silent where it cannot be asked. */
  async loadOffers() {
    if (this.store.state.offers === null) this.store.set({ offers: await fetchOffers().catch(() => null) });
  }

  /** Consent, then camera (or demo), then connection. @param {'camera'|'demo'} [source] */
  async start(source = 'camera') {
    const lacking = missing(window, source === 'camera');
    if (lacking) return this.#fail(lacking, source);
    if (!(await this.#consented(source))) return;
    const turn = this.#newTurn({ phase: 'asking', source, failure: null });
    this.tokens.forRequest().catch(() => {}); // on its way while the camera opens; the session tells what went wrong
    try {
      const stream = source === 'camera' ? await openCamera(this.store.state.camera, this.#large) : await openDemo();
      if (turn !== this.turn) return stopStream(stream);
      this.#useStream(stream);
      this.store.set({ phase: 'connecting', mirror: source === 'camera' && !looksBack(stream) });
      this.#connect(stream);
      if (source === 'camera') this.store.set({ cameras: await listCameras() });
    } catch (error) {
      if (turn === this.turn) this.#fail(codeOf(error), source);
    }
  }

  /** Dress the shopper's own still picture. @param {Blob} file */
  async startPhoto(file) {
    if (!(await this.#consented('photo'))) return;
    this.#newTurn({ phase: 'photo', source: 'photo', failure: null, mirror: false, people: 1, person: 0 });
    await this.#dress(() => this.still.open(file));
  }

  /** Camera off, connection closed, photo forgotten. */
  stop() {
    this.#newTurn({ phase: 'idle', failure: null });
  }

  /** After a failure: the same again. */
  async retry() {
    const { source, catalogueState } = this.store.state;
    const { original } = this.still;
    if (catalogueState === 'failed') this.loadCatalogue();
    if (source !== 'photo') await this.start(source ?? 'camera');
    else if (original) await this.startPhoto(original);
  }

  /** @param {number|null} height_cm  null takes it back @returns {boolean} whether it lies within the range */
  setHeight(height_cm) {
    const valid = height_cm === null ? null : validHeight(height_cm);
    if (valid === null && height_cm !== null) return false;
    this.sizing.setHeight(valid);
    return true;
  }

  /** @param {boolean} keep  whether this browser remembers bodies, units and language; a no deletes what it does */
  setKeep(keep) {
    this.memory.allow(keep);
    this.store.set({ keep });
    this.memory.save(this.store.state);
  }

  /** @param {import('./typed.js').System} unit */
  setUnit(unit) {
    this.store.set({ unit });
  }

  /** @param {string} language */
  setLanguage(language) {
    this.store.set({ language: chooseLanguage([language]) });
  }

  /** @param {boolean} mirror */
  setMirror(mirror) {
    this.store.set({ mirror });
  }

  /** Who composes: the server, or this page. @param {import('./state.js').SplitMode} split */
  setSplit(split) {
    if (!['off', 'live', 'synced'].includes(split)) throw new RangeError(`no split ${split}`);
    this.store.set({ split });
  }

  /** Change the camera without breaking the connection. @param {CameraChoice} camera */
  async chooseCamera(camera) {
    this.store.set({ camera });
    const { session, turn } = this;
    if (!session || this.store.state.source !== 'camera') return;
    stopStream(this.stream); // phones open one camera at a time
    try {
      const stream = await openCamera(camera, this.#large);
      if (turn !== this.turn) return stopStream(stream);
      this.#useStream(stream);
      await session.replaceStream(stream);
      this.store.set({ mirror: !looksBack(stream) });
    } catch (error) {
      if (turn === this.turn) this.#fail(codeOf(error), 'camera');
    }
  }

  /** The page shows one more composed picture. @param {number} now_ms @param {number} width_px @param {number} height_px */
  frameShown(now_ms, width_px, height_px) {
    this.gauge.count(now_ms);
    this.session?.heard();
    this.shown = { width_px, height_px };
    const { phase } = this.store.state;
    if (this.connected && (phase === 'connecting' || phase === 'reconnecting')) {
      this.store.set({ phase: 'live' });
      this.store.emit('live', null);
    }
  }

  /** The page came back to the front: a phone may have taken the camera away meanwhile. */
  async awake() {
    const [track] = this.stream?.getVideoTracks() ?? [];
    const { source, camera, phase } = this.store.state;
    if (source === 'camera' && track?.readyState === 'ended' && phase !== 'failed') await this.chooseCamera(camera);
  }

  /** @param {string} code  a passing message */
  notify(code) {
    this.store.set({ notice: code });
    clearTimeout(this.noticeTimer);
    this.noticeTimer = setTimeout(() => this.store.set({ notice: null }), NOTICE_MS);
  }

  /** @param {Purpose} purpose @returns {Promise<boolean>} */
  async #consented(purpose) {
    if (this.consent) return true;
    this.consent = await this.askConsent(purpose);
    if (this.consent) this.setKeep(this.consent.remember);
    return this.consent !== null;
  }

  /** @param {MediaStream} stream */
  #useStream(stream) {
    this.stream = stream;
    const [track] = stream.getVideoTracks();
    track.onended = () => this.#cameraLost(stream);
    track.onmute = track.onunmute = () => this.stream === stream && this.store.set({ silent: track.muted });
    this.store.set({ silent: track.muted });
    this.store.emit('preview', stream);
  }

  /** Pulled out, or taken by another program. @param {MediaStream} stream */
  async #cameraLost(stream) {
    const left = await listCameras().catch(() => []);
    if (this.stream === stream && document.visibilityState === 'visible') this.#fail(left.length ? 'in_use' : 'no_camera', 'camera');
  }

  /** Whether the shopper sees the camera's own picture. */
  get #large() {
    return this.store.state.split !== 'off';
  }

  /** Where the page composes, the camera films larger than what is sent. */
  async #resize() {
    const [track] = this.stream?.getVideoTracks() ?? [];
    if (!track || this.store.state.source !== 'camera') return;
    await resizeCamera(track, this.#large);
    await this.session?.peer?.scale();
  }

  /** @param {MediaStream} stream */
  #connect(stream) {
    const session = new Session(stream, {
      outfit: () => this.store.state.outfit,
      people: () => ({ most: this.store.state.people, others: this.store.state.others }),
      body: () => this.store.state,
      delivery: () => deliveryOf(this.store.state),
      fit: () => {
        const { fitMap, compare, mirror } = this.store.state;
        return { fitMap, compare: compare && asSent(compare, mirror) };
      },
      token: () => this.tokens.forSeat(),
    });
    this.session = session;
    this.connected = false;
    const on = (/** @type {string} */ type, /** @type {(detail: any) => void} */ react) =>
      session.addEventListener(type, (event) => {
        if (this.session === session) react(/** @type {CustomEvent} */ (event).detail);
      });
    on('connected', (kind) => this.#isConnected(kind));
    on('picture', (picture) => this.store.emit('picture', picture));
    on('message', (message) => this.#receive(message));
    on('rtt', (rtt_ms) => this.store.set({ rtt_ms }));
    on('odd', (error) => this.store.emit('odd', error));
    on('lost', () => this.#isLost());
    on('failed', (code) => this.#fail(code, this.store.state.source));
    session.run();
  }

  /** @param {string} signalling */
  #isConnected(signalling) {
    this.connected = true;
    this.store.set({ signalling });
  }

  #isLost() {
    this.connected = false;
    this.orbit.reset();
    const { phase } = this.store.state;
    const seen = phase === 'live' || phase === 'reconnecting';
    this.store.set({ phase: seen ? 'reconnecting' : 'connecting', rtt_ms: null, server: null, hint: null });
  }

  /** @param {import('./net/messages.js').ServerMessage} message */
  #receive(message) {
    if (message.type === 'state') {
      this.store.set({ worn: sizesIn(message.garments), othersWorn: message.others.map((own) => own && sizesIn(own)) });
      this.orbit.shown(message.look);
      this.store.emit('state', message);
    } else if (message.type === 'stats') {
      const { fps, dropped, stage_ms, hint, people } = message;
      this.store.set({ server: { fps, dropped, stage_ms, hint }, hint, places: people });
      this.store.emit('stats', message);
    } else if (message.type === 'fit') {
      this.fitView.heard(message);
    } else if (message.type === 'scan') {
      this.scanning.heard(message);
    } else if (message.type === 'error') {
      this.store.emit('trouble', message);
      this.#refused(message.code);
    }
  }

  /** @param {string} code  of what the server does not do */
  #refused(code) {
    const [area] = code.split('.');
    if (area === 'compare') this.fitView.showPair(null);
    if (area === 'worker') this.store.set({ fit: null }); // the camera's own picture is seen meanwhile
    this.notify(code === 'worker.lost' ? 'interrupted' : area === 'measure' ? 'measure' : 'refused');
  }

  #bodyChanged() {
    this.session?.sendBody();
    this.#redress();
  }

  #outfitChanged() {
    this.session?.sendOutfit();
    this.#redress();
  }

  #redress() {
    if (this.store.state.phase === 'photo') this.#dress(() => this.still.dress());
  }

  /** @param {() => Promise<void>} work  on the still picture */
  async #dress(work) {
    const { turn } = this;
    try {
      await work();
    } catch (error) {
      if (turn === this.turn) this.#fail(codeOf(error), 'photo');
    }
  }

  /** @param {string} code @param {Source|null} source */
  #fail(code, source) {
    const { original } = this.still;
    this.#newTurn({ phase: 'failed', failure: code, source });
    if (source === 'photo' && !code.startsWith('photo_')) this.still.original = original; // a retry sends it again
  }

  /** Let go of everything that runs, and begin anew. @param {Partial<import('./state.js').State>} patch */
  #newTurn(patch) {
    this.turn += 1;
    this.session?.close();
    this.session = null;
    this.connected = false;
    this.still.close();
    this.orbit.reset();
    const { stream } = this;
    this.stream = null;
    stopStream(stream);
    this.store.emit('preview', null);
    this.store.emit('picture', null);
    this.store.set({
      worn: [],
      othersWorn: [],
      places: [],
      hint: null,
      silent: false,
      server: null,
      picture: null,
      rtt_ms: null,
      signalling: null,
      ...patch,
    });
    return this.turn;
  }

  async #measure() {
    const peer = this.session?.peer;
    if (!peer || !this.shown || this.store.state.phase !== 'live') return;
    const received = await peer.receiverStats().catch(() => null);
    if (this.session?.peer !== peer) return;
    this.store.set({
      picture: {
        frames_per_s: this.gauge.rate(performance.now()),
        ...this.shown,
        dropped: received?.dropped ?? 0,
        jitter_buffer_ms: received?.jitter_buffer_ms ?? null,
        glass_ms: received?.glass_ms ?? null,
        codec: received?.codec ?? null,
      },
    });
  }
}

/**
 * Several people move each in their own way: over the newest picture one layer of them all cannot follow.
 * @param {Readonly<import('./state.js').State>} state @returns {'composed'|'layer'}
 */
export const deliveryOf = ({ split, composing, people }) =>
  composing && (split === 'synced' || (split === 'live' && people === 1)) ? 'layer' : 'composed';

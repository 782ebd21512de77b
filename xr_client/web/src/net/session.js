/** One shopper's connection for as long as the page wants it: connects, notices a loss, comes back with the outfit. */
import { NetError } from './errors.js';
import { Peer } from './peer.js';
import { patienceMs, reconnectDelayMs, waitOr } from './reconnect.js';
import { openSignalling } from './signalling.js';

const CONNECT_TIMEOUT_MS = 15000;
const FIRST_ATTEMPTS = 3; // before the shopper has seen a picture, say soon that something is wrong
const STEADY_MS = 5000;

/**
 * Emits `connected`, `picture` (MediaStream), `message` (ServerMessage), `rtt` (ms), `lost` (code), `failed` (code).
 *
 * @typedef {object} Wishes
 * @property {() => import('../state.js').Worn[]} outfit  read at every connection, so that nothing is forgotten
 * @property {() => {most: number, others: (import('../state.js').Worn[]|null)[]}} people
 * @property {() => {height_cm: number|null, told: import('./messages.js').Told|null}} body
 * @property {() => 'composed'|'layer'} delivery
 * @property {() => {fitMap: boolean, compare: {garment: string, sizes: string[]}|null}} fit  seen on the picture
 * @property {() => Promise<string>} token  one that has seated nobody yet
 */
export class Session extends EventTarget {
  /** @param {MediaStream} stream @param {Wishes} wishes */
  constructor(stream, wishes) {
    super();
    this.stream = stream;
    this.wishes = wishes;
    this.closed = false;
    this.preferRequests = false;
    /** @type {string|null} */
    this.resume = null; // opens the same session again
    /** @type {Peer|null} */
    this.peer = null;
    /** @type {import('./signalling.js').Signalling|null} */
    this.signalling = null;
    this.waking = new EventTarget();
  }

  /** @returns {Promise<void>} ends when `close` is called or nothing more can be done */
  async run() {
    let attempt = 0;
    let everConnected = false;
    const online = () => this.waking.dispatchEvent(new Event('wake'));
    globalThis.addEventListener('online', online);
    while (!this.closed) {
      const end = await this.#once(patienceMs(attempt));
      everConnected ||= end.connected;
      attempt = end.steady ? 1 : attempt + 1;
      if (this.closed) break;
      const delay_ms = !everConnected && attempt >= FIRST_ATTEMPTS ? null : reconnectDelayMs(attempt);
      if (end.error.final || delay_ms === null) {
        this.closed = true;
        this.#emit('failed', end.error.code);
        break;
      }
      this.#emit('lost', end.error.code);
      await waitOr(delay_ms, this.waking, 'wake');
    }
    globalThis.removeEventListener('online', online);
  }

  /** Say what to wear, if the channel is up; a later connection says it again by itself. */
  sendOutfit() {
    this.peer?.control.wear(this.wishes.outfit());
  }

  /** Say what may be worn next, so that it is there sooner. @param {import('../state.js').Worn[]} outfit */
  sendLikely(outfit) {
    this.peer?.control.likely(outfit);
  }

  /** Say how many are dressed, and in what the second and third. */
  sendPeople() {
    const { most, others } = this.wishes.people();
    this.peer?.control.people(most, others);
  }

  /** Say what the shopper told of their body. */
  sendBody() {
    const { height_cm, told } = this.wishes.body();
    this.peer?.control.body(height_cm, told);
  }

  /** Say whether the server composes, or returns the layer alone. */
  sendView() {
    this.peer?.control.view(this.wishes.delivery());
  }

  /** Say whether the fit map is wanted. */
  sendFitMap() {
    this.peer?.control.fitMap(this.wishes.fit().fitMap);
  }

  /** Say which two sizes are compared, or that none are. */
  sendCompare() {
    this.peer?.control.compare(this.wishes.fit().compare);
  }

  /** @param {object} wish  to begin or stop a body scan */
  sendScan(wish) {
    this.peer?.control.scan(wish);
  }

  /** Say from where to look; a later connection begins before the mirror. @param {import('../orbit.js').Look} look */
  sendLook(look) {
    this.peer?.control.look(look);
  }

  /** A picture came: the connection lives, whatever the channel says. */
  heard() {
    this.peer?.control.heard();
  }

  /** @param {MediaStream} stream  of another camera @returns {Promise<void>} */
  async replaceStream(stream) {
    this.stream = stream;
    await this.peer?.replaceTrack(stream.getVideoTracks()[0]);
  }

  close() {
    this.closed = true;
    this.#end(new NetError('ended'));
    this.waking.dispatchEvent(new Event('wake'));
  }

  /** One connection from first to last. @param {number} patience_ms  for signalling to open @returns {Promise<{error: NetError, connected: boolean, steady: boolean}>} */
  async #once(patience_ms) {
    let since_ms = Infinity;
    const ended = new Promise((_, reject) => {
      this.#end = reject;
    });
    const timer = setTimeout(() => this.#end(new NetError('media')), CONNECT_TIMEOUT_MS);
    try {
      await Promise.race([this.#connect(patience_ms), ended]);
      clearTimeout(timer);
      since_ms = performance.now();
      this.#emit('connected', this.signalling?.kind);
      await ended;
      throw new NetError('ended');
    } catch (error) {
      return {
        error: error instanceof NetError ? error : new NetError('media'),
        connected: since_ms < Infinity,
        steady: performance.now() - since_ms > STEADY_MS,
      };
    } finally {
      clearTimeout(timer);
      this.#drop();
    }
  }

  /** @param {number} patience_ms */
  async #connect(patience_ms) {
    const end = this.#end;
    const over = () => this.closed || this.#end !== end;
    const entrance = { resume: this.resume, token: this.wishes.token };
    const signalling = await openSignalling(entrance, { preferRequests: this.preferRequests, patience_ms });
    if (over()) return signalling.close();
    this.signalling = signalling;
    this.resume = signalling.resume;
    signalling.onClose((error) => this.#signallingClosed(error));
    const peer = new Peer(this.stream);
    this.peer = peer;
    const open = new Promise((resolve) => peer.control.addEventListener('open', resolve, { once: true }));
    this.#listen(peer);
    await peer.connect(signalling);
    await open;
    if (over()) return;
    this.preferRequests = signalling.kind === 'https';
    this.sendBody();
    this.sendView();
    if (this.wishes.people().most > 1) this.sendPeople(); // one is where every session begins
    this.sendOutfit();
    const { fitMap, compare } = this.wishes.fit();
    if (fitMap) this.sendFitMap();
    if (compare) this.sendCompare();
  }

  /** @param {Peer} peer */
  #listen(peer) {
    peer.addEventListener('picture', (event) => this.#emit('picture', /** @type {CustomEvent} */ (event).detail));
    peer.addEventListener('lost', () => this.#end(new NetError('media')));
    for (const type of ['message', 'rtt', 'odd']) {
      peer.control.addEventListener(type, (event) => this.#emit(type, /** @type {CustomEvent} */ (event).detail));
    }
    peer.control.addEventListener('message', (event) => {
      if (/** @type {CustomEvent} */ (event).detail.type === 'bye') this.#end(new NetError('ended'));
    });
    peer.control.addEventListener('lost', () => this.#end(new NetError('network')));
  }

  /** @param {NetError} error  media may outlive a lost socket; the heartbeat on the channel decides then */
  #signallingClosed(error) {
    if (error.code !== 'network' || this.peer?.control.channel.readyState !== 'open') this.#end(error);
  }

  /** Ends the present connection. @type {(error: NetError) => void} */
  #end = () => {};

  /** Without a goodbye the server keeps what was worn, and the seat for some seconds. */
  #drop() {
    this.#end = () => {};
    if (this.closed) this.signalling?.close();
    else this.signalling?.hangUp();
    this.peer?.close();
    this.peer = null;
    this.signalling = null;
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

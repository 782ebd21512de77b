/** The data channel `control`: the shopper's wishes go out, the server's word and a heartbeat come in. */
import * as messages from './messages.js';

const PING_EVERY_MS = 1000;
const SILENCE_LIMIT_MS = 2500; // neither an answer nor a picture

/** Emits `message` (a ServerMessage), `rtt` (milliseconds), `odd` (a message outside the protocol) and `lost`. */
export class Control extends EventTarget {
  /** @param {RTCDataChannel} channel @param {() => number} [now] */
  constructor(channel, now = () => performance.now()) {
    super();
    this.channel = channel;
    this.now = now;
    this.heard_ms = now();
    this.ticked_ms = this.heard_ms;
    /** @type {ReturnType<typeof setInterval>|undefined} */
    this.timer = undefined;
    channel.onopen = () => this.#open();
    channel.onmessage = (event) => this.receive(event.data);
    channel.onclose = () => this.#emit('lost', 'closed');
  }

  /** @param {import('../state.js').Worn[]} outfit */
  wear(outfit) {
    this.#send(messages.wear(outfit));
  }

  /** @param {import('../state.js').Worn[]} outfit */
  likely(outfit) {
    this.#send(messages.likely(outfit));
  }

  /** @param {number} most @param {(import('../state.js').Worn[]|null)[]} others */
  people(most, others) {
    this.#send(messages.people(most, others));
  }

  /** @param {number|null} height_cm @param {messages.Told|null} told  both null take back what was told */
  body(height_cm, told) {
    this.#send(messages.body(height_cm, told));
  }

  /** @param {'composed'|'layer'} delivery */
  view(delivery) {
    this.#send(messages.view(delivery));
  }

  /** @param {object} wish  of a body scan */
  scan(wish) {
    this.#send(messages.scan(wish));
  }

  /** @param {boolean} on */
  fitMap(on) {
    this.#send(messages.fitMap(on));
  }

  /** @param {{garment: string, sizes: string[]}|null} wish */
  compare(wish) {
    this.#send(messages.compare(wish?.garment ?? null, wish?.sizes));
  }

  /** @param {import('../orbit.js').Look} look */
  look(look) {
    this.#send(messages.look(look));
  }

  close() {
    clearInterval(this.timer);
    this.channel.onclose = null;
    this.channel.close();
  }

  /** @param {string} data  one message of the server */
  receive(data) {
    this.heard_ms = this.now();
    let message;
    try {
      message = messages.parseServerMessage(data);
    } catch (error) {
      this.#emit('odd', error);
      return;
    }
    if (message.type === 'pong') this.#emit('rtt', this.now() - message.t_ms);
    else this.#emit('message', message);
  }

  /** Something else of this connection came. */
  heard() {
    this.heard_ms = this.now();
  }

  /** One heartbeat; silence counts only while the page itself was awake to hear. */
  tick() {
    const now = this.now();
    const slept = now - this.ticked_ms > 3 * PING_EVERY_MS;
    this.ticked_ms = now;
    if (slept) this.heard_ms = now;
    if (now - this.heard_ms > SILENCE_LIMIT_MS) this.#emit('lost', 'silent');
    else this.#send(messages.ping(now));
  }

  #open() {
    this.heard_ms = this.ticked_ms = this.now();
    this.#emit('open', null);
    this.tick();
    this.timer = setInterval(() => this.tick(), PING_EVERY_MS);
  }

  /** @param {string} text */
  #send(text) {
    if (this.channel.readyState === 'open') this.channel.send(text);
  }

  /** @param {string} type @param {unknown} detail */
  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

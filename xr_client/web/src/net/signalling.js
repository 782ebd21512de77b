/** Two ways to exchange offer, answer and candidates: a WebSocket, or plain HTTPS requests where that is refused. */
import { NetError, fromClose, fromRefusal, fromStatus } from './errors.js';
import { request } from './api.js';
import * as messages from './messages.js';

/**
 * @typedef {{token?: string, resume?: string}} Entrance  one of them
 *
 * @typedef {object} Signalling
 * @property {'websocket'|'https'} kind
 * @property {(sdp: string) => Promise<string>} offer      the answer's SDP
 * @property {(candidate: RTCIceCandidate|null) => void} candidate
 * @property {(reason: (error: NetError) => void) => void} onClose
 * @property {() => void} close                            says goodbye
 * @property {() => void} hangUp                           without a goodbye: the shopper comes back
 * @property {string|null} resume                          the key to come back with
 */

const OPEN_TIMEOUT_MS = 4000;
const ANSWER_TIMEOUT_MS = 12000;

/** @template T @param {Promise<T>} promise @param {number} ms @returns {Promise<T>} */
function within(promise, ms) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new NetError('network')), ms);
  });
  return /** @type {Promise<T>} */ (Promise.race([promise, late])).finally(() => clearTimeout(timer));
}

/** Signalling over `/ws`; the token is the first message, never part of the address. @implements {Signalling} */
export class SocketSignalling {
  kind = /** @type {const} */ ('websocket');

  /** @param {WebSocket} socket  open, and welcomed @param {string} resume */
  constructor(socket, resume) {
    this.socket = socket;
    this.resume = resume;
    /** @type {(error: NetError) => void} */
    this.closed = () => {};
    /** @type {{resolve: (sdp: string) => void, reject: (error: Error) => void}|null} */
    this.waiting = null;
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#fail(fromClose(event.code));
  }

  /** @param {string} sdp @returns {Promise<string>} */
  offer(sdp) {
    const answer = new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
    this.#send(messages.offer(sdp));
    return within(answer, ANSWER_TIMEOUT_MS);
  }

  /** @param {RTCIceCandidate|null} candidate */
  candidate(candidate) {
    this.#send(messages.candidate(candidate));
  }

  /** @param {(error: NetError) => void} react */
  onClose(react) {
    this.closed = react;
  }

  close() {
    this.#send(messages.bye());
    this.hangUp();
  }

  hangUp() {
    this.closed = () => {};
    this.socket.close(1000);
  }

  /** @param {string} data */
  #receive(data) {
    let message;
    try {
      message = messages.parseServerMessage(data);
    } catch {
      return this.#fail(new NetError('protocol', { final: true }));
    }
    if (message.type === 'answer') this.waiting?.resolve(message.sdp);
    else if (message.type === 'error') this.#refused(message.code);
    else if (message.type === 'bye') this.#fail(new NetError('ended'));
  }

  /** @param {string} code  a candidate that is not wanted is no loss */
  #refused(code) {
    if (!code.startsWith('candidate')) this.#fail(fromRefusal(code));
  }

  /** @param {NetError} error */
  #fail(error) {
    this.waiting?.reject(error);
    this.closed(error);
  }

  /** @param {string} text */
  #send(text) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(text);
  }
}

/** @param {Entrance} entrance @param {number} [patience_ms] @returns {Promise<SocketSignalling>} @throws {NetError} 'blocked' where no socket opens */
export function openSocket(entrance, patience_ms = OPEN_TIMEOUT_MS) {
  const address = new URL('/ws', location.href);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  const opened = new Promise((resolve, reject) => {
    socket.onopen = () => {
      socket.onclose = (event) => reject(fromClose(event.code));
      socket.send(messages.hello(entrance));
    };
    socket.onclose = () => reject(new NetError('blocked'));
    socket.onmessage = (event) => {
      try {
        const first = messages.parseServerMessage(event.data);
        if (first.type === 'welcome') resolve(new SocketSignalling(socket, first.resume));
      } catch {
        reject(new NetError('protocol', { final: true }));
      }
    };
  });
  return within(opened, patience_ms).catch((error) => {
    socket.onclose = null;
    socket.close();
    throw error.code === 'network' ? new NetError('blocked') : error;
  });
}

/** Signalling over `/api/v1/session/…`; candidates wait until the offer was answered. @implements {Signalling} */
export class RequestSignalling {
  kind = /** @type {const} */ ('https');
  resume = null; // a new connection begins with a new token

  /** @param {string} token */
  constructor(token) {
    this.token = token;
    /** @type {Promise<unknown>} */
    this.last = Promise.resolve();
  }

  /** @param {string} sdp @returns {Promise<string>} */
  offer(sdp) {
    const answered = this.#post('offer', messages.offer(sdp)).then(async (response) => {
      const answer = messages.parseServerMessage(await response.text());
      if (answer.type !== 'answer') throw new NetError('protocol', { final: true });
      return answer.sdp;
    });
    this.last = answered.catch(() => {});
    return answered;
  }

  /** @param {RTCIceCandidate|null} candidate */
  candidate(candidate) {
    this.last = this.last.then(() => this.#post('candidate', messages.candidate(candidate))).catch(() => {});
  }

  onClose() {}

  hangUp() {
    this.close(); // nobody comes back to this one
  }

  close() {
    const headers = { authorization: `Bearer ${this.token}` };
    request('/api/v1/session', { method: 'DELETE', headers, keepalive: true }).catch(() => {});
  }

  /** @param {string} path @param {string} body @returns {Promise<Response>} */
  async #post(path, body) {
    const response = await request(
      `/api/v1/session/${path}`,
      {
        method: 'POST',
        headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
        body,
      },
      ANSWER_TIMEOUT_MS,
    );
    if (!response.ok) throw fromStatus(response.status);
    return response;
  }
}

/**
 * A WebSocket where one opens, else plain requests.
 * @param {{resume: string|null, token: () => Promise<string>}} entrance  the key of the session to come back to, if any
 * @param {{preferRequests?: boolean, patience_ms?: number}} [how] @returns {Promise<Signalling>} @throws {NetError}
 */
export async function openSignalling({ resume, token }, { preferRequests = false, patience_ms = OPEN_TIMEOUT_MS } = {}) {
  if (preferRequests) return new RequestSignalling(await token());
  if (resume) {
    try {
      return await openSocket({ resume }, patience_ms);
    } catch (error) {
      if (!(error instanceof NetError && error.code === 'token')) throw error; // else the session was forgotten meanwhile
    }
  }
  const fresh = await token();
  try {
    return await openSocket({ token: fresh });
  } catch (error) {
    if (error instanceof NetError && error.code === 'blocked') return new RequestSignalling(fresh);
    throw error;
  }
}

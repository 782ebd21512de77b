/** What can go wrong between the page and the server, by name. */

export class NetError extends Error {
  /**
   * @param {string} code  a failure that the page has words for: network, media, token, origin, busy, protocol, join
   * @param {{final?: boolean}} [how]  final: trying again will not help
   */
  constructor(code, { final = false } = {}) {
    super(code);
    this.code = code;
    this.final = final;
  }
}

const CLOSE_CODES = /** @type {Record<number, string>} */ ({
  4401: 'token',
  4403: 'origin',
  1007: 'protocol',
  1008: 'busy',
  1009: 'protocol',
  1013: 'busy',
});
const STATUS_CODES = /** @type {Record<number, string>} */ ({
  401: 'token',
  403: 'origin',
  422: 'protocol',
  429: 'busy',
  503: 'busy',
});
const FINAL = new Set(['origin', 'protocol', 'join']);

/** @param {number} code  of a WebSocket close @returns {NetError} */
export function fromClose(code) {
  const name = CLOSE_CODES[code] ?? 'network';
  return new NetError(name, { final: FINAL.has(name) });
}

/** @param {number} status  of an HTTP answer @returns {NetError} */
export function fromStatus(status) {
  const name = STATUS_CODES[status] ?? 'network';
  return new NetError(name, { final: FINAL.has(name) });
}

/** @param {string} code  of an `error` message during signalling @returns {NetError} */
export function fromRefusal(code) {
  const [area] = code.split('.');
  const name = ['token', 'origin'].includes(area) ? area : ['offer', 'candidate', 'schema'].includes(area) ? 'protocol' : 'busy';
  return new NetError(name, { final: FINAL.has(name) });
}

/** @param {unknown} error  of whatever kind @returns {string} the failure's code */
export const codeOf = (error) => /** @type {{code?: unknown}} */ (error)?.code?.toString() ?? 'unexpected';

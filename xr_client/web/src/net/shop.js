/**
 * What the shop's server keeps of a shopper, and only because they asked for it (docs/protocol.md, docs/shop.md).
 *
 * @typedef {{id: string, name: string|null, sex: import('../bodies.js').Sex|null, known: import('../bodies.js').Known[], expires_s: number,
 *   readable: boolean}} SavedBody
 * @typedef {{purpose: string, text_version: string, text: string, given_s: number|null}} ConsentText
 */
import { request } from './api.js';
import { fromStatus } from './errors.js';

/** The shop does not do what was asked; the text is its own, in the shopper's language. */
export class ShopError extends Error {
  /** @param {string} message @param {string} code */
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/**
 * @param {string} method @param {string} path  under /api/v1 @param {{language: string, token?: string|null, body?: object}} how
 * @returns {Promise<any>} the answer; null where there is none @throws {ShopError|import('./errors.js').NetError}
 */
export async function askShop(method, path, { language, token, body }) {
  const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body && { 'content-type': 'application/json' }) };
  const init = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const response = await request(`/api/v1${path}?language=${language}`, init);
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  if (typeof answer?.message === 'string') throw new ShopError(answer.message, String(answer.code));
  throw fromStatus(response.status);
}

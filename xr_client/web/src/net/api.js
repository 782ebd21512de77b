/** The HTTP side of the contract (docs/protocol.md). */
import { NetError, fromStatus } from './errors.js';

/** @typedef {import('../state.js').Garment} Garment */

export const CONSENT_VERSION = '1';
const TIMEOUT_MS = 8000;
const PHOTO_TIMEOUT_MS = 30000;

/**
 * @param {string} url @param {RequestInit} [init] @param {number} [timeout_ms] @returns {Promise<Response>}
 * @throws {NetError} code 'network' where no answer came
 */
export async function request(url, init = {}, timeout_ms = TIMEOUT_MS) {
  const limit = AbortSignal.timeout(timeout_ms);
  const signal = init.signal ? AbortSignal.any([init.signal, limit]) : limit;
  try {
    return await fetch(url, { credentials: 'same-origin', cache: 'no-store', ...init, signal });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new NetError('network');
  }
}

/** A garment as queries name it: what stands at the end and says nothing is left out. @param {...(string|null|undefined)} parts */
export const nameOf = (...parts) => parts.map((part) => part ?? '').join(':').replace(/:+$/, '');

/** @param {boolean|undefined} tucked */
export const how = (tucked) => (tucked === undefined ? '' : tucked ? 'tucked' : 'untucked');

/** @returns {Promise<Garment[]>} @throws {NetError} */
export async function fetchGarments() {
  const response = await request('/api/v1/garments');
  if (!response.ok) throw fromStatus(response.status);
  return (await response.json()).garments;
}

/**
 * Tell the server of the shopper's consent; sets up the session.
 * @param {{adult: boolean, join: string|null}} consent @returns {Promise<{token: string, expires_s: number}>}
 * @throws {NetError} 'join' where the link's join token is missing, wrong or spent
 */
export async function postConsent({ adult, join }) {
  const body = { text_version: CONSENT_VERSION, adult, ...(join === null ? {} : { join }) };
  const response = await request('/api/v1/consent', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status === 401) throw new NetError('join', { final: true });
  if (!response.ok) throw fromStatus(response.status);
  return response.json();
}

/**
 * Have a still picture dressed.
 * @param {Blob} photo @param {import('../state.js').Worn[]} outfit @param {number|null} height_cm
 * @param {string} token @param {AbortSignal} signal @returns {Promise<Blob>} the composed PNG @throws {NetError}
 */
export async function postPhoto(photo, outfit, height_cm, token, signal) {
  const query = new URLSearchParams({ garment: outfit.map(({ id, colourway, tucked }) => nameOf(id, colourway, how(tucked))).join(',') });
  const [size] = outfit.map((worn) => worn.size);
  if (size !== null && outfit.every((worn) => worn.size === size)) query.set('size', size); // one size for all, or none
  if (height_cm !== null) query.set('height_cm', String(height_cm));
  const response = await request(
    `/api/v1/photo?${query}`,
    {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': photo.type },
      body: photo,
      signal,
    },
    PHOTO_TIMEOUT_MS,
  );
  if (response.ok) return response.blob();
  if (response.status === 413) throw new NetError('photo_large');
  const { code } = await response.json().catch(() => ({}));
  throw String(code).startsWith('photo') ? new NetError('photo_unreadable') : fromStatus(response.status);
}

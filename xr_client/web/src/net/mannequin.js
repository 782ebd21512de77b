/** Pictures of the mannequin, and how the sizes would sit (docs/protocol.md). */
import { how, nameOf, request } from './api.js';
import { body } from './messages.js';
import { NetError, fromStatus } from './errors.js';

/**
 * @typedef {import('../state.js').Worn} Worn
 * @typedef {{height_cm: number|null, told: import('./messages.js').Told|null}} Whose  the mannequin's body
 * @typedef {{size: string, ease_cm: Record<string, number>}} SizeFit
 * @typedef {{garment: string, recommended: string|null, sizes: SizeFit[]}} Fit
 */

const TIMEOUT_MS = 60000; // the first picture after a rest waits for the studio to open
const WIDTH_PX = 480;

/** @param {Worn[]} outfit @param {Record<string, string|number>} more */
function query(outfit, more) {
  const garments = outfit.map(({ id, size, colourway, tucked }) => nameOf(id, size, colourway, how(tucked))).join(',');
  const values = { garments, width: WIDTH_PX, ...more };
  return new URLSearchParams(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

/**
 * What is known of the body is no part of the address.
 * @param {string} url @param {Whose} whose @param {{signal: AbortSignal, accept?: string}} how @returns {Promise<Response>} @throws {NetError}
 */
async function ask(url, { height_cm, told }, { signal, accept = 'application/json' }) {
  const headers = { accept, 'content-type': 'application/json' };
  const response = await request(url, { method: 'POST', signal, headers, body: body(height_cm, told) }, TIMEOUT_MS);
  if (!response.ok) throw fromStatus(response.status);
  return response;
}

/** @param {Worn[]} outfit @param {Whose} whose @param {number} yaw @param {AbortSignal} signal */
export async function fetchView(outfit, whose, yaw, signal) {
  return (await ask(`/api/v1/view?${query(outfit, { yaw })}`, whose, { signal, accept: 'image/webp' })).blob();
}

/** @param {string} garment @param {Whose} whose @param {AbortSignal} signal @returns {Promise<Fit>} */
export async function fetchFit(garment, whose, signal) {
  return (await ask(`/api/v1/fit?${new URLSearchParams({ garment })}`, whose, { signal })).json();
}

/**
 * The frames of a whole turn, each as soon as it is there.
 * @param {Worn[]} outfit @param {Whose} whose @param {number} frames @param {AbortSignal} signal
 * @returns {AsyncGenerator<Blob>} @throws {NetError}
 */
export async function* fetchTurn(outfit, whose, frames, signal) {
  const response = await ask(`/api/v1/turntable?${query(outfit, { frames })}`, whose, { signal, accept: 'multipart/mixed' });
  const boundary = /boundary=(\S+)/.exec(response.headers.get('content-type') ?? '')?.[1];
  if (!response.body || !boundary) throw new NetError('protocol');
  yield* readParts(response.body, boundary);
}

/**
 * RFC 2046, of which only what our server sends: every part with its Content-Length.
 * @param {ReadableStream<Uint8Array>} body @param {string} boundary @returns {AsyncGenerator<Blob>} @throws {NetError}
 */
export async function* readParts(body, boundary) {
  const reader = body.getReader();
  let buffer = new Uint8Array();
  const more = async () => {
    const { value, done } = await reader.read();
    if (done) throw new NetError('network'); // cut off before the last boundary
    const joined = new Uint8Array(buffer.length + value.length);
    joined.set(buffer);
    joined.set(value, buffer.length);
    buffer = joined;
  };
  const open = `--${boundary}`;
  try {
    for (;;) {
      let head = '';
      for (;;) {
        head = new TextDecoder('latin1').decode(buffer.subarray(0, 512));
        if (head.startsWith(`${open}--`)) return;
        if (head.includes('\r\n\r\n')) break;
        if (buffer.length > 512) throw new NetError('protocol');
        await more();
      }
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? NaN);
      if (!head.startsWith(open) || !Number.isFinite(length)) throw new NetError('protocol');
      const start = head.indexOf('\r\n\r\n') + 4;
      while (buffer.length < start + length + 2) await more();
      yield new Blob([buffer.slice(start, start + length)], { type: 'image/webp' });
      buffer = buffer.slice(start + length + 2);
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

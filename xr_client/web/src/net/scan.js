/** `POST /api/v1/body/scan` (docs/protocol.md): figures from the file of a body scan. */
import { request } from './api.js';
import { fromStatus } from './errors.js';
import { MeasureError } from './size.js';

const TIMEOUT_MS = 60000;

/**
 * @param {Blob} file @param {number|null} height_cm  for the scale @param {string} token
 * @returns {Promise<import('../ui/size/found.js').Found[]>} @throws {MeasureError|import('./errors.js').NetError}
 */
export async function postScan(file, height_cm, token) {
  const query = height_cm === null ? '' : `?height_cm=${height_cm}`;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  const response = await request(`/api/v1/body/scan${query}`, { method: 'POST', headers, body: file }, TIMEOUT_MS);
  if (response.ok) return (await response.json()).measures;
  const { code, message } = await response.json().catch(() => ({}));
  if (String(code).startsWith('scan.') || response.status === 413) throw new MeasureError(message);
  throw fromStatus(response.status);
}

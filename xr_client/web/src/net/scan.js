/** `POST /api/v1/body/scan` (docs/protocol.md): figures from the file of a body scan. */
import { request } from './api.js';
import { NetError, fromStatus } from './errors.js';

const TIMEOUT_MS = 60000;

/**
 * @param {Blob} file @param {number|null} height_cm  for the scale @param {string} token
 * @returns {Promise<import('../ui/size/found.js').Found[]>} @throws {NetError} scan_large, scan_format, scan_file or scan_body
 */
export async function postScan(file, height_cm, token) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
  if (height_cm !== null) Object.assign(headers, { 'height-cm': String(height_cm) });
  const response = await request('/api/v1/body/scan', { method: 'POST', headers, body: file }, TIMEOUT_MS);
  if (response.ok) return (await response.json()).measures;
  if (response.status === 413) throw new NetError('scan_large');
  const { code } = await response.json().catch(() => ({}));
  throw String(code).startsWith('scan.') ? new NetError(String(code).replace('.', '_')) : fromStatus(response.status);
}

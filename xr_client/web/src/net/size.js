/**
 * `POST /api/v1/size` (docs/protocol.md): a body's figures and, of a garment, which size.
 *
 * @typedef {{value: number, low: number, high: number, unit: import('../measures.js').Unit, source: string, from: [string, number][]}} Figure
 * @typedef {'does not close'|'tight'|'snug'|'as cut'|'loose'|'wide'} Sits
 * @typedef {{point: string, body_cm: number, garment_cm: number|null, ease_cm: number|null, off_cm: number, sits: Sits}} PointFit
 * @typedef {object} Answer
 * @property {Record<string, Figure>} figures
 * @property {Record<string, string>} labels
 * @property {{name: string, value: number, likely: number}[]} doubts
 * @property {string} [garment]
 * @property {'sure'|'between'|'nearest'|'unsure'|'none fits'} [verdict]
 * @property {string|null} [size]
 * @property {Record<string, number>} [chances]
 * @property {number} [none_fits]
 * @property {string[]} [ask]
 * @property {string} [reason]
 * @property {Record<string, PointFit[]>} [fit]
 * @property {{sizes: number, count: number}|null} [runs]  of feedback; > 0: runs small
 * @property {string[]|null} [sold_out]
 */
import { request } from './api.js';
import { VERSION } from './messages.js';
import { NetError, fromStatus } from './errors.js';

/** What was told makes no sense; the text is the server's, in the shopper's language. */
export class MeasureError extends Error {}

/**
 * @param {{known: import('../bodies.js').Known[], sex: import('../bodies.js').Sex|null, garment: string|null,
 *   preference: import('../bodies.js').Preference, language: string}} question
 * @returns {Promise<Answer>} @throws {NetError|MeasureError}
 */
export async function postSize({ known, sex, garment, preference, language }) {
  const body = { v: VERSION, known, preference, language, ...(sex && { sex }), ...(garment && { garment }) };
  const response = await request('/api/v1/size', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.ok) return response.json();
  const { code, message } = await response.json().catch(() => ({}));
  if (String(code).startsWith('measure.')) throw new MeasureError(message);
  throw response.status === 422 ? new NetError('protocol') : fromStatus(response.status);
}

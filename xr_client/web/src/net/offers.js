/** What this server offers beyond the try-on, by its own description; asked once, when it is first needed. */
import { request } from './api.js';

/** @typedef {'scan'|'saved'} Offer */

const PATHS = /** @type {[string, Offer][]} */ ([['/api/v1/body/scan', 'scan'], ['/api/v1/bodies', 'saved']]);

/** @returns {Promise<Offer[]>} @throws {import('./errors.js').NetError} */
export async function fetchOffers() {
  const response = await request('/openapi.json');
  const paths = response.ok ? ((await response.json()).paths ?? {}) : {};
  return PATHS.filter(([path]) => path in paths).map(([, offer]) => offer);
}

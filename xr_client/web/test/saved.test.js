import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SavedBodies } from '../src/saved.js';
import { ShopSession } from '../src/shopper.js';
import { Store } from '../src/state.js';
import { Memory } from '../src/storage.js';
import { NetError } from '../src/net/errors.js';

const CARD = { id: 'a'.repeat(32), name: 'Ada', sex: null, known: [{ name: 'height', value: 170 }], expires_s: 1, readable: true };
const BODY = { id: 'b1', name: 'Ada', sex: 'female', preference: 'snug', known: [{ name: 'height', value: '170 cm' }], used_ms: 1 };

/** A shop that keeps what it is told; `lost` makes it forget whom a token belongs to. */
function shop(start = null) {
  const items = new Map(start === null ? [] : [['lookglass.v1', '{}'], ['lookglass.shop.v1', start]]);
  const storage = { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value), removeItem: (key) => items.delete(key) };
  const asked = [];
  const state = { lost: false };
  const ask = async (method, path, { token, body }) => {
    asked.push([method, path, token ?? null, body]);
    if (state.lost) throw new NetError('token');
    if (path === '/shop/session') return { token: 'key', expires_s: 9 };
    if (path === '/consents' && method === 'GET') return { consents: [{ purpose: 'history' }, { purpose: 'bodies', text_version: '1', text: 'Keep?' }] };
    return path === '/bodies' && method === 'GET' ? { bodies: [CARD] } : null;
  };
  const store = new Store();
  const memory = new Memory(storage);
  memory.allow(true);
  return { items, asked, state, store, memory, saved: new SavedBodies(store, new ShopSession(store, memory, ask)) };
}

test('who_never_kept_a_body_there_is_not_asked_about', async () => {
  const { asked, saved } = shop();
  await saved.load();
  assert.deepEqual(asked, []);
});

test('a_body_is_sent_only_after_the_shops_text_and_only_what_is_known', async () => {
  const { items, asked, store, saved } = shop();
  const consent = await saved.consent();
  assert.equal(consent.text, 'Keep?');
  assert.equal(items.size, 0, 'nothing is remembered before a body is kept');
  await saved.keep(BODY, 'Ada', consent.text_version);
  assert.deepEqual(asked.slice(2), [
    ['PUT', '/consents/bodies', 'key', { text_version: '1' }],
    ['POST', '/bodies', 'key', { name: 'Ada', known: BODY.known, sex: 'female' }],
    ['GET', '/bodies', 'key', undefined],
  ]);
  assert.deepEqual(store.state.saved, [CARD]);
  assert.equal(items.get('lookglass.shop.v1'), 'key');
});

test('a_body_that_is_kept_already_is_corrected', async () => {
  const { asked, saved } = shop('key');
  await saved.load();
  await saved.keep(BODY, 'Ada', '1');
  assert.deepEqual(asked.map(([method, path]) => `${method} ${path}`).slice(1, 3), ['PUT /consents/bodies', `PUT /bodies/${CARD.id}`]);
});

test('a_later_visit_finds_what_is_kept_and_deletes_it', async () => {
  const { asked, saved } = shop('key');
  await saved.load();
  await saved.remove(CARD.id);
  assert.deepEqual(asked.map(([method, path]) => `${method} ${path}`), ['GET /bodies', `DELETE /bodies/${CARD.id}`, 'DELETE /consents/bodies', 'GET /bodies']);
});

test('a_shopper_whom_the_shop_has_forgotten_begins_anew', async () => {
  const { state, store, saved } = shop('key');
  state.lost = true;
  await saved.load();
  assert.deepEqual([saved.shop.token, store.state.saved], [null, []]);
});

test('a_token_goes_when_this_browser_may_not_remember_and_an_odd_one_is_none', () => {
  const { items, memory } = shop('key');
  memory.allow(false);
  assert.equal(items.size, 0);
  for (const odd of ['', 'a b', '<script>', 'x'.repeat(600)]) assert.equal(shop(odd).saved.shop.token, null);
});

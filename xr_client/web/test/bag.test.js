import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bag, leftBeside, piecesIn, priceText, variantOf } from '../src/bag.js';
import { ShopError } from '../src/net/shop.js';
import { ShopSession } from '../src/shopper.js';
import { Store } from '../src/state.js';
import { Memory } from '../src/storage.js';

const VARIANTS = [
  { sku: 'tee.red.M', colourway: 'red', size: 'M', price: { amount: 1990, currency: 'EUR' }, available: 2 },
  { sku: 'tee.red.L', colourway: 'red', size: 'L', price: { amount: 1990, currency: 'EUR' }, available: 0 },
];

/** A shop with a cart for each token; `forget` ends all sessions. */
function shop(start = null) {
  const items = new Map(start === null ? [] : [['lookglass.v1', '{}'], ['lookglass.shop.v1', start]]);
  const storage = { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value), removeItem: (key) => items.delete(key) };
  const asked = [];
  const carts = new Map(start === null ? [] : [[start, new Map([['tee.red.M', 1]])]]);
  const told = (token) => {
    const lines = [...carts.get(token)].map(([sku, quantity]) => ({ sku, quantity, price: VARIANTS[0].price }));
    return { lines, total: { amount: 1990 * lines.reduce((sum, { quantity }) => sum + quantity, 0), currency: 'EUR' } };
  };
  const ask = async (method, path, { token, body, language }) => {
    asked.push(`${method} ${path} ${language}`);
    await null;
    if (path === '/shop/session') {
      const key = `key${carts.size}`;
      carts.set(key, new Map());
      return { token: key };
    }
    if (path === '/products/tee') return { variants: VARIANTS };
    if (path === '/products/moon') throw new ShopError('not sold', 'product.unknown');
    if (!carts.has(token)) throw new ShopError('begin anew', 'token');
    if (path === '/cart') return told(token);
    const sku = path.slice('/cart/'.length);
    const before = carts.get(token).get(sku) ?? 0;
    if (body.quantity > 2) throw new ShopError('only 2 left', 'cart.stock');
    if (body.quantity) carts.get(token).set(sku, body.quantity);
    else carts.get(token).delete(sku);
    return { ...told(token), sku, before };
  };
  const store = new Store();
  const memory = new Memory(storage);
  memory.allow(true);
  return { items, asked, carts, store, memory, bag: new Bag(store, new ShopSession(store, memory, ask)) };
}

test('who_finds_a_variant_sold_out_is_told_what_is_left_of_its_size_and_its_colour', () => {
  const blue = { ...VARIANTS[0], sku: 'tee.blue.L', colourway: 'blue', size: 'L' };
  assert.deepEqual(leftBeside([...VARIANTS, blue], VARIANTS[1]), { colourways: ['blue'], sizes: ['M'] });
  assert.deepEqual(leftBeside([VARIANTS[1]], VARIANTS[1]), { colourways: [], sizes: [] });
});

const more = (now) => now + 1;

test('who_never_put_anything_in_has_no_session_and_is_not_asked_about', async () => {
  const { asked, store, bag } = shop();
  await bag.load();
  assert.deepEqual(asked, []);
  assert.equal(piecesIn(store.state.bag), 0);
});

test('what_is_put_in_is_counted_summed_and_found_by_a_later_visit', async () => {
  const { items, store, bag } = shop();
  assert.equal(await bag.put('tee.red.M', more), 0);
  assert.equal(await bag.put('tee.red.M', more), 1);
  assert.equal(piecesIn(store.state.bag), 2);
  assert.deepEqual(store.state.bag.total, { amount: 3980, currency: 'EUR' });
  assert.equal(items.get('lookglass.shop.v1'), 'key0');
});

test('two_quick_taps_put_two_in', async () => {
  const { store, bag } = shop();
  await Promise.all([bag.put('tee.red.M', more), bag.put('tee.red.M', more)]);
  assert.equal(piecesIn(store.state.bag), 2);
});

test('what_was_taken_out_comes_back_as_it_was', async () => {
  const { store, bag } = shop();
  await bag.put('tee.red.M', 2);
  const before = await bag.put('tee.red.M', 0);
  assert.equal(piecesIn(store.state.bag), 0);
  await bag.put('tee.red.M', before);
  assert.equal(piecesIn(store.state.bag), 2);
});

test('what_the_shop_refuses_changes_nothing_and_the_next_change_goes_through', async () => {
  const { store, bag } = shop();
  await bag.put('tee.red.M', 1);
  await assert.rejects(bag.put('tee.red.M', 3), { code: 'cart.stock', message: 'only 2 left' });
  assert.equal(piecesIn(store.state.bag), 1);
  await bag.put('tee.red.M', 2);
  assert.equal(piecesIn(store.state.bag), 2);
});

test('a_session_that_the_shop_has_forgotten_is_begun_anew_with_an_empty_bag', async () => {
  const { carts, store, bag } = shop('key');
  await bag.load();
  assert.equal(piecesIn(store.state.bag), 1);
  carts.clear();
  await bag.put('tee.red.M', more);
  assert.equal(piecesIn(store.state.bag), 1);
  assert.deepEqual([...carts.keys()], ['key0']);
  carts.clear();
  await bag.load();
  assert.equal(store.state.bag, null);
});

test('the_bag_is_read_again_in_another_language', async () => {
  const { asked, store, bag } = shop('key');
  await bag.load();
  store.set({ language: 'zh' });
  await bag.load();
  assert.ok(asked.includes('GET /cart zh'));
});

test('nothing_of_it_is_remembered_where_this_browser_may_not', async () => {
  const { items, memory, bag } = shop();
  memory.allow(false);
  await bag.put('tee.red.M', 1);
  assert.equal(items.size, 0);
});

test('what_is_worn_is_found_among_what_is_sold', async () => {
  const { store, bag } = shop();
  await bag.look(['tee', 'moon']);
  const { tee, moon } = store.state.shelf;
  assert.equal(variantOf(tee, { size: 'M', colourway: 'red' }).sku, 'tee.red.M');
  for (const worn of [{ size: null, colourway: 'red' }, { size: 'M', colourway: 'blue' }]) assert.equal(variantOf(tee, worn), null);
  assert.equal(variantOf(moon, { size: 'M', colourway: null }), null);
  assert.equal(variantOf(undefined, { size: 'M', colourway: null }), null);
});

test('prices_are_written_as_people_do', () => {
  assert.equal(priceText({ amount: 4990, currency: 'EUR' }, 'en'), '€49.90');
  assert.match(priceText({ amount: 39900, currency: 'CNY' }, 'zh'), /^[¥¥]399\.00$/);
});

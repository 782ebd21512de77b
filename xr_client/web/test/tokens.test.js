import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { Tokens } from '../src/tokens.js';

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

/** A server that numbers its tokens and keeps the bodies it was sent. */
function server(status = 200) {
  const bodies = [];
  globalThis.fetch = async (_, { body }) => {
    bodies.push(JSON.parse(body));
    return Response.json({ token: `t${bodies.length}`, expires_s: 600 }, { status });
  };
  return bodies;
}
const noJoin = () => ({ token: null, spent: () => {} });

test('a_token_seats_once_and_still_speaks_for_photos', async () => {
  const bodies = server();
  const tokens = new Tokens(noJoin(), () => true);
  assert.equal(await tokens.forRequest(), 't1');
  assert.equal(await tokens.forSeat(), 't1');
  assert.equal(await tokens.forRequest(), 't1');
  assert.equal(await tokens.forSeat(), 't2');
  assert.deepEqual(bodies[0], { text_version: '1', adult: true });
});

test('requests_at_the_same_time_share_one_consent', async () => {
  const bodies = server();
  const tokens = new Tokens(noJoin(), () => true);
  await Promise.all([tokens.forRequest(), tokens.forRequest(), tokens.forSeat()]);
  assert.equal(bodies.length, 1);
});

test('a_refused_token_is_replaced', async () => {
  server();
  const tokens = new Tokens(noJoin(), () => true);
  await tokens.forRequest();
  assert.equal(await tokens.forRequest(true), 't2');
});

test('the_join_token_goes_along_until_it_was_good', async () => {
  const bodies = server();
  const join = {
    token: 'once',
    spent: () => {
      join.token = null;
    },
  };
  const tokens = new Tokens(join, () => true);
  await tokens.forSeat();
  await tokens.forSeat();
  assert.deepEqual(bodies.map((body) => body.join), ['once', undefined]);
});

test('a_refused_join_token_stays_in_the_address_and_is_final', async () => {
  server(401);
  const join = { token: 'old', spent: () => assert.fail('not spent') };
  await assert.rejects(new Tokens(join, () => true).forSeat(), { code: 'join', final: true });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readJoin } from '../src/join.js';

test('join_token_leaves_the_address_bar_once_it_was_spent', () => {
  const shown = [];
  const history = { replaceState: (_, __, url) => shown.push(url) };
  const join = readJoin({ hash: '#join=a-b_C', pathname: '/', search: '?x=1' }, history);
  assert.equal(join.token, 'a-b_C');
  assert.deepEqual(shown, []);
  join.spent();
  join.spent();
  assert.deepEqual(shown, ['/?x=1']);
  assert.equal(join.token, null);
});

test('an_address_without_a_token_is_left_alone', () => {
  const join = readJoin({ hash: '', pathname: '/', search: '' }, { replaceState: () => assert.fail('touched') });
  assert.equal(join.token, null);
  join.spent();
});

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LANGUAGES, Messages } from '../src/i18n/i18n.js';
import { verdictWords } from '../src/ui/size/result.js';
import { Words } from '../src/ui/size/words.js';

const table = (language) => JSON.parse(readFileSync(new URL(`../src/i18n/${language}.json`, import.meta.url), 'utf8'));
const messages = new Messages(Object.fromEntries(LANGUAGES.map((language) => [language, table(language)])));
const said = (advice) => verdictWords(new Words(messages, 'cm'), advice);

test('two_sizes_are_named_where_the_server_is_between_them', () => {
  assert.equal(said({ verdict: 'between', size: 'M', chances: { S: 0.1, M: 0.6, L: 0.3 } }), 'M, or else L');
});

test('the_nearest_size_is_named_alone', () => {
  const chances = { XS: 0.77, S: 0, M: 0 };
  assert.equal(said({ verdict: 'nearest', size: 'XS', chances }), 'XS comes nearest');
  assert.equal(said({ verdict: 'nearest', size: 'ONE', chances: { ONE: 0.78 } }), 'ONE comes nearest');
});

test('no_size_is_named_where_none_is_sure_and_one_alone_where_one_is', () => {
  assert.equal(said({ verdict: 'unsure', size: null, chances: { S: 0.1, M: 0.9 } }), 'Not sure yet');
  assert.equal(said({ verdict: 'none fits', size: null, chances: { S: 0, M: 0 } }), 'No size of this fits');
  assert.equal(said({ verdict: 'sure', size: 'M', chances: { S: 0.1, M: 0.9 } }), 'Size M is yours');
});

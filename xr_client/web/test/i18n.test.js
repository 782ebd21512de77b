import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { LANGUAGES, Messages, chooseLanguage, fill } from '../src/i18n/i18n.js';

const root = new URL('../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const tables = Object.fromEntries(LANGUAGES.map((language) => [language, JSON.parse(read(`src/i18n/${language}.json`))]));
const sources = readdirSync(new URL('src', root), { recursive: true })
  .filter((path) => path.endsWith('.js'))
  .map((path) => read(`src/${path}`))
  .concat(read('index.html'));
const KEY = /["'`]([a-z]+(?:\.[a-z0-9_]+)+)["'`]/g;
const areas = new Set(Object.keys(tables.en).map((key) => key.split('.')[0]));

test('both_languages_have_exactly_the_same_keys', () => {
  assert.deepEqual(Object.keys(tables.zh), Object.keys(tables.en));
});

test('both_languages_fill_in_the_same_values', () => {
  const values = (text) => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(tables.en)) assert.deepEqual(values(tables.zh[key]), values(tables.en[key]), key);
});

test('no_message_is_empty_and_chinese_is_chinese', () => {
  const same = ['app.name', 'panel.pair', 'panel.size', 'panel.none', 'panel.websocket', 'panel.https', 'figure.ft', 'figure.percent', 'figure.from_to'];
  const crossed = ['language.other', 'language.switch']; // each names the other language
  for (const key of Object.keys(tables.en)) {
    assert.ok(tables.en[key].trim() && tables.zh[key].trim(), key);
    if (!same.includes(key) && !crossed.includes(key)) assert.match(tables.zh[key], /\p{Script=Han}/u, key);
    if (!crossed.includes(key)) assert.doesNotMatch(tables.en[key], /\p{Script=Han}/u, key);
  }
});

test('no_message_is_unused', () => {
  const all = sources.join('\n');
  const unused = Object.keys(tables.en).filter((key) => !['"', "'"].some((quote) => all.includes(quote + key + quote)));
  assert.deepEqual(unused, []);
});

test('every_key_that_is_asked_for_exists', () => {
  const asked = sources.flatMap((source) => [...source.matchAll(KEY)].map(([, key]) => key));
  const ours = asked.filter((key) => areas.has(key.split('.')[0]) && !/\.(js|json|svg|css|png)$/.test(key));
  assert.ok(ours.length > 100);
  assert.deepEqual(ours.filter((key) => !(key in tables.en) && !key.startsWith('worker.')), []);
});

test('language_follows_the_shoppers_list', () => {
  assert.equal(chooseLanguage(['fr-FR', 'zh-Hant-TW', 'en']), 'zh');
  assert.equal(chooseLanguage(['EN-gb']), 'en');
  assert.equal(chooseLanguage(['fr']), 'en');
  assert.equal(chooseLanguage([]), 'en');
});

test('values_are_filled_in_and_an_unknown_name_stays_visible', () => {
  assert.equal(fill('{a} of {b}', { a: 1 }), '1 of {b}');
});

test('an_unknown_message_is_an_error_and_not_an_empty_button', () => {
  assert.throws(() => new Messages(tables).t('no.such'), /no\.such/);
});

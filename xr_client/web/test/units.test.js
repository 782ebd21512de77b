import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MAX_HEIGHT_CM, MIN_HEIGHT_CM, fromFeet, toFeet, validHeight } from '../src/units.js';

test('every_height_in_feet_comes_back_as_it_was_typed', () => {
  for (let inches = 48; inches <= 86; inches++) {
    const typed = { ft: Math.floor(inches / 12), inch: inches % 12 };
    assert.deepEqual(toFeet(fromFeet(typed.ft, typed.inch)), typed);
  }
});

test('feet_never_show_twelve_inches', () => {
  for (let cm = MIN_HEIGHT_CM; cm <= MAX_HEIGHT_CM; cm++) assert.ok(toFeet(cm).inch < 12);
  assert.deepEqual(toFeet(182), { ft: 6, inch: 0 });
  assert.equal(fromFeet(5, 7), 170);
});

test('height_outside_the_range_or_no_number_is_not_valid', () => {
  assert.equal(validHeight('172.4'), 172);
  assert.equal(validHeight(MIN_HEIGHT_CM), MIN_HEIGHT_CM);
  assert.equal(validHeight(MAX_HEIGHT_CM), MAX_HEIGHT_CM);
  for (const wrong of [MIN_HEIGHT_CM - 1, MAX_HEIGHT_CM + 1, '', ' ', 'tall', NaN, Infinity, undefined, {}]) {
    assert.equal(validHeight(wrong), null);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { converted, difference, fieldText, figure, withUnit } from '../src/typed.js';

test('a_bare_number_gets_the_unit_beside_the_field', () => {
  assert.equal(withUnit('height', 'cm', ' 172 ', 'cm'), '172 cm');
  assert.equal(withUnit('height', 'cm', '172', 'jin'), '172 cm');
  assert.equal(withUnit('height', 'cm', '1,72', 'cm'), '1.72 m');
  assert.equal(withUnit('chest', 'cm', '1.02', 'cm'), '1.02 cm');
  assert.equal(withUnit('height', 'cm', '67', 'ft'), '67 in');
  assert.equal(withUnit('height', 'cm', '5.5', 'ft'), '5.5 ft');
  assert.equal(withUnit('height', 'cm', '5 7', 'ft'), "5'7\"");
  assert.equal(withUnit('chest', 'cm', '38,5', 'ft'), '38.5 in');
  assert.equal(withUnit('weight', 'kg', '150', 'ft'), '150 lb');
  assert.equal(withUnit('weight', 'kg', '68', 'cm'), '68 kg');
  assert.equal(withUnit('weight', 'kg', '136', 'jin'), '136斤');
  assert.equal(withUnit('age', 'years', '35', 'ft'), '35');
});

test('whatever_else_was_typed_goes_to_the_server_as_it_is', () => {
  for (const text of ["5'7\"", '1米72', '136斤', '68kg', '11 st 4', 'tall', '😀', '-5', '']) {
    for (const system of ['cm', 'ft', 'jin']) assert.equal(withUnit('weight', 'kg', text, system), text);
  }
  assert.equal(withUnit('height', 'cm', '5 7', 'cm'), '5 7');
});

test('figures_are_shown_in_the_shoppers_units', () => {
  assert.deepEqual(figure('height', 'cm', 170.2, 'ft'), { key: 'figure.ft', values: { ft: 5, inch: 7 } });
  assert.deepEqual(figure('chest', 'cm', 100, 'ft'), { key: 'figure.in', values: { value: '39.4' } });
  assert.deepEqual(figure('chest', 'cm', 100.04, 'cm'), { key: 'figure.cm', values: { value: '100.0' } });
  assert.deepEqual(figure('weight', 'kg', 68, 'jin'), { key: 'figure.jin', values: { value: '136' } });
  assert.deepEqual(figure('weight', 'kg', 68, 'ft'), { key: 'figure.lb', values: { value: '150' } });
  assert.deepEqual(figure('age', 'years', 35.4, 'ft'), { key: 'figure.years', values: { value: 35 } });
});

test('a_change_of_units_keeps_the_quantity', () => {
  assert.equal(converted('height', 'cm', '170', 'cm', 'ft'), "5'7\"");
  assert.equal(converted('height', 'cm', '67', 'ft', 'cm'), '170');
  assert.equal(converted('height', 'cm', '1.70', 'cm', 'ft'), "5'7\"");
  assert.equal(converted('height', 'cm', '5.5', 'ft', 'cm'), '168');
  assert.equal(converted('weight', 'kg', '68', 'cm', 'jin'), '136');
  assert.equal(converted('weight', 'kg', '150', 'ft', 'cm'), '68');
  assert.equal(converted('chest', 'cm', '100', 'jin', 'ft'), '39.4');
  for (const text of ["5'7\"", '', 'tall', '1米7']) assert.equal(converted('height', 'cm', text, 'ft', 'cm'), text);
});

test('ease_has_a_sign', () => {
  assert.equal(difference(4, 'cm').values.value, '+4.0');
  assert.equal(difference(-3.25, 'cm').values.value, '−3.3');
  assert.equal(difference(-0.01, 'cm').values.value, '0');
  assert.equal(difference(-14, 'cm', 0).values.value, '−14');
  assert.deepEqual(difference(2.54, 'ft'), { key: 'figure.in', values: { value: '+1.0' } });
});

test('what_the_slider_writes_is_read_as_the_same_figure', () => {
  assert.equal(fieldText('weight', 'kg', 68, 'jin'), '136');
  assert.equal(fieldText('height', 'cm', 170, 'ft'), "5'7\"");
  assert.equal(fieldText('chest', 'cm', 96.5, 'cm'), '97');
  assert.equal(withUnit('height', 'cm', fieldText('height', 'cm', 170, 'cm'), 'cm'), '170 cm');
});

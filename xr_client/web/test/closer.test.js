import assert from 'node:assert/strict';
import { test } from 'node:test';
import { easeLines, neighbours } from '../src/closer.js';
import { NetError } from '../src/net/errors.js';
import { readParts } from '../src/net/mannequin.js';

test('the_chosen_size_stands_between_its_neighbours', () => {
  const sizes = ['XS', 'S', 'M', 'L', 'XL'];
  assert.deepEqual(neighbours(sizes, 'M'), ['S', 'M', 'L']);
  assert.deepEqual(neighbours(sizes, 'XS'), ['XS', 'S', 'M']);
  assert.deepEqual(neighbours(sizes, 'XL'), ['M', 'L', 'XL']);
  assert.deepEqual(neighbours(sizes, null), ['XS', 'S', 'M']);
  assert.deepEqual(neighbours(['one'], 'one'), ['one']);
});

test('ease_says_roomy_close_or_tight_in_whole_centimetres', () => {
  assert.deepEqual(easeLines({ hip: -0.4, chest: 7.2, waist: -8.8, sleeve: 3 }), [
    { measure: 'chest', key: 'closer.room', cm: 7 },
    { measure: 'waist', key: 'closer.tight', cm: 9 },
    { measure: 'hip', key: 'closer.snug', cm: 0 },
  ]);
  assert.deepEqual(easeLines({}), []);
});

const bytes = (text) => new TextEncoder().encode(text);
const part = (body) => `--x\r\nContent-Type: image/webp\r\nContent-Length: ${body.length}\r\n\r\n${body}\r\n`;

/** @param {string} text @param {number} step  bytes that arrive at a time */
const stream = (text, step) =>
  new ReadableStream({
    start(controller) {
      for (let at = 0; at < text.length; at += step) controller.enqueue(bytes(text.slice(at, at + step)));
      controller.close();
    },
  });

async function collect(text, step) {
  const found = [];
  for await (const blob of readParts(stream(text, step), 'x')) found.push(await blob.text());
  return found;
}

test('parts_are_read_however_they_are_cut', async () => {
  const bodies = ['one', '', '--x in the middle\r\n\r\n', 'z'.repeat(2000)];
  const whole = bodies.map(part).join('') + '--x--\r\n';
  for (const step of [1, 7, 64, 100000]) assert.deepEqual(await collect(whole, step), bodies);
});

test('an_answer_that_is_cut_off_or_is_none_is_an_error', async () => {
  await assert.rejects(collect(part('one') + part('two').slice(0, -4), 16), NetError);
  await assert.rejects(collect(part('one'), 16), NetError);
  await assert.rejects(collect(`--y\r\nContent-Length: 1\r\n\r\nz\r\n--x--`, 16), NetError);
  await assert.rejects(collect('<html>'.repeat(200), 64), NetError);
});

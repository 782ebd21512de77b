import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryOf } from '../src/client.js';
import { STILL, inverse, motionBetween, pyramid } from '../src/split/flow.js';
import { lumaOf, smallSize, unpack, weightOf } from '../src/split/packed.js';
import { Times, capturedAt } from '../src/split/times.js';
import { splitNote } from '../src/ui/panel.js';
import { isLayer, transformOf } from '../src/ui/split.js';

const WIDTH = 160;
const HEIGHT = 120;

/** A wall that stands still, and before it somebody in a patterned shirt, moved by `motion`. */
function film([a, b, x, y]) {
  const luma = new Float32Array(WIDTH * HEIGHT);
  const weight = new Float32Array(WIDTH * HEIGHT);
  const [ia, ib, ix, iy] = inverse([a, b, x, y]);
  for (let j = 0; j < HEIGHT; j++) {
    for (let i = 0; i < WIDTH; i++) {
      const [u, v] = [(i + 0.5) / WIDTH - 0.5, (j + 0.5 - HEIGHT / 2) / WIDTH];
      const p = (1 + ia) * u - ib * v + ix;
      const q = ib * u + (1 + ia) * v + iy;
      const worn = Math.abs(p) < 0.13 && Math.abs(q) < 0.2;
      const shirt = 120 + 40 * Math.sin(30 * p + 9 * q) + 30 * Math.cos(41 * q);
      luma[j * WIDTH + i] = worn ? shirt : 90 + 20 * Math.sin(i * 0.7) * Math.cos(j * 0.9);
      weight[j * WIDTH + i] = worn ? 1 : 0;
    }
  }
  const small = (luma) => pyramid({ width: WIDTH, height: HEIGHT, luma });
  return { small: small(luma), weight: small(weight) };
}

for (const [name, motion] of Object.entries({
  nothing: [0, 0, 0, 0],
  a_step_aside: [0, 0, 0.03, 0],
  a_quick_step: [0, 0, -0.07, 0.01],
  coming_closer: [0.06, 0, 0.01, 0.02],
  leaning: [0, 0.08, 0.02, 0],
})) {
  test(`the_motion_of_the_garment_is_found_before_a_wall_that_stands_still: ${name}`, () => {
    const before = film(STILL);
    const found = motionBetween(before.small, film(motion).small, before.weight);
    for (const [k, limit] of [0.01, 0.006, 0.0012, 0.0012].entries()) {
      assert.ok(Math.abs(found[k] - motion[k]) < limit, `${found} is not ${motion}`);
    }
  });
}

test('where_there_is_no_garment_nothing_moves', () => {
  const before = film(STILL);
  const none = pyramid({ width: WIDTH, height: HEIGHT, luma: new Float32Array(WIDTH * HEIGHT) });
  assert.deepEqual(motionBetween(before.small, film([0, 0, 0.03, 0]).small, none), STILL);
});

test('an_empty_picture_keeps_the_guess', () => {
  const grey = pyramid({ width: WIDTH, height: HEIGHT, luma: new Float32Array(WIDTH * HEIGHT).fill(90) });
  assert.deepEqual(motionBetween(grey, grey, film(STILL).weight, [0, 0, 0.01, 0]), [0, 0, 0.01, 0]);
});

test('what_no_person_does_is_not_believed', () => {
  const before = film(STILL);
  assert.deepEqual(motionBetween(before.small, film([0, 0.3, 0, 0]).small, before.weight), STILL);
});

test('a_motion_and_its_way_back_cancel_out', () => {
  const [a, b, x, y] = inverse(inverse([0.1, -0.05, 0.02, 0.3]));
  for (const [got, want] of [[a, 0.1], [b, -0.05], [x, 0.02], [y, 0.3]]) assert.ok(Math.abs(got - want) < 1e-12);
});

test('the_canvas_moves_the_layer_as_the_flow_says', () => {
  const size = { width: 640, height: 480 };
  const [a, b, c, d, e, f] = transformOf([0.1, 0.05, 0.02, -0.01], size);
  const at = (x, y) => [a * x + c * y + e, b * x + d * y + f];
  assert.deepEqual(at(320, 240).map(Math.round), [320 + 13, 240 - 6]);
  const [x, y] = at(420, 240);
  assert.ok(Math.abs(x - (320 + 110 + 12.8)) < 1e-9 && Math.abs(y - (240 + 5 - 6.4)) < 1e-9);
});

/** RGBA as a browser makes it of the packed picture. */
function packed(width, rows, pixel) {
  const bytes = new Uint8Array(4 * width * 2 * rows).fill(255);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const { colour = [9, 9, 9], alpha = 0, shade = 0 } = pixel(x, y) ?? {};
      const [up, low] = [4 * (y * width + x), 4 * ((rows + y) * width + x)];
      bytes.set(colour, up);
      const red = Math.round(255 * alpha);
      bytes.set([red, Math.max(0, red - Math.round(88 * shade)), Math.min(255, red + Math.round(452 * shade))], low);
    }
  }
  return bytes;
}

test('the_layer_is_cut_to_what_is_drawn', () => {
  const bytes = packed(64, 48, (x, y) => (x >= 20 && x < 40 && y >= 10 && y < 30 ? { colour: [200, 100, 50], alpha: 1 } : null));
  const cut = unpack(bytes, 64, 96);
  assert.ok(cut.x <= 20 && cut.y <= 10 && cut.x + cut.width >= 40 && cut.y + cut.height >= 30);
  assert.ok(cut.width < 40 && cut.height < 40);
  const at = (x, y) => [...cut.rgba.slice(4 * ((y - cut.y) * cut.width + x - cut.x)).slice(0, 4)];
  assert.deepEqual(at(30, 20), [200, 100, 50, 255]);
  assert.deepEqual(at(cut.x, cut.y), [0, 0, 0, 0]);
});

test('the_shade_is_black_with_an_alpha', () => {
  const bytes = packed(64, 48, (x, y) => (x > 20 && x < 40 && y > 10 && y < 40 ? { shade: 0.3 } : null));
  const cut = unpack(bytes, 64, 96);
  const i = 4 * ((20 - cut.y) * cut.width + 30 - cut.x);
  assert.deepEqual([...cut.rgba.slice(i, i + 3)], [0, 0, 0]);
  assert.ok(Math.abs(cut.rgba[i + 3] - 0.3 * 255) < 4);
});

test('half_a_garment_in_the_shade_covers_and_darkens', () => {
  const bytes = packed(64, 48, (x) => (x > 20 && x < 40 ? { colour: [200, 100, 50], alpha: 0.5, shade: 0.2 } : null));
  const cut = unpack(bytes, 64, 96);
  const i = 4 * ((20 - cut.y) * cut.width + 30 - cut.x);
  const [red, , , hidden] = cut.rgba.slice(i, i + 4);
  assert.ok(Math.abs(hidden / 255 - 0.6) < 0.02);
  assert.ok(Math.abs((red * hidden) / 255 - 100) < 4);
});

test('noise_of_the_codec_is_no_garment', () => {
  assert.equal(unpack(packed(64, 48, (x, y) => ({ alpha: ((x + y) % 4) / 255 })), 64, 96), null);
});

test('a_garment_that_the_border_cuts_off_goes_on_beyond_it', () => {
  const cut = unpack(packed(64, 48, (x, y) => (y > 20 && x > 10 && x < 50 ? { colour: [1, 2, 3], alpha: 1 } : null)), 64, 96);
  assert.ok(cut.y + cut.height > 48);
  const last = 4 * ((cut.height - 1) * cut.width + 30 - cut.x);
  assert.deepEqual([...cut.rgba.slice(last, last + 4)], [1, 2, 3, 255]);
});

test('the_weight_is_the_alpha_made_small', () => {
  const bytes = packed(64, 48, (x) => ({ alpha: x < 32 ? 1 : 0 }));
  const { luma } = weightOf(bytes, 64, 96, { width: 16, height: 12 });
  for (let i = 0; i < luma.length; i++) assert.equal(luma[i], i % 16 < 8 ? 1 : 0);
  assert.deepEqual([...lumaOf(new Uint8ClampedArray([255, 255, 255, 255, 0, 0, 0, 255]), { width: 2, height: 1 }).luma], [255, 0]);
});

test('small_pictures_can_be_halved_twice', () => {
  for (const [width, height] of [[640, 480], [480, 640], [1280, 720], [321, 243]]) {
    const small = smallSize(width, height);
    assert.equal(small.width % 4 + small.height % 4, 0);
    assert.equal(Math.max(small.width, small.height), 160);
  }
});

test('a_layer_is_told_from_a_whole_picture_by_its_shape', () => {
  for (const camera of [{ width: 640, height: 480 }, { width: 720, height: 1280 }]) {
    const { width, height } = camera;
    assert.ok(isLayer({ width, height: 2 * height }, camera));
    assert.ok(isLayer({ width: 162, height: 2 * Math.round((161 * height) / width) }, camera)); // made small on its way
    assert.ok(!isLayer(camera, camera));
    assert.ok(!isLayer({ width: width / 2, height: height / 2 }, camera));
  }
});

const SECOND = 90_000;

/** Pictures at 30 fps whose RTP times run over 32 bits; the page's clock tells when they were taken, `off_ms` wrong. */
function stream(off_ms = 0, jitter = () => 0) {
  const times = new Times();
  const first = 2 ** 32 - SECOND / 2;
  const own = (k) => times.add({ media_ms: 5000 + (k * 1000) / 30, taken_ms: 80_000 + (k * 1000) / 30 }, 16);
  const back = (k) => times.match((first + k * 3000) % 2 ** 32, 80_000 + (k * 1000) / 30 + off_ms + jitter(k));
  return { times, own, back, index: (found) => found && Math.round(((found.media_ms - 5000) * 30) / 1000) };
}

for (const off_ms of [0, -9, 9]) {
  test(`a_returned_picture_finds_the_one_it_was_made_of: clock ${off_ms} ms off`, () => {
    const { own, back, index } = stream(off_ms, (k) => (k % 3) - 1);
    let placed = 0;
    for (let k = 0; k < 90; k++) {
      own(k);
      if (k < 4) continue;
      const found = index(back(k - 4));
      if (found !== null) assert.equal(found, k - 4);
      placed += found !== null;
    }
    assert.ok(placed > 75);
  });
}

test('a_picture_that_was_never_shown_is_not_mistaken_for_its_neighbour', () => {
  const { own, back } = stream();
  for (let k = 0; k < 30; k++) if (k !== 27) own(k);
  for (let k = 15; k < 25; k++) back(k);
  assert.equal(back(27), null);
  assert.notEqual(back(28), null);
});

test('without_capture_times_nothing_is_placed', () => {
  const { own, times } = stream();
  for (let k = 0; k < 16; k++) own(k);
  assert.equal(times.match(1234, null), null);
});

test('a_capture_time_is_carried_over_to_the_frame_that_is_shown', () => {
  const sources = [{ rtpTimestamp: 90, captureTimestamp: 2_208_988_800_000 + 10_000 }];
  assert.equal(capturedAt(sources, 2 ** 32 - 90 * 4, 9_000), 1000 - 5);
  assert.equal(capturedAt([], 0, 0), null);
  assert.equal(capturedAt([{ rtpTimestamp: 1 }], 1, 0), null);
});

test('several_people_are_composed_by_the_server_unless_in_step', () => {
  assert.equal(deliveryOf({ split: 'off', composing: true, people: 1 }), 'composed');
  assert.equal(deliveryOf({ split: 'live', composing: true, people: 1 }), 'layer');
  assert.equal(deliveryOf({ split: 'live', composing: false, people: 1 }), 'composed');
  assert.equal(deliveryOf({ split: 'live', composing: true, people: 2 }), 'composed');
  assert.equal(deliveryOf({ split: 'synced', composing: true, people: 3 }), 'layer');
  assert.equal(splitNote({ split: 'live', people: 2 }), 'split.note_people');
  assert.equal(splitNote({ split: 'live', people: 1 }), 'split.note_live');
});

/**
 * How what lies under the garment moved between two pictures of the own camera: a similarity, found by weighted
 * least squares on small luma pictures, coarse to fine (Lucas & Kanade 1981; Baker & Matthews 2004, inverse composition;
 * the weights of Huber 1964 for what moves otherwise: a background, an arm).
 *
 * @typedef {{width: number, height: number, luma: Float32Array}} Small  a picture of the pyramid
 * @typedef {[number, number, number, number]} Motion  [a, b, x, y] in picture widths about the picture's middle: what was
 *   at (u, v) is now at ((1 + a) u - b v + x, b u + (1 + a) v + y)
 */

const LEVELS = 3;
const ROUNDS = 8; // a level, at most
const SETTLED_PX = 0.01;
const LIKE = 6; // levels of 255 that noise and light may change
const MOST_TURN = 0.15; // and most growth: nobody does that in half a second
const MOST_WAY = 0.3; // picture widths
const LEAST_WEIGHT = 20; // pixels of garment, of the smallest picture: under that nothing is told

/** @type {Motion} */
export const STILL = [0, 0, 0, 0];

/** @param {Small} picture @returns {Small} of half its size */
function halved({ width, height, luma }) {
  const w = width >> 1;
  const h = height >> 1;
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const i = 2 * y * width + 2 * x;
      out[y * w + x] = 0.25 * (luma[i] + luma[i + 1] + luma[i + width] + luma[i + width + 1]);
    }
  }
  return { width: w, height: h, luma: out };
}

/** @param {Small} picture @returns {Small[]} the finest first */
export function pyramid(picture) {
  const levels = [picture];
  while (levels.length < LEVELS) levels.push(halved(levels[levels.length - 1]));
  return levels;
}

/**
 * The motion from `from` to `to`, where `weight` says how much of the garment lies on each pixel of `from`.
 * @param {Small[]} from @param {Small[]} to @param {Small[]} weight  pyramids of the same size; weight 0 to 1
 * @param {Motion} [guess] @returns {Motion} `STILL` where what was found is no motion of a person
 */
export function motionBetween(from, to, weight, guess = STILL) {
  /** @type {Motion} */
  let motion = [...guess];
  for (let level = LEVELS - 1; level >= 0; level--) {
    const points = pointsOf(from[level], weight[level]);
    if (level === LEVELS - 1 && points.total < LEAST_WEIGHT) return STILL;
    for (let round = 0; round < ROUNDS; round++) {
      const step = stepOf(points, from[level], to[level], motion);
      if (!step) return guess;
      motion = composed(motion, step);
      if (Math.hypot(step[2], step[3]) * from[level].width < SETTLED_PX) break;
    }
  }
  return isLikely(motion) ? motion : STILL;
}

/** @param {Motion} motion @returns {boolean} whether a person moves so */
const isLikely = ([a, b, x, y]) => Math.max(Math.abs(a), Math.abs(b)) < MOST_TURN && Math.hypot(x, y) < MOST_WAY;

/**
 * @param {Small} picture @param {Small} weight
 * @returns {{at: Int32Array, w: Float32Array, gx: Float32Array, gy: Float32Array, total: number}} of the garment's pixels
 */
function pointsOf({ width, height, luma }, weight) {
  const at = [];
  let total = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      if (weight.luma[i] < 0.05) continue;
      at.push(i);
      total += weight.luma[i];
    }
  }
  const points = { at: Int32Array.from(at), w: new Float32Array(at.length), gx: new Float32Array(at.length), gy: new Float32Array(at.length), total };
  for (const [k, i] of at.entries()) {
    points.w[k] = weight.luma[i];
    points.gx[k] = 0.5 * (luma[i + 1] - luma[i - 1]);
    points.gy[k] = 0.5 * (luma[i + width] - luma[i - width]);
  }
  return points;
}

/**
 * One step of Gauss and Newton. @param {ReturnType<typeof pointsOf>} points @param {Small} from @param {Small} to
 * @param {Motion} motion @returns {Motion|null} null where the picture tells nothing
 */
function stepOf({ at, w, gx, gy }, from, to, [a, b, x, y]) {
  const { width, height } = from;
  const H = new Float64Array(16);
  const g = new Float64Array(4);
  const J = new Float64Array(4);
  for (let k = 0; k < at.length; k++) {
    const u = (at[k] % width) + 0.5 - 0.5 * width;
    const v = Math.floor(at[k] / width) + 0.5 - 0.5 * height;
    const px = (1 + a) * u - b * v + x * width + 0.5 * width - 0.5;
    const py = b * u + (1 + a) * v + y * width + 0.5 * height - 0.5;
    if (px < 0 || py < 0 || px > width - 1 || py > height - 1) continue;
    const error = between(to, px, py) - from.luma[at[k]];
    const weight = w[k] * (Math.abs(error) <= LIKE ? 1 : LIKE / Math.abs(error));
    J[0] = gx[k] * u + gy[k] * v;
    J[1] = gy[k] * u - gx[k] * v;
    J[2] = gx[k] * width;
    J[3] = gy[k] * width;
    for (let i = 0; i < 4; i++) {
      g[i] += weight * J[i] * error;
      for (let j = 0; j <= i; j++) H[4 * i + j] += weight * J[i] * J[j];
    }
  }
  return solved(H, g);
}

/** @param {Small} picture @param {number} x @param {number} y  inside of it @returns {number} bilinear */
function between({ width, height, luma }, x, y) {
  const i = Math.min(Math.floor(x), width - 2);
  const j = Math.min(Math.floor(y), height - 2);
  const at = j * width + i;
  const top = luma[at] + (x - i) * (luma[at + 1] - luma[at]);
  const bottom = luma[at + width] + (x - i) * (luma[at + width + 1] - luma[at + width]);
  return top + (y - j) * (bottom - top);
}

/**
 * Solve H s = g by Cholesky's way. @param {Float64Array} H  (4, 4), its lower half @param {Float64Array} g
 * @returns {Motion|null}
 */
function solved(H, g) {
  for (let i = 0; i < 4; i++) {
    H[5 * i] *= 1 + 1e-6;
    for (let j = 0; j <= i; j++) {
      let sum = H[4 * i + j];
      for (let k = 0; k < j; k++) sum -= H[4 * i + k] * H[4 * j + k];
      if (i === j && sum <= 1e-9) return null;
      H[4 * i + j] = i === j ? Math.sqrt(sum) : sum / H[5 * j];
    }
  }
  const s = /** @type {Motion} */ ([0, 0, 0, 0]);
  for (let i = 0; i < 4; i++) {
    s[i] = g[i];
    for (let k = 0; k < i; k++) s[i] -= H[4 * i + k] * s[k];
    s[i] /= H[5 * i];
  }
  for (let i = 3; i >= 0; i--) {
    for (let k = i + 1; k < 4; k++) s[i] -= H[4 * k + i] * s[k];
    s[i] /= H[5 * i];
  }
  return s.every(Number.isFinite) ? s : null;
}

/** @param {Motion} motion @param {Motion} step  in the first picture @returns {Motion} motion after the step's inverse */
function composed([a, b, x, y], step) {
  const [ia, ib, ix, iy] = inverse(step);
  const c = 1 + a;
  return [c * (1 + ia) - b * ib - 1, c * ib + b * (1 + ia), c * ix - b * iy + x, b * ix + c * iy + y];
}

/** @param {Motion} motion @returns {Motion} the way back */
export function inverse([a, b, x, y]) {
  const size = (1 + a) ** 2 + b ** 2;
  const c = (1 + a) / size;
  const s = -b / size;
  return [c - 1, s, -(c * x - s * y), -(s * x + c * y)];
}

/**
 * The packed layer (docs/protocol.md) as a picture with alpha, cut to what is drawn.
 *
 * @typedef {{x: number, y: number, width: number, height: number, rgba: Uint8ClampedArray}} Cut  its corner in the
 *   layer's picture; straight alpha, the shade in it as black. Where the picture's border cuts the garment off, it goes on
 *   beyond it, so that none is bared when the layer moves
 * @typedef {import('./flow.js').Small} Small
 */

const NOISE = 4; // of a codec, of 255: so little alpha is none, so much is all
const CB_TO_BLUE = 2.017; // BT.601; Cb does not touch red, which is luma alone where Cr is at rest
const SHADE = 224;
const SHADE_MOST = 0.5;
const CELL = 4; // what is drawn is looked for in every fourth pixel
const BEYOND_PX = 24;
const SIDE_PX = 160; // the longer one of a small picture

/** @param {number} width @param {number} height @returns {{width: number, height: number}} of the small one; can be halved twice */
export function smallSize(width, height) {
  const scale = SIDE_PX / Math.max(width, height);
  const side = (/** @type {number} */ px) => Math.max(16, 4 * Math.round((px * scale) / 4));
  return { width: side(width), height: side(height) };
}

/** @param {number} red @returns {number} 0 to 1 */
const alphaOf = (red) => Math.min(1, Math.max(0, (red - NOISE) / (255 - 2 * NOISE)));

/** @param {number} red @param {number} blue @returns {number} 0 to 0.5 */
const shadeOf = (red, blue) => Math.min(SHADE_MOST, Math.max(0, (blue - red - NOISE) / (CB_TO_BLUE * SHADE)));

/**
 * @param {Uint8Array} bytes  RGBA, colour above alpha and shade @param {number} width @param {number} height  of the whole
 * @returns {Cut|null} null where nothing is drawn
 */
export function unpack(bytes, width, height) {
  const rows = height >> 1;
  const found = drawnIn(bytes, width, rows);
  if (!found) return null;
  const left = found.x0 === 0 ? -BEYOND_PX : found.x0;
  const top = found.y0 === 0 ? -BEYOND_PX : found.y0;
  const right = found.x1 === width ? width + BEYOND_PX : found.x1;
  const bottom = found.y1 === rows ? rows + BEYOND_PX : found.y1;
  const cut = { x: left, y: top, width: right - left, height: bottom - top, rgba: new Uint8ClampedArray(4 * (right - left) * (bottom - top)) };
  let to = 0;
  for (let y = top; y < bottom; y++) {
    const row = width * Math.min(rows - 1, Math.max(0, y));
    for (let x = left; x < right; x++, to += 4) {
      const from = 4 * (row + Math.min(width - 1, Math.max(0, x)));
      const below = from + 4 * width * rows;
      if (bytes[below] <= NOISE && bytes[below + 2] <= 2 * NOISE) continue; // most of it is nothing
      const alpha = alphaOf(bytes[below]);
      const hidden = 1 - (1 - alpha) * (1 - shadeOf(bytes[below], bytes[below + 2]));
      const share = alpha / hidden;
      cut.rgba[to] = share * bytes[from];
      cut.rgba[to + 1] = share * bytes[from + 1];
      cut.rgba[to + 2] = share * bytes[from + 2];
      cut.rgba[to + 3] = 255 * hidden;
    }
  }
  return cut;
}

/**
 * @param {Uint8Array} bytes @param {number} width @param {number} rows
 * @returns {{x0: number, y0: number, x1: number, y1: number}|null} about what is drawn, a little wider
 */
function drawnIn(bytes, width, rows) {
  let [x0, y0, x1, y1] = [width, rows, -1, -1];
  for (let y = CELL >> 1; y < rows; y += CELL) {
    for (let x = CELL >> 1; x < width; x += CELL) {
      const i = 4 * (width * (rows + y) + x);
      if (bytes[i] <= NOISE && bytes[i + 2] <= 3 * NOISE) continue;
      x0 = Math.min(x0, x);
      x1 = Math.max(x1, x);
      y0 = Math.min(y0, y);
      y1 = y;
    }
  }
  if (x1 < 0) return null;
  const room = CELL + 2;
  return { x0: Math.max(0, x0 - room), y0: Math.max(0, y0 - room), x1: Math.min(width, x1 + room), y1: Math.min(rows, y1 + room) };
}

/**
 * @param {Uint8Array} bytes  as above @param {number} width @param {number} height @param {{width: number, height: number}} size
 * @returns {Small} how much of the garment lies where, 0 to 1, from two pixels of each cell
 */
export function weightOf(bytes, width, height, size) {
  const rows = height >> 1;
  const luma = new Float32Array(size.width * size.height);
  for (let y = 0; y < size.height; y++) {
    for (let x = 0; x < size.width; x++) {
      const alpha = (/** @type {number} */ at) => {
        const column = Math.floor(((x + at) * width) / size.width);
        const row = rows + Math.floor(((y + at) * rows) / size.height);
        return alphaOf(bytes[4 * (row * width + column)]);
      };
      luma[y * size.width + x] = 0.5 * (alpha(0.25) + alpha(0.75));
    }
  }
  return { ...size, luma };
}

/** @param {Uint8ClampedArray} rgba @param {{width: number, height: number}} size @returns {Small} BT.601 luma */
export function lumaOf(rgba, size) {
  const luma = new Float32Array(size.width * size.height);
  for (let i = 0; i < luma.length; i++) luma[i] = 0.299 * rgba[4 * i] + 0.587 * rgba[4 * i + 1] + 0.114 * rgba[4 * i + 2];
  return { ...size, luma };
}

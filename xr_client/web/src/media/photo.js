/** The shopper's own still picture: turned upright, made small and stripped of its metadata before it leaves. */

export const MAX_SIDE_PX = 1600;
const MAX_BYTES = 40 * 2 ** 20;
const QUALITY = 0.92;

/** A picture that cannot be used; `code` is one that the page has help for. */
export class PhotoError extends Error {
  /** @param {'photo_unreadable'|'photo_large'} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * The size that fits into MAX_SIDE_PX, shape kept, both sides even and at least 2.
 * @param {number} width @param {number} height @returns {{width: number, height: number}}
 */
export function fitted(width, height) {
  const scale = Math.min(1, MAX_SIDE_PX / Math.max(width, height));
  const even = (/** @type {number} */ side) => Math.max(2, 2 * Math.round((side * scale) / 2));
  return { width: even(width), height: even(height) };
}

/** @param {Blob} file @returns {Promise<Blob>} a JPEG @throws {PhotoError} */
export async function preparePhoto(file) {
  if (file.size > MAX_BYTES) throw new PhotoError('photo_large');
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new PhotoError('photo_unreadable');
  }
  const canvas = document.createElement('canvas');
  Object.assign(canvas, fitted(bitmap.width, bitmap.height));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d', { alpha: false }));
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
  if (!blob) throw new PhotoError('photo_unreadable');
  return blob;
}

/** How large to show a picture: as large as may be, without losing too much of its sides. */

/** Share of the picture that may lie outside the stage: a live shopper stands in the middle, on a photo anywhere. */
export const MAX_LOSS = 0.32;
export const MAX_PHOTO_LOSS = 0.08;

/**
 * The size, in stage pixels, at which a picture fills the stage; where filling would cut off more than `loss`,
 * it is smaller and leaves bars.
 * @param {{width: number, height: number}} picture @param {{width: number, height: number}} stage
 * @param {number} [loss] @returns {{width: number, height: number}}
 */
export function coverSize(picture, stage, loss = MAX_LOSS) {
  const cover = Math.max(stage.width / picture.width, stage.height / picture.height);
  const contain = Math.min(stage.width / picture.width, stage.height / picture.height);
  const scale = Math.min(cover, contain / (1 - loss));
  return { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) };
}

/**
 * The size at which somebody who stands in the middle of the picture is seen from head to foot, whatever it costs at the sides.
 * @param {{width: number, height: number}} picture @param {{width: number, height: number}} stage
 * @returns {{width: number, height: number}}
 */
export function uprightSize(picture, stage) {
  const scale = stage.height / picture.height;
  return { width: Math.round(picture.width * scale), height: Math.round(stage.height) };
}

/**
 * A size with nothing cut off above and below: who is measured has to see their head and their feet.
 * @param {{width: number, height: number}} size @param {{width: number, height: number}} stage
 * @returns {{width: number, height: number}}
 */
export function wholeHeight(size, stage) {
  const scale = Math.min(1, stage.height / size.height);
  return { width: Math.round(size.width * scale), height: Math.round(size.height * scale) };
}

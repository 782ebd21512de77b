/** How large to show a picture: as large as may be, without losing too much of its sides. */

export const MAX_LOSS = 0.32; // share of the picture that may lie outside the stage

/**
 * The size, in stage pixels, at which a picture fills the stage; where filling would cut off more than MAX_LOSS,
 * it is smaller and leaves bars.
 * @param {{width: number, height: number}} picture @param {{width: number, height: number}} stage
 * @returns {{width: number, height: number}}
 */
export function coverSize(picture, stage) {
  const cover = Math.max(stage.width / picture.width, stage.height / picture.height);
  const contain = Math.min(stage.width / picture.width, stage.height / picture.height);
  const scale = Math.min(cover, contain / (1 - MAX_LOSS));
  return { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) };
}

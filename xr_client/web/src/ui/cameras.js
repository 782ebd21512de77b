/** Which camera: front or back on a phone, by name elsewhere. */
import { byId, make, press } from './dom.js';

/**
 * @typedef {import('../state.js').CameraChoice} CameraChoice
 * @typedef {import('../state.js').CameraDevice} CameraDevice
 */

/**
 * The choices to offer; front and back only where there are several cameras on a device held in the hand.
 * @param {CameraDevice[]} devices @param {boolean} handheld
 * @param {(key: string, values?: Record<string, number>) => string} t
 * @returns {{name: string, choice: CameraChoice}[]}
 */
export function cameraChoices(devices, handheld, t) {
  const facing = /** @type {{name: string, choice: CameraChoice}[]} */ ([
    { name: t('camera.front'), choice: { facing: 'user' } },
    { name: t('camera.back'), choice: { facing: 'environment' } },
  ]);
  const named = devices.map(({ deviceId, label }, i) => ({
    name: label || t('camera.unnamed', { number: i + 1 }),
    choice: { deviceId },
  }));
  return handheld && devices.length > 1 ? [...facing, ...named] : named;
}

/**
 * @param {import('../state.js').Store} store @param {import('../client.js').Client} client
 * @param {import('../i18n/i18n.js').Messages} messages
 */
export function bindCameras(store, client, messages) {
  const dialog = byId('camera-dialog');
  byId('tool-camera').onclick = () => dialog.showModal();
  store.watch(['cameras', 'camera', 'language'], ({ cameras, camera }) => {
    const handheld = matchMedia('(pointer: coarse)').matches;
    const choices = cameraChoices(cameras, handheld, (key, values) => messages.t(key, values));
    const items = choices.map(({ name, choice }) => {
      const button = make('button', { type: 'button', textContent: name });
      press(button, choice.deviceId === camera.deviceId && choice.facing === camera.facing);
      button.onclick = () => {
        dialog.close();
        client.chooseCamera(choice);
      };
      return make('li', {}, [button]);
    });
    byId('camera-list').replaceChildren(...items);
  });
}

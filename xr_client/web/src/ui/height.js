/** The shopper's height, in the unit they think in. */
import { byId, press } from './dom.js';
import { MAX_HEIGHT_CM, MIN_HEIGHT_CM, fromFeet, toFeet, validHeight } from '../units.js';

const USUAL_CM = 170; // where the slider stands before anything was said

/**
 * @param {import('../state.js').Store} store @param {import('../client.js').Client} client
 * @param {import('../i18n/i18n.js').Messages} messages
 */
export function bindHeight(store, client, messages) {
  const dialog = byId('height-dialog');
  const [cm, feet, inch, slide] = ['height-cm', 'height-feet', 'height-inch', 'height-slide'].map(byId);
  for (const field of [cm, slide]) Object.assign(field, { min: String(MIN_HEIGHT_CM), max: String(MAX_HEIGHT_CM) });
  Object.assign(feet, { min: String(toFeet(MIN_HEIGHT_CM).ft), max: String(toFeet(MAX_HEIGHT_CM).ft) });

  /** @param {number|null} height_cm @param {HTMLInputElement} [source]  the field being typed in is left alone */
  const show = (height_cm, source) => {
    const value = height_cm ?? USUAL_CM;
    if (source !== slide) slide.value = String(value);
    if (source !== cm) cm.value = String(value);
    if (source !== feet && source !== inch) {
      feet.value = String(toFeet(value).ft);
      inch.value = String(toFeet(value).inch);
    }
    byId('height-error').textContent = '';
  };
  const typed = () =>
    store.state.unit === 'ft' ? validHeight(fromFeet(Number(feet.value), Number(inch.value))) : validHeight(cm.value);
  const complain = () => {
    const text = (/** @type {number} */ height_cm) =>
      store.state.unit === 'ft'
        ? messages.t('height.value_ft', toFeet(height_cm))
        : messages.t('height.value_cm', { cm: height_cm });
    const range = { min: text(MIN_HEIGHT_CM), max: text(MAX_HEIGHT_CM) };
    byId('height-error').textContent = messages.t('height.range', range);
  };

  byId('height').onclick = () => {
    show(store.state.height_cm);
    dialog.showModal();
  };
  slide.oninput = () => show(Number(slide.value), slide);
  cm.oninput = () => show(validHeight(cm.value) ?? Number(slide.value), cm);
  feet.oninput = inch.oninput = () => show(typed() ?? Number(slide.value), feet);
  byId('height-clear').onclick = () => {
    client.setHeight(null);
    dialog.close();
  };
  dialog.querySelector('form').onsubmit = (/** @type {SubmitEvent} */ event) => {
    const height_cm = typed();
    if (height_cm !== null) return client.setHeight(height_cm);
    event.preventDefault();
    complain();
  };
  for (const button of byId('height-units').querySelectorAll('button')) {
    button.onclick = () => {
      const height_cm = typed();
      client.setUnit(button.dataset.unit);
      show(height_cm ?? Number(slide.value));
    };
  }
  store.watch(['unit'], ({ unit }) => {
    dialog.dataset.unit = unit;
    for (const button of byId('height-units').querySelectorAll('button')) press(button, button.dataset.unit === unit);
  });
}

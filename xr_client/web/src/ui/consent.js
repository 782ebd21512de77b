/** The question before anything is captured; its text has a version that the server writes down. */
import { byId } from './dom.js';
import { CONSENT_VERSION } from '../net/api.js';

const YES = { camera: 'consent.yes.camera', photo: 'consent.yes.photo', demo: 'consent.yes.demo', scan: 'consent.yes.scan' };

/**
 * @param {import('../i18n/i18n.js').Messages} messages @param {import('../storage.js').Memory} memory
 * @returns {(purpose: import('../client.js').Purpose) => Promise<import('../client.js').Consent|null>} null = not now
 */
export function consentDialog(messages, memory) {
  const [dialog, adult, remember, yes] = ['consent', 'consent-adult', 'consent-remember', 'consent-yes'].map(byId);
  adult.onchange = () => {
    yes.disabled = !adult.checked;
  };
  return (purpose) =>
    new Promise((resolve) => {
      adult.checked = false;
      yes.disabled = true;
      remember.checked = memory.allowed;
      yes.textContent = messages.t(YES[purpose]);
      byId('consent-version').textContent = messages.t('consent.version', { version: CONSENT_VERSION });
      byId('consent-details').open = false;
      dialog.returnValue = '';
      dialog.onclose = () => {
        const agreed = dialog.returnValue === 'yes' && adult.checked;
        resolve(agreed ? { adult: true, remember: remember.checked } : null);
      };
      dialog.showModal();
    });
}

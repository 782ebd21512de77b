/** The round buttons beside the picture, and the language. */
import { byId, label, press, translate } from './dom.js';

/**
 * @param {import('../state.js').Store} store @param {import('../client.js').Client} client
 * @param {import('../i18n/i18n.js').Messages} messages
 */
export function bindTools(store, client, messages) {
  byId('tool-mirror').onclick = () => client.setMirror(!store.state.mirror);
  byId('stop').onclick = () => {
    client.stop();
    if (!store.state.keep) client.sizing.clear(); // somebody else may stand here next
  };
  byId('language').onclick = () => client.setLanguage(store.state.language === 'zh' ? 'en' : 'zh');
  store.watch(['mirror'], ({ mirror }) => press(byId('tool-mirror'), mirror));
  store.watch(['language'], ({ language }) => {
    messages.language = language;
    translate(messages);
    byId('language').textContent = messages.t('language.other');
    label(byId('language'), messages.t('language.switch'));
  });
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') client.awake();
  });
}

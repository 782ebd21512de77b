/** What lies over the picture while there is none: welcome, permission, connecting, and every failure with its way out. */
import { byId, make } from './dom.js';

/** @typedef {import('../state.js').State} State */

/** Help for each failure; a code without a page of its own shares one. */
export const FAILURES = /** @type {Record<string, {title: string, text: string, steps?: string[]}>} */ ({
  insecure: {
    title: 'failure.insecure.title',
    text: 'failure.insecure.text',
    steps: ['failure.insecure.step1', 'failure.insecure.step2'],
  },
  unsupported: {
    title: 'failure.unsupported.title',
    text: 'failure.unsupported.text',
    steps: ['failure.unsupported.step1', 'failure.unsupported.step2'],
  },
  denied: {
    title: 'failure.denied.title',
    text: 'failure.denied.text',
    steps: ['failure.denied.step1', 'failure.denied.step2', 'failure.denied.step3'],
  },
  no_camera: { title: 'failure.no_camera.title', text: 'failure.no_camera.text' },
  in_use: { title: 'failure.in_use.title', text: 'failure.in_use.text' },
  camera: { title: 'failure.camera.title', text: 'failure.camera.text' },
  demo: { title: 'failure.demo.title', text: 'failure.demo.text' },
  network: { title: 'failure.network.title', text: 'failure.network.text' },
  media: {
    title: 'failure.media.title',
    text: 'failure.media.text',
    steps: ['failure.media.step1', 'failure.media.step2'],
  },
  busy: { title: 'failure.busy.title', text: 'failure.busy.text' },
  join: { title: 'failure.join.title', text: 'failure.join.text' },
  page: { title: 'failure.page.title', text: 'failure.page.text' },
  ended: { title: 'failure.ended.title', text: 'failure.ended.text' },
  photo_unreadable: { title: 'failure.photo_unreadable.title', text: 'failure.photo_unreadable.text' },
  photo_large: { title: 'failure.photo_large.title', text: 'failure.photo_large.text' },
  unexpected: { title: 'failure.unexpected.title', text: 'failure.unexpected.text' },
});
const SHARED = /** @type {Record<string, string>} */ ({ origin: 'page', protocol: 'page', token: 'ended' });

const PHASES = /** @type {Record<string, {title: string, text: string}>} */ ({
  idle: { title: 'start.title', text: 'start.text' },
  asking: { title: 'asking.title', text: 'asking.text' },
  connecting: { title: 'connecting.title', text: 'connecting.text' },
  reconnecting: { title: 'reconnecting.title', text: 'reconnecting.text' },
});

/** @param {Readonly<State>} state @returns {{title: string, text: string, steps?: string[]}|null} keys of what to say */
export function wordsFor({ phase, failure, source }) {
  if (phase === 'failed') return FAILURES[SHARED[failure ?? ''] ?? failure ?? ''] ?? FAILURES.unexpected;
  if (phase === 'asking' && source === 'demo') return { title: 'asking.demo.title', text: 'asking.demo.text' };
  return PHASES[phase] ?? null;
}

/**
 * @param {import('../state.js').Store} store @param {import('../client.js').Client} client
 * @param {import('../i18n/i18n.js').Messages} messages
 */
export function bindCover(store, client, messages) {
  const file = byId('photo-file');
  byId('start').onclick = () => {
    const { phase, failure } = store.state;
    if (phase !== 'failed') client.start('camera');
    else if (failure?.startsWith('photo_')) file.click();
    else client.retry();
  };
  byId('use-demo').onclick = () => client.start('demo');
  byId('cancel').onclick = () => client.stop();
  byId('use-photo').onclick = byId('tool-photo').onclick = () => file.click();
  file.onchange = () => {
    const [chosen] = file.files;
    if (chosen) client.startPhoto(chosen);
    file.value = ''; // the same picture may be chosen again
  };
  store.watch(['phase', 'failure', 'source', 'language'], (state) => {
    document.body.dataset.phase = state.phase;
    document.body.dataset.source = state.source ?? '';
    const words = wordsFor(state);
    byId('cover').hidden = words === null;
    if (words === null) return;
    byId('cover-title').textContent = messages.t(words.title);
    byId('cover-text').textContent = messages.t(words.text);
    byId('cover-steps').replaceChildren(...(words.steps ?? []).map((key) => make('li', { textContent: messages.t(key) })));
    byId('start').textContent = messages.t(state.phase === 'failed' ? 'start.retry' : 'start.camera');
  });
  store.watch(['phase', 'failure'], ({ phase }) => {
    if (phase === 'failed') byId('cover-title').focus();
  });
}

/** The part of the bodies' view that is about the shop's server, where it keeps bodies at all. */
import { checkedBodies } from '../../bodies.js';
import { ShopError } from '../../net/shop.js';
import { make } from '../dom.js';
import { button, iconButton } from './parts.js';

/**
 * @typedef {import('./dialog.js').SizeDialog} SizeDialog
 * @typedef {import('../../net/shop.js').SavedBody} SavedBody
 * @typedef {import('../../net/shop.js').ConsentText} ConsentText
 */

/** @param {SizeDialog} dialog @returns {Node[]} */
export function savedNodes(dialog) {
  const { words, store, sizing } = dialog;
  if (!store.state.offers?.includes('saved')) return [];
  const { body } = sizing;
  const name = words.bodyName(body, store.state.bodies);
  const ask = () => attempt(dialog, async () => dialog.show({ kind: 'consent', consent: await dialog.client.saved.consent(), body, name }));
  return [
    make('h3', { textContent: words.t('saved.title') }),
    ...(store.state.saved.length ? [make('ul', { className: 'bodies' }, store.state.saved.map((one) => row(dialog, one)))] : []),
    button(words.t('saved.keep', { name }), ask, 'quiet', { disabled: body.known.length === 0, data: { key: 'keep-there' } }),
  ];
}

/** @param {SizeDialog} dialog @param {SavedBody} one */
function row(dialog, one) {
  const { words } = dialog;
  const until = new Intl.DateTimeFormat(dialog.messages.language, { dateStyle: 'medium' }).format(new Date(1000 * one.expires_s));
  const name = one.name ?? words.t('saved.unreadable');
  const use = make('button', { type: 'button', className: 'choose', disabled: !one.readable, data: { key: `use-${one.id}` } }, [
    make('b', { textContent: name }),
    make('span', { textContent: words.t('saved.until', { date: until }) }),
  ]);
  use.onclick = () => {
    const [body] = checkedBodies([{ ...one, id: '' }], Date.now());
    dialog.say(words.taken(dialog.sizing.take(body ? [body] : [])));
  };
  const remove = () => attempt(dialog, async () => {
    await dialog.client.saved.remove(one.id);
    dialog.say(words.t('saved.deleted', { name }));
  });
  return make('li', {}, [use, iconButton(words.t('saved.delete_of', { name }), 'i-bin', remove, { data: { key: `unsave-${one.id}` } })]);
}

/**
 * The shop's own text, before anything is kept.
 * @param {SizeDialog} dialog @param {{consent: ConsentText, body: import('../../bodies.js').Body, name: string}} view
 * @returns {{title: string, nodes: Node[]}}
 */
export function consentView(dialog, { consent, body, name }) {
  const { words } = dialog;
  const agree = () => attempt(dialog, async () => {
    await dialog.client.saved.keep(body, name, consent.text_version);
    dialog.back();
    dialog.say(words.t('saved.kept', { name }));
  });
  return {
    title: words.t('saved.keep', { name }),
    nodes: [
      make('p', { textContent: consent.text }),
      make('p', { className: 'muted', textContent: words.t('consent.version', { version: consent.text_version }) }),
      make('div', { className: 'answers' }, [
        button(words.t('saved.agree'), agree, 'primary', { data: { key: 'agree' } }),
        button(words.t('consent.no'), () => dialog.back(), 'quiet'),
      ]),
    ],
  };
}

/** @param {SizeDialog} dialog @param {() => Promise<void>} work  said in words where it fails */
async function attempt(dialog, work) {
  try {
    await work();
  } catch (error) {
    dialog.say(error instanceof ShopError ? error.message : dialog.words.t('size.unreachable'));
  }
}

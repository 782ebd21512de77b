/** The shopper's bodies: choose, add, rename, delete and take back, to and from a file, and whether this browser keeps them. */
import { BodiesError, MAX_BODIES, MAX_FILE_CHARS, MAX_NAME, expiry, exported, imported } from '../../bodies.js';
import { make, press } from '../dom.js';
import { button, iconButton } from './parts.js';
import { savedNodes } from './saved.js';

/**
 * @typedef {import('./dialog.js').SizeDialog} SizeDialog
 * @typedef {import('../../bodies.js').Body} Body
 */

const FILE_NAME = 'lookglass-bodies.json';

/** @param {SizeDialog} dialog @returns {{title: string, nodes: Node[]}} */
export function bodiesView(dialog) {
  const { words, store } = dialog;
  const { bodies, keep } = store.state;
  return {
    title: words.t('bodies.title'),
    nodes: [
      make('ul', { className: 'bodies' }, bodies.map((body) => row(dialog, body))),
      ...(bodies.length < MAX_BODIES ? [addForm(dialog)] : []),
      make('div', { className: 'doors' }, [
        button(words.t('bodies.export'), () => save(bodies), 'quiet', { disabled: bodies.length === 0, data: { key: 'export' } }),
        button(words.t('bodies.import'), () => openFile(dialog), 'quiet', { data: { key: 'import' } }),
      ]),
      keepBox(dialog, keep ?? dialog.keep),
      ...savedNodes(dialog),
      make('p', { className: 'muted', textContent: words.t('bodies.where') }),
    ],
  };
}

/** @param {SizeDialog} dialog @param {Body} body */
function row(dialog, body) {
  const { words, store, sizing } = dialog;
  const { bodies, body: chosen, keep } = store.state;
  const name = words.bodyName(body, bodies);
  const choose = make('button', { type: 'button', className: 'choose', data: { body: body.id, key: `body-${body.id}` } }, [
    make('b', { textContent: name }),
    make('span', { textContent: told(dialog, body) }),
    ...(keep ? [make('span', { className: 'muted', textContent: words.t('bodies.until', { date: date(dialog, expiry(body)) }) })] : []),
  ]);
  press(choose, body.id === chosen);
  choose.onclick = async () => {
    await sizing.choose(body.id);
    dialog.back();
  };
  return make('li', {}, [
    choose,
    iconButton(words.t('bodies.rename_of', { name }), 'i-pencil', () => rename(dialog, body, name), { data: { key: `rename-${body.id}` } }),
    iconButton(words.t('bodies.delete_of', { name }), 'i-bin', () => remove(dialog, body, name), { data: { key: `delete-${body.id}` } }),
  ]);
}

/** @param {SizeDialog} dialog @param {Body} body @returns {string} what is known of it, in a few words */
function told({ words }, { known }) {
  const list = known.slice(0, 4).map(({ name, value }) => `${words.measure(name)} ${typeof value === 'number' ? value.toFixed(0) : value}`);
  return list.length ? list.join(' · ') + (known.length > 4 ? ' …' : '') : words.t('bodies.nothing');
}

/** @param {SizeDialog} dialog @param {Date} day */
const date = ({ messages }, day) => new Intl.DateTimeFormat(messages.language, { dateStyle: 'medium' }).format(day);

/** @param {SizeDialog} dialog */
function addForm(dialog) {
  const { words, sizing } = dialog;
  const field = make('input', { type: 'text', maxLength: MAX_NAME, autocomplete: 'off', placeholder: words.t('bodies.name'), data: { key: 'new-name' } });
  field.setAttribute('aria-label', words.t('bodies.name'));
  const form = make('form', { className: 'add' }, [
    field,
    make('button', { type: 'submit', className: 'quiet', textContent: words.t('bodies.add'), data: { key: 'add' } }),
  ]);
  form.onsubmit = (event) => {
    event.preventDefault();
    sizing.add(field.value);
    dialog.begin();
  };
  return form;
}

/** @param {SizeDialog} dialog @param {Body} body @param {string} name */
function rename(dialog, body, name) {
  const { words } = dialog;
  const line = dialog.find(`body-${body.id}`)?.parentElement;
  if (!line) return;
  const field = make('input', { type: 'text', maxLength: MAX_NAME, value: name, autocomplete: 'off' });
  field.setAttribute('aria-label', words.t('bodies.name'));
  const form = make('form', { className: 'add' }, [
    field, make('button', { type: 'submit', className: 'quiet', textContent: words.t('ask.save') }),
  ]);
  form.onsubmit = (event) => {
    event.preventDefault();
    dialog.sizing.rename(body.id, field.value);
    dialog.redraw();
    dialog.find(`rename-${body.id}`)?.focus();
  };
  line.replaceChildren(form);
  field.select();
}

/** @param {SizeDialog} dialog @param {Body} body @param {string} name */
async function remove(dialog, body, name) {
  await dialog.sizing.remove(body.id);
  dialog.say(dialog.words.t('bodies.deleted', { name }), () => dialog.sizing.undo());
}

/** @param {Body[]} bodies  as a file of the shopper's */
function save(bodies) {
  const url = URL.createObjectURL(new Blob([exported(bodies)], { type: 'application/json' }));
  make('a', { href: url, download: FILE_NAME }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** @param {SizeDialog} dialog */
function openFile(dialog) {
  const { words, sizing } = dialog;
  dialog.chooseFile('.json,application/json', async (file) => {
    try {
      if (file.size > 4 * MAX_FILE_CHARS) throw new BodiesError('bodies.file_large');
      dialog.say(words.taken(sizing.take(imported(await file.text(), Date.now()))));
    } catch (error) {
      dialog.say(words.t(error instanceof BodiesError ? error.code : 'bodies.file_odd'));
    }
  });
}

/** @param {SizeDialog} dialog @param {boolean} kept */
function keepBox(dialog, kept) {
  const box = make('input', { type: 'checkbox', checked: kept, data: { key: 'keep' } });
  box.onchange = () => {
    dialog.keep = box.checked;
    dialog.client.setKeep(box.checked);
  };
  return make('label', { className: 'check' }, [box, make('span', { textContent: dialog.words.t('bodies.keep') })]);
}

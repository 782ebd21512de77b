import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('../', import.meta.url);
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const html = read('index.html');
const modules = readdirSync(new URL('src', root), { recursive: true }).filter((path) => path.endsWith('.js'));
const ids = new Set([...html.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id));

test('page_has_no_inline_script_or_style', () => {
  assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=/);
  for (const [, attributes, body] of html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
    assert.match(attributes, /src="\/static\//);
    assert.equal(body, '');
  }
});

test('nothing_comes_from_another_host', () => {
  const outside = /(https?:)?\/\/(?!www\.w3\.org\/2000\/svg)[a-z0-9-]+\.[a-z]/i;
  for (const path of ['index.html', 'style.css', 'viewpoint.css', 'people.css', 'size.css', 'fitmap.css', 'bag.css', 'icons/favicon.svg', 'icons/app.svg']) assert.doesNotMatch(read(path), outside, path);
});

test('every_file_the_page_asks_for_is_there', () => {
  const asked = [...html.matchAll(/(?:src|href)="\/static\/([^"]+)"/g)].map(([, path]) => path);
  assert.ok(asked.length >= 5);
  for (const path of asked) assert.ok(existsSync(new URL(path, root)), path);
});

test('page_preloads_every_module_so_that_none_waits_for_another', () => {
  const preloaded = [...html.matchAll(/rel="modulepreload" href="\/static\/src\/([^"]+)"/g)].map(([, path]) => path);
  assert.deepEqual(preloaded.sort(), modules.filter((path) => path !== 'main.js').sort());
});

test('modules_import_only_files_that_exist_here', () => {
  for (const path of modules) {
    for (const [, target] of read(`src/${path}`).matchAll(/^import [^;]*?from '([^']+)';$/gm)) {
      assert.ok(existsSync(new URL(target, new URL(`src/${path}`, root))), `${path} -> ${target}`);
    }
  }
});

test('every_element_that_is_looked_up_is_on_the_page', () => {
  const asked = modules.flatMap((path) => {
    const source = read(`src/${path}`);
    const lists = [...source.matchAll(/\[([^\]]*)\]\.map\(byId\)/g)].flatMap(([, list]) => [...list.matchAll(/'([^']+)'/g)]);
    return [...source.matchAll(/byId\('([^']+)'\)/g), ...lists].map(([, id]) => id);
  });
  assert.ok(asked.length > 40);
  assert.deepEqual(asked.filter((id) => !ids.has(id)), []);
});

test('icons_and_labels_point_at_something', () => {
  for (const [, id] of html.matchAll(/(?:href="#|aria-controls="|aria-labelledby=")([^"]+)"/g)) assert.ok(ids.has(id), id);
});

test('every_icon_button_has_a_name', () => {
  for (const [tag] of html.matchAll(/<button[^>]*class="round[^>]*>/g)) assert.match(tag, /data-i18n-label=/);
});

test('text_enters_the_page_only_as_text', () => {
  for (const path of modules) {
    assert.doesNotMatch(read(`src/${path}`), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/, path);
  }
});

test('only_ui_touches_the_document', () => {
  const media = /^(media\/(demo|photo)\.js|main\.js|client\.js)$/; // off-screen canvases; visibility
  for (const path of modules.filter((name) => !name.startsWith('ui/') && !media.test(name))) {
    assert.doesNotMatch(read(`src/${path}`), /\bdocument\b/, path);
  }
});

// Photos that go along with the next line: each is brought to the server as soon as
// it is chosen, and named by its hash from then on.
import { $, el, toast } from './dom.js';
import { on } from './model.js';

const input = $('photos');
const box = $('attached');
let chosen = [];
let uploads = 0;

export const uploading = () => uploads > 0;

// take hands out the photos, which are then no longer waiting.
export function take() {
  const taken = chosen;
  keep([]);
  return taken;
}

// keep has photos wait for the next line.
export function keep(pictures) {
  chosen = pictures;
  box.replaceChildren(...chosen.map((hash, i) => el('li', {},
    el('img', { src: `/chat/pictures/${hash}`, alt: `照片 ${i + 1}` }),
    el('button', { type: 'button', 'aria-label': `去掉照片 ${i + 1}`, on: { click: () => keep(chosen.filter((h) => h !== hash)) } }, '×'))));
  box.hidden = !chosen.length;
}

async function upload(file) {
  uploads++;
  try {
    const r = await fetch('/chat/pictures', { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file });
    const { picture, error } = await r.json();
    if (!r.ok) toast(`${file.name}：${error}`);
    else if (!chosen.includes(picture)) keep([...chosen, picture]);
  } catch {
    toast('照片没有传上，请再选一次');
  } finally {
    uploads--;
  }
}

$('attach').addEventListener('click', () => input.click());
input.addEventListener('change', async () => {
  const files = [...input.files];
  input.value = '';
  for (const file of files) await upload(file);
  $('line').focus();
});
on('conv person', () => keep([]));

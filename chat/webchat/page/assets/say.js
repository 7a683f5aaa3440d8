// Sending: a message is shown at once, posted in turn, and can be sent again
// with the same id when it did not arrive.
import { toast } from './dom.js';
import { drop, emit, find, put, state, unconfirmed } from './model.js';

const patience = 30000;
let queue = Promise.resolve();

// say sends a line in the name of who speaks now, and pictures along with it.
export function say(text, conv = state.conv, pictures = []) {
  post({ id: newID(), conv, from: state.me, text, pictures, brief: text ? undefined : '[照片]', at: '' });
}

// again sends a message that failed once more.
export function again(entry) {
  post({ id: entry.id, conv: entry.conv, from: entry.from, text: entry.text ?? '', pictures: entry.pictures, brief: entry.brief, at: '' });
}

function post(entry) {
  entry.pending = true;
  unconfirmed.set(entry.id, entry);
  put(entry);
  queue = queue.then(() => deliver(entry));
}

async function deliver(entry) {
  const { status, error } = await request(entry);
  if (status === 200) {
    unconfirmed.delete(entry.id);
    if (find(entry.conv, entry.id)?.pending) put({ ...entry, pending: false });
    emit('said', entry);
  } else if (status >= 400 && status < 500) {
    if (entry.from === state.me) drop(entry);
    unconfirmed.delete(entry.id);
    toast(error || '没有发出去，请改一改再发');
    emit('refused', entry);
  } else {
    const failed = { ...entry, pending: false, failed: true };
    unconfirmed.set(entry.id, failed);
    if (entry.from === state.me) put(failed);
  }
}

async function request({ from, conv, text, id, pictures }) {
  try {
    const r = await fetch('/chat/send', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ as: from, conv, text, id, pictures: pictures ?? [] }),
      signal: AbortSignal.timeout(patience),
    });
    return { status: r.status, error: r.ok ? '' : (await r.json()).error };
  } catch {
    return { status: 0, error: '' };
  }
}

function newID() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, '0')).join('');
}

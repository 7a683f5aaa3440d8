// What the page knows: who speaks, where, and what was said. Other modules
// change it through the functions here and hear of changes through on().
import { $, recall, remember } from './dom.js';

export const config = JSON.parse($('config').textContent);
export const botName = '运转';
export const people = new Map(config.members.map((m) => [m.user, m]));
export const groups = new Map((config.groups ?? []).map((g) => [g.conv, g]));

export const state = {
  me: '', // who speaks
  conv: '', // the conversation in view
  now: config.now, // the server's time, RFC 3339
  epoch: '', // of the server's process
  last: '', // id of the last event heard
  synced: false, // what is old has been heard
};

const listeners = {};
export const on = (names, fn) => names.split(' ').forEach((n) => (listeners[n] ??= []).push(fn));
export const emit = (name, data) => (listeners[name] ?? []).forEach((fn) => fn(data));

export const direct = (user) => `dm:${user}`;
export const ownerOf = (conv) => conv.slice('dm:'.length);
export const inConv = (user, conv) => conv === direct(user) || !!groups.get(conv)?.members.includes(user);
export const convsOf = (user) => [direct(user), ...[...groups.keys()].filter((c) => inConv(user, c))];
export const titleOf = (conv) => groups.get(conv)?.title ?? botName;

// ---- who and where: kept in the address (so that two windows may be two
// people) and, for the next window, in the storage.

export function goTo(user, conv) {
  if (!people.has(user)) user = config.members[0].user;
  if (!inConv(user, conv)) conv = direct(user);
  const newPerson = user !== state.me;
  const newConv = newPerson || conv !== state.conv;
  state.me = user;
  state.conv = conv;
  const place = new URLSearchParams({ as: user, in: conv }).toString();
  history.replaceState(null, '', `#${place}`);
  remember('place', place);
  if (newPerson) {
    talks.clear();
    for (const e of unconfirmed.values()) if (e.from === user) list(e.conv).push(e);
    state.last = '';
    state.synced = false;
    emit('person');
  }
  if (newConv) emit('conv');
  markRead();
}

export function goToSaved() {
  const place = new URLSearchParams(location.hash.slice(1) || recall('place', ''));
  goTo(place.get('as') ?? '', place.get('in') ?? '');
}

// ---- what was said

const talks = new Map(); // conv → entries, oldest first
export const unconfirmed = new Map(); // id → own entry that the server has not taken yet

export function list(conv) {
  if (!talks.has(conv)) talks.set(conv, []);
  return talks.get(conv);
}

// put adds an entry or what is new about it; it then stands at the end.
export function put(entry) {
  const all = list(entry.conv);
  const i = all.findIndex((e) => e.id === entry.id);
  if (entry.recalled) { // it stays where it was said
    const place = i >= 0 ? i : all.findIndex((e) => e.at > entry.at);
    if (place < 0) all.push(entry);
    else all.splice(place, i >= 0 ? 1 : 0, entry);
    emit('entry', { entry, fresh: false, moved: i < 0 });
    return markRead();
  }
  if (i >= 0) {
    if (all[i].seq && all[i].seq === entry.seq && all[i].epoch === entry.epoch) return;
    all.splice(i, 1);
  }
  all.push(entry);
  if (entry.seq && !entry.failed) unconfirmed.delete(entry.id);
  emit('entry', { entry, fresh: i < 0, moved: i >= 0 && i < all.length - 1 });
  markRead();
}

export function drop(entry) {
  const all = list(entry.conv);
  const i = all.findIndex((e) => e.id === entry.id);
  if (i >= 0) all.splice(i, 1);
  unconfirmed.delete(entry.id);
  emit('entry', { entry, fresh: false, moved: true });
}

export const find = (conv, id) => list(conv).find((e) => e.id === id);

// A message that failed is its author's affair alone.
export const visible = (e) => !e.failed || e.from === state.me;

// ---- what was read, in the storage for all windows

function marks() {
  const m = recall('read', {});
  return m.epoch === state.epoch && m.seqs ? m : { epoch: state.epoch, seqs: {} };
}

function markRead() {
  if (document.hidden || !state.synced) return;
  const seq = Math.max(0, ...list(state.conv).filter((e) => e.epoch === state.epoch).map((e) => e.seq ?? 0));
  const m = marks();
  const key = `${state.me} ${state.conv}`;
  if ((m.seqs[key] ?? 0) < seq) {
    m.seqs[key] = seq;
    remember('read', m);
  }
  emit('read');
}

export function unread(conv) {
  const read = marks().seqs[`${state.me} ${conv}`] ?? 0;
  return list(conv).filter((e) => e.from !== state.me && visible(e) && !e.recalled && e.epoch === state.epoch && e.seq > read).length;
}

export function synced() {
  state.synced = true;
  markRead();
  emit('synced');
}

document.addEventListener('visibilitychange', markRead);

// The event stream: opened for one person, taken up where it broke off.
import { $ } from './dom.js';
import { emit, on, put, state, synced } from './model.js';

const silence = 45000; // three heartbeats
let source;
let heard = 0;
let timer;

function open() {
  source?.close();
  clearTimeout(timer);
  heard = Date.now();
  const query = new URLSearchParams({ as: state.me });
  if (state.last) query.set('last', state.last);
  const es = new EventSource(`/chat/events?${query}`);
  source = es;
  const take = (name, fn) => es.addEventListener(name, (ev) => {
    if (es !== source) return;
    heard = Date.now();
    state.last = ev.lastEventId;
    state.epoch = ev.lastEventId.split('-')[0];
    fn(JSON.parse(ev.data));
  });
  take('message', (e) => put({ ...e, epoch: state.epoch }));
  take('push', (p) => emit('push', { ...p, epoch: state.epoch }));
  take('now', ({ now }) => {
    state.now = now;
    linked(true);
    if (!state.synced) synced();
  });
  es.onerror = () => {
    if (es !== source) return;
    linked(false);
    // The browser comes back by itself, unless it was turned away.
    if (es.readyState === EventSource.CLOSED) timer = setTimeout(open, 2000);
  };
}

function linked(up) {
  const text = up ? '已连接' : '正在重新连接';
  if ($('link').textContent === text) return;
  $('link').textContent = text;
  $('link').classList.toggle('down', !up);
  emit('link', up);
}

setInterval(() => {
  if (source && Date.now() - heard > silence) {
    linked(false);
    open();
  }
}, 5000);

on('person', open);

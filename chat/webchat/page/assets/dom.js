// Small helpers for building the page. Text only ever becomes text nodes.

export const $ = (id) => document.getElementById(id);

// el makes an element: props are attributes, "on" holds listeners, kids are
// nodes or strings; whatever is null or false is left out.
export function el(tag, props = {}, ...kids) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === false || value === undefined) continue;
    if (name === 'on') {
      for (const [type, fn] of Object.entries(value)) node.addEventListener(type, fn);
    } else {
      node.setAttribute(name, value === true ? '' : value);
    }
  }
  node.append(...kids.flat().filter((k) => k !== null && k !== false && k !== undefined));
  return node;
}

let toastTimer;

// toast shows a line for some seconds; it is read out as a status.
export function toast(text) {
  const box = $('toast');
  box.hidden = false;
  box.textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.hidden = true; }, 6000);
}

// byTouch says that the screen is touched: there focus must not move into an
// input by itself, for it would open the keyboard.
export const byTouch = () => matchMedia('(pointer: coarse)').matches;

export function recall(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(`webchat.${key}`)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(key, value) {
  try {
    localStorage.setItem(`webchat.${key}`, JSON.stringify(value));
  } catch {
    // storage is switched off: the page works without
  }
}

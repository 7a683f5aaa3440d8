// Left and right panel are drawers where the screen is narrow: one at a time,
// over the rest, closed by Esc.
import { $ } from './dom.js';

const sides = { left: [$('left'), $('open-left')], right: [$('right'), $('open-right')] };
let opened = '';

function openDrawer(side) {
  closeDrawers();
  const [panel, button] = sides[side];
  opened = side;
  panel.classList.add('open');
  button.setAttribute('aria-expanded', 'true');
  $('backdrop').hidden = false;
  $('talk').inert = true;
  panel.querySelector('button')?.focus();
}

// closeDrawers closes what is open and gives the focus back if it was in there.
export function closeDrawers() {
  if (!opened) return;
  const [panel, button] = sides[opened];
  opened = '';
  $('talk').inert = false;
  $('backdrop').hidden = true;
  button.setAttribute('aria-expanded', 'false');
  if (panel.contains(document.activeElement)) button.focus();
  panel.classList.remove('open');
}

for (const side of Object.keys(sides)) {
  sides[side][1].addEventListener('click', () => (opened === side ? closeDrawers() : openDrawer(side)));
}
for (const b of [$('backdrop'), ...document.querySelectorAll('.close')]) b.addEventListener('click', closeDrawers);
document.addEventListener('keydown', (ev) => { if (ev.key === 'Escape' && !$('picker').open) closeDrawers(); });
addEventListener('resize', () => { if (opened && !sides[opened][1].offsetParent) closeDrawers(); });

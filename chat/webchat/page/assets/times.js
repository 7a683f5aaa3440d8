// Times come with the office's own offset and are shown as they stand there,
// whatever zone this machine is in.
import { state } from './model.js';

export const clock = (at) => at.slice(11, 16);
export const day = (at) => at.slice(0, 10);

export function dayName(at) {
  const date = new Date(`${day(at)}T00:00:00Z`);
  const today = new Date(`${day(state.now)}T00:00:00Z`);
  const ago = Math.round((today - date) / 86400000);
  if (ago === 0) return '今天';
  if (ago === 1) return '昨天';
  const year = date.getUTCFullYear() === today.getUTCFullYear() ? '' : `${date.getUTCFullYear()}年`;
  return `${year}${date.getUTCMonth() + 1}月${date.getUTCDate()}日 周${'日一二三四五六'[date.getUTCDay()]}`;
}

export const short = (at) => (day(at) === day(state.now) ? clock(at) : `${Number(at.slice(5, 7))}-${Number(at.slice(8, 10))}`);

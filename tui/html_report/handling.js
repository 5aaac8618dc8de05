// Zoom, drag, hover, keys and what they tell: one visitor's story, the same visitor's bars on every target.
'use strict';
function startHandling({head, figures, view, whole, words, after, again, relay, printed, chosen, chosenOn, choose}) {
  const tip = document.getElementById('tip'), told = document.getElementById('story'), asked = document.getElementById('visitor');
  const LEAST = 20;                                  // units of time in view

  function zoom(at, factor) {
    const span = Math.min(whole, Math.max(LEAST, (view.to - view.from) * factor));
    const part = (at - view.from) / (view.to - view.from);
    view.from = Math.max(0, Math.min(whole - span, at - part * span)); view.to = view.from + span; again();
  }
  function pan(by) {
    const moved = Math.max(-view.from, Math.min(whole - view.to, by));
    view.from += moved; view.to += moved; again();
  }
  function all() { view.from = 0; view.to = whole; again(); }

  // ---- who is where

  const columns = figure => figure.canvas.clientWidth - figure.left;
  const timeAt = (figure, x) => view.from + (x - figure.left) / columns(figure) * (view.to - view.from);
  function rowAt(figure, y) {
    return figure.target.rows.find((_, index) => y >= figure.tops[index] && y < figure.tops[index] + figure.heights[index]);
  }
  function barAt(row, at, near) {                    // the bar there, or the next within so much
    if (!row?.who?.length || !row.role) return -1;
    const piece = after(row.end, at - near);
    return piece < row.role.length && row.start[piece] <= at + near ? after(row.first, piece) - 1 : -1;
  }
  function barsOf(figure, who) {
    for (const row of figure.target.rows) {
      if (row.kind !== 'bars') continue;
      const bar = row.who.indexOf(who);
      if (bar >= 0) return {row, from: row.start[row.first[bar]], to: row.end[row.first[bar + 1] - 1]};
    }
    return null;
  }
  function whatIsAt(figure, x, y) {
    const row = rowAt(figure, y), at = timeAt(figure, x), near = 3 / columns(figure) * (view.to - view.from);
    if (!row || x < figure.left) return null;
    if (row.kind === 'lost') {
      let best = -1;
      for (let index = 0; index < row.at.length; index++) if (best < 0 || Math.abs(row.at[index] - at) < Math.abs(row.at[best] - at)) best = index;
      return best >= 0 && Math.abs(row.at[best] - at) <= 2 * near ? {who: row.who[best], what: row.failed[best] ? 'failed' : 'left'} : null;
    }
    if (row.at) {
      const place = after(row.at, at);
      return {who: 0, what: `${row.label}: ${place ? row.count[place - 1] : 0} (most ${row.most})`};
    }
    const bar = barAt(row, at, near);
    if (bar < 0) return null;
    const piece = Math.max(row.first[bar], Math.min(row.first[bar + 1] - 1, after(row.start, at) - 1));
    const role = head.roles[row.role[piece]];
    return {who: row.who[bar], what: `${words(at * head.unit_ns / 1e9)}: ${role.words}`};
  }

  // ---- what is told

  function tell(who, figure, {follow = false} = {}) {
    choose(who, figure);
    told.textContent = ''; told.classList.toggle('on', !!who);
    if (asked.value !== String(who || '')) asked.value = who || '';
    if (!who) { told.textContent = told.dataset.hint; return; }
    const order = figure ? [figure, ...figures.filter(each => each !== figure)] : figures;
    for (const each of order) {
      const text = each.target.story(who);
      if (!text) continue;
      const line = document.createElement('p'), name = document.createElement('b');
      name.textContent = `${each.target.name}: `;
      line.append(name, text); told.append(line);
    }
    const found = follow && figure ? barsOf(figure, who) : null;
    if (found && (found.to < view.from || found.from > view.to)) pan((found.from + found.to) / 2 - (view.from + view.to) / 2);
  }
  function hint(figure, event) {
    const found = whatIsAt(figure, event.offsetX, event.offsetY);
    tip.hidden = !found;
    if (!found) return;
    tip.textContent = '';
    const first = document.createElement('b'); first.textContent = found.what; tip.append(first);
    if (found.who) { const text = document.createElement('div'); text.textContent = figure.target.story(found.who); tip.append(text); }
    tip.style.left = Math.max(4, Math.min(innerWidth - tip.offsetWidth - 8, event.clientX + 14)) + 'px';
    tip.style.top = (event.clientY + tip.offsetHeight + 22 > innerHeight ? Math.max(4, event.clientY - tip.offsetHeight - 12) : event.clientY + 16) + 'px';
  }
  function onNextLane(figure, way) {
    const lanes = figure.target.rows.filter(row => row.kind === 'bars' && row.who.length);
    if (!lanes.length) return;
    const now = chosen() ? barsOf(figure, chosen()) : null;
    const lane = now ? lanes[Math.max(0, Math.min(lanes.length - 1, lanes.indexOf(now.row) + way))] : lanes[way > 0 ? 0 : lanes.length - 1];
    const at = now ? (now.from + now.to) / 2 : view.to;
    const piece = Math.max(0, after(lane.start, at) - 1);
    tell(lane.who[after(lane.first, piece) - 1], figure, {follow: true});
  }

  // ---- hands

  for (const figure of figures) {
    const {canvas} = figure, fingers = new Map();
    let spread = 0, dragged = 0;
    canvas.addEventListener('wheel', event => {
      if (!event.ctrlKey && Math.abs(event.deltaX) > Math.abs(event.deltaY)) { event.preventDefault(); pan(event.deltaX / columns(figure) * (view.to - view.from)); return; }
      event.preventDefault(); zoom(timeAt(figure, event.offsetX), Math.exp(event.deltaY / 400)); hint(figure, event);
    }, {passive: false});
    canvas.addEventListener('dblclick', all);
    canvas.addEventListener('pointerdown', event => {
      fingers.set(event.pointerId, event.offsetX); dragged = 0;
      try { canvas.setPointerCapture(event.pointerId); } catch { /* a pointer that is gone already */ }
    });
    canvas.addEventListener('pointermove', event => {
      if (!fingers.has(event.pointerId)) { hint(figure, event); return; }
      const before = fingers.get(event.pointerId);
      fingers.set(event.pointerId, event.offsetX); dragged += Math.abs(event.offsetX - before);
      if (fingers.size === 1) { if (dragged > 4) { tip.hidden = true; pan((before - event.offsetX) / columns(figure) * (view.to - view.from)); } return; }
      const [one, other] = [...fingers.values()], apart = Math.max(8, Math.abs(one - other));
      if (spread) zoom(timeAt(figure, (one + other) / 2), spread / apart);
      spread = apart;
    });
    const lift = event => { fingers.delete(event.pointerId); spread = 0; };
    canvas.addEventListener('pointerup', event => {
      if (dragged <= 4 && fingers.size === 1) { const found = whatIsAt(figure, event.offsetX, event.offsetY); tell(found?.who ?? 0, figure); if (event.pointerType !== 'mouse') tip.hidden = true; }
      lift(event);
    });
    canvas.addEventListener('pointercancel', lift);
    canvas.addEventListener('pointerleave', () => { tip.hidden = true; });
    canvas.addEventListener('keydown', event => {
      const span = view.to - view.from, last = figure.target.visitors, who = chosen();
      const found = who ? barsOf(figure, who) : null, middle = found ? (found.from + found.to) / 2 : (view.from + view.to) / 2;
      const at = middle < view.from || middle > view.to ? (view.from + view.to) / 2 : middle;
      const keys = {
        ArrowRight: () => event.shiftKey ? pan(span / 8) : tell(Math.min(last, who + 1), figure, {follow: true}),
        ArrowLeft: () => event.shiftKey ? pan(-span / 8) : tell(who > 1 ? who - 1 : who ? 1 : last, figure, {follow: true}),
        ArrowDown: () => onNextLane(figure, 1), ArrowUp: () => onNextLane(figure, -1),
        '+': () => zoom(at, .6), '=': () => zoom(at, .6), '-': () => zoom(at, 1 / .6), '0': all, Home: all,
        Escape: () => { tip.hidden = true; tell(0, figure); },
      };
      if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) { event.preventDefault(); keys[event.key](); }
    });
  }
  const middle = () => (view.from + view.to) / 2;
  const buttons = {nearer: () => zoom(middle(), .5), farther: () => zoom(middle(), 2), whole: all, back: () => pan((view.from - view.to) / 3), on: () => pan((view.to - view.from) / 3)};
  for (const [name, act] of Object.entries(buttons)) document.getElementById(name).addEventListener('click', act);
  asked.addEventListener('input', () => {
    const most = Math.max(...figures.map(figure => figure.target.visitors));
    tell(Math.max(0, Math.min(most, Math.trunc(+asked.value) || 0)), chosenOn() ?? figures[0], {follow: true});
  });
  document.getElementById('tools').hidden = false;
  told.textContent = told.dataset.hint;
  addEventListener('beforeprint', () => printed(true));
  addEventListener('afterprint', () => printed(false));
  relay();
}

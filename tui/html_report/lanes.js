// The lanes of a run: packed columns (see lane_pack.py) become rows of bars, drawn anew for each view of them.
(async () => {
  const begun = performance.now();
  if (!window.DecompressionStream) {  // Safari before 16.4, Firefox before 113
    const text = document.querySelector('.text-lanes');
    document.querySelectorAll('figure').forEach(each => each.remove());
    document.getElementById('story').textContent = 'This browser cannot unpack the lanes: they stand here as text.';
    text.classList.remove('text-lanes');  // it is printed as well
    return void (text.open = true);
  }
  const bytes = Uint8Array.from(atob(document.getElementById('pack').textContent.trim()), c => c.charCodeAt(0));
  const raw = new Uint8Array(await new Response(
    new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer());
  const headBytes = new DataView(raw.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(raw.subarray(4, 4 + headBytes)));
  let place = 4 + headBytes;
  const column = size => raw.subarray(place, place += size);

  // ---- columns to rows

  function numbers(data, count, signed) {
    const out = new Float64Array(count);
    for (let at = 0, index = 0; index < count; index++) {
      let value = 0, scale = 1, byte;
      do { byte = data[at++]; value += (byte & 127) * scale; scale *= 128; } while (byte > 127);
      out[index] = signed ? (value % 2 ? -(value + 1) / 2 : value / 2) : value;
    }
    return out;
  }
  const many = data => { let count = 0; for (const byte of data) count += byte < 128; return count; };
  const read = (data, signed = false) => numbers(data, many(data), signed);

  function readBars(row) {
    const [gap, who, pieces, role, length, ticks] = row.columns.map(column);
    const gaps = read(gap, true), steps = read(who, true), counts = read(pieces), lengths = read(length);
    const bars = counts.length;
    Object.assign(row, {who: new Int32Array(bars), first: new Int32Array(bars + 1), leads: row.first, role,
      start: new Float64Array(role.length), end: new Float64Array(role.length)});
    for (let bar = 0, piece = 0, at = 0, number = 0; bar < bars; bar++) {
      at += gaps[bar]; number += steps[bar];
      row.who[bar] = number; row.first[bar] = piece;
      for (const last = piece + counts[bar]; piece < last; piece++) {
        row.start[piece] = at; at += lengths[piece]; row.end[piece] = at;
      }
      row.first[bar + 1] = piece;
    }
    row.ticks = new Map();                           // of a bar, when the pieces of its answer came
    const told = read(ticks);
    for (let index = 0; index < told.length;) {
      const bar = told[index++], times = new Float64Array(told[index++]);
      for (let place = 0, at = 0; place < times.length; place++) times[place] = at += told[index++];
      row.ticks.set(bar, times);
    }
  }

  function readChanges(row) {
    const told = read(column(row.columns[0]));
    row.at = new Float64Array(told.length); row.count = new Int32Array(told.length);
    for (let index = 0, at = 0, count = 0; index < told.length; index++) {
      at += Math.floor(told[index] / 2); count += told[index] % 2 ? 1 : -1;
      row.at[index] = at; row.count[index] = count;
    }
  }

  function countSuspended(row, lanes) {              // from the bars: who awaits there is suspended
    const came = [], left = [];
    for (const lane of lanes) for (let piece = 0; piece < lane.role.length; piece++)
      if (lane.role[piece] === AWAITING && lane.end[piece] > lane.start[piece]) { came.push(lane.start[piece]); left.push(lane.end[piece]); }
    const ups = Float64Array.from(came).sort(), downs = Float64Array.from(left).sort();
    row.at = new Float64Array(ups.length * 2); row.count = new Int32Array(ups.length * 2);
    for (let up = 0, down = 0, index = 0; index < row.at.length; index++) {
      if (up < ups.length && ups[up] < downs[down]) row.at[index] = ups[up++]; else row.at[index] = downs[down++];
      row.count[index] = up - down;
    }
  }

  const number = Object.fromEntries(head.roles.map((role, index) => [role.name, index]));
  const AWAITING = number.awaiting, STALLED = number.stalled, QUEUED = number.queued;
  const AFTER = new Set([number.gone, number.answered]);
  const BUSY = [number.running, number.blocked, number.blocked_or_stalled,
    number['own-work'], number['own-thread'], number['child-process']];
  for (const target of head.targets) {
    for (const row of target.rows) {
      if (row.kind === 'count') readChanges(row);
      else if (row.kind === 'lost') {
        const [at, who, failed] = row.columns.map(column);
        Object.assign(row, {at: read(at), who: read(who), failed});
      } else if (row.kind !== 'suspended') readBars(row);
    }
    for (const row of target.rows) if (row.kind === 'suspended') countSuspended(row, target.rows.filter(r => r.held));
  }
  head.targets.forEach((target, index) => {
    const text = column(head.stories[index]);
    target.story = who => {
      target.told ??= new TextDecoder().decode(text).split('\n');
      return target.told[who - 1] ?? '';
    };
  });

  // ---- colours and textures: no state is told by its colour alone

  const TEXTURES = {                                 // where, in 8 × 8 pixels, the darker colour stands
    blocked: (x, y) => (x + y) % 4 === 0, blocked_or_stalled: (x, y) => (x + y) % 8 === 0,
    stalled: (x, y) => (x >> 1) % 2 === (y >> 1) % 2, awaiting: (x, y) => (x % 4 === 0 && y % 4 === 0) || (x % 4 === 2 && y % 4 === 2),
    queued: (x, y) => y % 8 === 4 && x % 4 < 2, receiving: (x, y) => x % 4 === 0, sending: (x, y) => (x - y + 8) % 8 === 0,
    late: (x, y) => y % 4 === 0, connecting: (x, y) => x % 8 === 0, gone: (x, y) => x === y || x + y === 7,
    answered: (x, y) => y === 4 && x % 4 < 3, 'own-work': (x, y) => x % 4 === 0 || y % 4 === 0,
    'own-thread': (x, y) => x % 2 === 0, 'child-process': (x, y) => y % 2 === 0, running: () => false,
  };
  const pixel = hex => (0xff000000 | parseInt(hex.slice(5, 7), 16) << 16 | parseInt(hex.slice(3, 5), 16) << 8 | parseInt(hex.slice(1, 3), 16)) >>> 0;
  const inks = {light: {ground: '#E3E8EE', text: '#1F2630', faint: '#565F6A', bar: '#FFFFFF', mark: '#000000'},
    dark: {ground: '#171D26', text: '#D5DBE3', faint: '#A0A9B4', bar: '#0B0F14', mark: '#FFFFFF'}};
  const palettes = Object.fromEntries(['light', 'dark'].map(theme => {
    // 64 pixels of the ground, then of each role in both of its shades: what `out` of paintBars counts
    const flat = new Uint32Array(64 * (1 + 2 * head.roles.length)).fill(pixel(inks[theme].ground), 0, 64);
    head.roles.forEach((role, index) => {
      const texture = TEXTURES[role.name] ?? TEXTURES.running;
      for (const shade of [0, 1]) for (let at = 0; at < 64; at++)
        flat[64 * (1 + 2 * index + shade) + at] = pixel(role[theme][texture(at % 8, at >> 3) ? 2 : shade]);
    });
    return [theme, flat];
  }));
  const dark = matchMedia('(prefers-color-scheme: dark)');
  let printing = false;
  const theme = () => dark.matches && !printing ? 'dark' : 'light';

  // ---- figures

  const AXIS = 20, whole = Math.max(1, head.extent), view = {from: 0, to: whole};
  const seconds = us => us / 1e9 * head.unit_ns;
  const words = s => s === 0 ? '0' : s < 1e-3 ? +(s * 1e6).toPrecision(3) + ' µs' : s < 1 ? +(s * 1e3).toPrecision(4) + ' ms' : +s.toPrecision(4) + ' s';
  let chosen = 0, chosenOn = null;

  const figures = [...document.querySelectorAll('canvas[data-target]')].map(canvas => {
    const target = head.targets[+canvas.dataset.target];
    return {canvas, ctx: canvas.getContext('2d', {alpha: false}), target, heights: [], tops: []};
  });

  function lay(figure) {
    const {rows} = figure.target, room = matchMedia('(max-width: 40rem)').matches ? 440 : 620;
    const fixed = rows.filter(row => row.kind !== 'bars' || row.leads).length, lines = rows.length - fixed;
    const tall = Math.max(12, Math.min(18, room / Math.max(1, rows.length)));
    const small = Math.max(2, Math.min(16, (room - fixed * tall) / Math.max(1, lines)));
    let top = AXIS;
    figure.heights = rows.map(row => Math.floor(row.kind === 'bars' && !row.leads ? small : tall));
    figure.tops = figure.heights.map(height => { const at = top; top += height; return at; });
    figure.height = Math.max(top, AXIS + 24);
    figure.canvas.style.height = figure.height + 'px';
    figure.left = matchMedia('(max-width: 40rem)').matches ? 58 : 84;
  }

  const after = (list, at, high = list.length) => {  // the first place whose value is greater
    let low = 0;
    while (low < high) { const middle = low + high >> 1; if (list[middle] <= at) low = middle + 1; else high = middle; }
    return low;
  };

  function heldPixels(loop, columns, scale) {        // which part of each pixel the steps of a loop took
    const held = new Float32Array(columns);
    for (let piece = after(loop.end, view.from); piece < loop.role.length && loop.start[piece] < view.to; piece++) {
      const from = Math.max(0, (loop.start[piece] - view.from) * scale), to = Math.min(columns, (loop.end[piece] - view.from) * scale);
      let x = from | 0;
      if (to <= x + 1) { held[x] += to - from; continue; }
      held[x] += x + 1 - from;
      for (x++; x + 1 <= to; x++) held[x] = 1;
      if (x < columns) held[x] += to - x;
    }
    return held;
  }

  const busy = new Uint8Array(head.roles.length);
  for (const index of BUSY) if (index !== undefined) busy[index] = 1;

  function paintBars(row, columns, scale, held, out, onBar) {
    // out: role * 2 + shade + 1 of each pixel, 0 for nothing; a pixel shows what it holds most, work counting twice
    const weights = new Float32Array(head.roles.length * 2), seen = [];
    let x = -1, told = 0;
    const settle = () => {
      if (x < 0 || x >= columns || !seen.length) return;
      let best = seen[0];
      for (const key of seen) {
        if (told <= 3 && busy[key >> 1] && weights[key] < 0.6) weights[key] = 0.6;   // one event alone is seen
        if (weights[key] > weights[best]) best = key;
      }
      for (const key of seen) weights[key] = 0;
      if (best >> 1 === AWAITING && held && held[x] > 0.5) best = STALLED * 2 + (best & 1);
      out[x] = best + 1; seen.length = 0; told = 0;
    };
    let piece = after(row.end, view.from), bar = Math.max(0, after(row.first, piece) - 1);
    for (; piece < row.role.length && row.start[piece] < view.to; piece++) {
      while (row.first[bar + 1] <= piece) bar++;
      if (piece === row.first[bar]) onBar(bar);
      const key = row.role[piece] * 2 + (bar & 1), weight = busy[key >> 1] ? 2 : 1;
      const from = Math.max(0, (row.start[piece] - view.from) * scale), to = Math.min(columns, (row.end[piece] - view.from) * scale);
      let at = from | 0;
      if (at !== x) { settle(); x = at; }
      if (!weights[key]) seen.push(key);
      weights[key] += Math.max(1e-6, Math.min(to, at + 1) - from) * weight; told++;
      if (to > at + 1) {
        settle(); at++;
        for (; at + 1 <= to; at++) out[at] = (key >> 1 === AWAITING && held && held[at] > 0.5 ? STALLED * 2 + (key & 1) : key) + 1;
        x = at;
        if (at < to) { seen.push(key); weights[key] = (to - at) * weight; told = 1; }
      }
    }
    settle();
  }

  function paintCount(row, columns, scale, out) {    // out: how many there are in each pixel, the most of it where none
    let change = after(row.at, view.from), count = change ? row.count[change - 1] : 0, most = 0;
    for (let x = 0; x < columns; x++) {
      const until = view.from + (x + 1) / scale, middle = view.from + (x + .5) / scale;
      let peak = count, at = count;
      for (; change < row.at.length && row.at[change] < until; change++) {
        count = row.count[change]; if (count > peak) peak = count; if (row.at[change] <= middle) at = count;
      }
      out[x] = at || peak; if (out[x] > most) most = out[x];
    }
    return most;
  }

  function draw(figure) {
    const {canvas, ctx, target, left} = figure, ratio = devicePixelRatio || 1, ink = inks[theme()], palette = palettes[theme()];
    const width = canvas.clientWidth, wide = Math.round(width * ratio), high = Math.round(figure.height * ratio);
    if (canvas.width !== wide || canvas.height !== high) { canvas.width = wide; canvas.height = high; }
    const columns = Math.max(1, Math.round((width - left) * ratio)), scale = columns / (view.to - view.from);
    const image = ctx.createImageData(columns, high), buffer = new Uint32Array(image.data.buffer);
    const ground = pixel(ink.ground), faint = pixel(ink.faint), line = new Uint16Array(columns);
    buffer.fill(ground);
    const held = new Map(), texts = [], ticked = [];
    for (const row of target.rows) if (row.kind === 'loop') held.set(row.group, heldPixels(row, columns, scale));
    const cell = Math.max(1, Math.round(ratio)), across = Uint8Array.from({length: columns}, (_, x) => (x / cell | 0) % 8);
    target.rows.forEach((row, index) => {
      const top = Math.round(figure.tops[index] * ratio), height = Math.max(1, Math.round(figure.heights[index] * ratio) - (figure.heights[index] > 4 ? cell : 0));
      line.fill(0);
      if (row.kind === 'count' || row.kind === 'suspended') {
        const most = paintCount(row, columns, scale, line), steps = Math.max(8, 2 ** Math.ceil(Math.log2(Math.max(1, most))));
        const loops = row.kind === 'suspended' ? [...held.values()] : [];
        for (let x = 0; x < columns; x++) if (line[x]) {
          const stalled = loops.length && loops.reduce((sum, each) => sum + each[x], 0) > loops.length / 2;
          const colours = 64 + 128 * (row.kind === 'count' ? QUEUED : stalled ? STALLED : AWAITING);
          for (let y = height - Math.max(cell, Math.round(line[x] / steps * height)); y < height; y++)
            buffer[(top + y) * columns + x] = palette[colours + ((y / cell | 0) % 8) * 8 + across[x]];
        }
        if (row.most) texts.push([`most ${row.most}`, figure.tops[index] + figure.heights[index] / 2]);
      } else if (row.kind === 'lost') {
        for (const at of row.at) { const x = Math.min(columns - 1, (at - view.from) * scale | 0); if (x >= 0) for (let y = 0; y < height; y++) for (let more = 0; more < cell; more++) buffer[(top + y) * columns + Math.min(columns - 1, x + more)] = faint; }
        texts.push([row.told, figure.tops[index] + figure.heights[index] / 2]);
      } else {
        row.shown = [];
        const roomy = figure.heights[index] >= 11;
        paintBars(row, columns, scale, row.held ? held.get(row.group) : null, line, bar => {
          let last = row.first[bar + 1] - 1;
          while (last > row.first[bar] && AFTER.has(row.role[last])) last--;   // who is gone has no number any more
          const from = row.start[row.first[bar]], to = row.end[last], who = row.who[bar];
          if (row.ticks.has(bar)) ticked.push([index, row.ticks.get(bar)]);
          if (who === chosen && who) row.shown.push([from, to, who]);
          else if (roomy && who && (to - from) * scale > 16 * ratio) row.shown.push([from, to, who]);
        });
        for (let y = 0; y < height; y++) {
          const at = (top + y) * columns, down = ((y / cell | 0) % 8) * 8;
          for (let x = 0; x < columns; x++) buffer[at + x] = palette[line[x] * 64 + down + across[x]];
        }
      }
    });
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.fillStyle = theme() === 'dark' ? '#0D1117' : '#FFFFFF'; ctx.fillRect(0, 0, wide, high);
    ctx.putImageData(image, Math.round(left * ratio), 0, 0, Math.round(AXIS * ratio), columns, high);
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
    write(figure, ink, columns / ratio, scale / ratio, texts, ticked);
  }

  function write(figure, ink, width, scale, texts, ticked) {
    const {ctx, target, left} = figure, x = at => left + (at - view.from) * scale;
    ctx.textBaseline = 'middle'; ctx.font = '11px system-ui, sans-serif';
    const unit = 1e9 / head.unit_ns;
    const step = [1, 2, 5].flatMap(digit => [...Array(10)].map((_, power) => digit * 10 ** (power - 6) * unit)).sort((a, b) => a - b).find(each => each * scale > 74) ?? whole;
    ctx.fillStyle = ink.faint;
    for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
      ctx.globalAlpha = .4; ctx.fillRect(x(at), 13, 1, figure.height); ctx.globalAlpha = 1;
      if (x(at) < left + width - 34) ctx.fillText(words(seconds(at)), x(at) + 3, 9);
    }
    ctx.fillStyle = ink.bar;
    for (const [index, times] of ticked) {           // where the scale has room for them, as on the screen
      if (figure.heights[index] < 4 || (times.length > 1 && (times.at(-1) - times[0]) * scale / (times.length - 1) < 6)) continue;
      for (const at of times) if (at >= view.from && at <= view.to) ctx.fillRect(x(at), figure.tops[index], 2, figure.heights[index] - 1);
    }
    const limit = left < 70 ? 8 : 13;
    target.rows.forEach((row, index) => {
      const middle = figure.tops[index] + figure.heights[index] / 2;
      if (figure.heights[index] >= 10 && row.label) {
        ctx.fillStyle = row.leads || row.kind !== 'bars' ? ink.text : ink.faint;
        const label = row.label.length > limit ? row.label.slice(0, limit - 1) + '…' : row.label;
        ctx.fillText(label, row.leads || !row.group && row.group !== 0 ? 0 : 8, middle);
      }
      for (const [from, to, who] of row.shown ?? []) {
        const low = Math.max(left, x(from)), high = Math.min(left + width, x(to));
        if (high <= low) continue;
        if (figure.heights[index] >= 11 && high - low > 7 * String(who).length + 4) {
          const at = low + 4, taken = ctx.measureText(who).width;
          ctx.fillStyle = who === chosen ? ink.mark : ink.bar;
          if (who === chosen) { ctx.fillStyle = ink.ground; ctx.fillRect(at - 2, figure.tops[index] + 1, taken + 4, figure.heights[index] - 3); ctx.fillStyle = ink.mark; }
          ctx.fillText(who, at, middle);
        }
        if (who !== chosen) continue;
        const top = figure.tops[index], tall = Math.max(2, figure.heights[index] - 1), wide = Math.max(2, high - low);
        ctx.fillStyle = ctx.strokeStyle = ink.mark; ctx.lineWidth = 2;
        if (row.kind === 'bars') ctx.strokeRect(low, top, wide, tall);
        else { ctx.fillRect(low, top, wide, 2); ctx.fillRect(low, top + tall - 2, wide, 2); }
      }
    });
    for (const [text, middle] of texts) {
      const taken = ctx.measureText(text).width;
      ctx.fillStyle = ink.ground; ctx.fillRect(left + width - taken - 8, middle - 6, taken + 8, 12);
      ctx.fillStyle = ink.text; ctx.fillText(text, left + width - taken - 4, middle);
    }
    for (const [at_s, word] of target.marks) {
      const at = x(at_s * unit); if (at < left || at > left + width) continue;
      ctx.fillStyle = ink.text; ctx.fillRect(at, 0, 1, figure.height); ctx.fillText(word, at + 3, AXIS + 7);
    }
    if (target.nothing) { ctx.fillStyle = ink.text; ctx.fillText(target.nothing, 0, AXIS + 12); }
    if (head.simulated) {
      ctx.save(); ctx.globalAlpha = .75; ctx.fillStyle = ink.text; ctx.font = 'bold 22px system-ui, sans-serif'; ctx.textAlign = 'center';
      ctx.fillText(head.simulated, left + width / 2, AXIS + (figure.height - AXIS) / 2); ctx.restore();
    }
  }

  let asked = false;
  const lanes = window.lanes = {shownMs: 0, drawMs: 0, view, head, drawAll() {
    figures.forEach(figure => { figure.stale = true; }); lanes.drawStale(() => true);
  }, drawStale(wanted) {
    const from = performance.now();
    for (const figure of figures) if (figure.stale && wanted(figure)) { figure.stale = false; draw(figure); }
    lanes.drawMs = performance.now() - from;
  }};
  const inSight = ({canvas}) => { const {top, bottom} = canvas.getBoundingClientRect(); return bottom > -50 && top < innerHeight + 50; };
  const soon = () => { if (!asked) { asked = true; requestAnimationFrame(() => { asked = false; lanes.drawStale(inSight); }); } };
  const again = () => { figures.forEach(figure => { figure.stale = true; }); soon(); };   // the others when they are scrolled to
  const relay = () => { figures.forEach(lay); again(); };

  lanes.parts = {head, figures, view, whole, seconds, words, after, again, relay, printed: on => { printing = on; figures.forEach(lay); lanes.drawAll(); },
    chosen: () => chosen, chosenOn: () => chosenOn, choose: (who, figure) => { chosen = who; chosenOn = figure; again(); }};
  figures.forEach(lay);
  lanes.drawAll();
  startHandling(lanes.parts);
  lanes.shownMs = performance.now() - begun;
  dark.addEventListener('change', relay);
  addEventListener('resize', relay);
  addEventListener('scroll', soon, {passive: true});
})();

// What the browser measures of this page, told through a binding as it comes. The same figures as Google's web-vitals
// (tests/scenarios/browser), of which no more is needed here: one page, one interaction, no back-forward cache.
(() => {
  const tell = (name, value, more) => window.__avw(JSON.stringify({name, value, path: location.pathname, ...more}));
  const readers = [];
  const watch = (type, each, more) => {
    const take = list => list.forEach(each);
    const observer = new PerformanceObserver(list => take(list.getEntries()));
    observer.observe({type, buffered: true, ...more});
    readers.push(() => take(observer.takeRecords()));
  };
  watch('navigation', e => tell('TTFB', e.responseStart - (e.activationStart || 0)));
  watch('paint', e => e.name === 'first-contentful-paint' && tell('FCP', e.startTime));
  watch('largest-contentful-paint', e => tell('LCP', e.startTime, {element: e.element ? e.element.tagName.toLowerCase() : ''}));
  const longest = new Map();
  const interaction = e => {
    if (!e.interactionId) return;  // of its events (pointerdown, pointerup, click) the longest counts
    longest.set(e.interactionId, Math.max(longest.get(e.interactionId) ?? 0, e.duration));
    tell('INP', Math.max(...longest.values()), {
      event: e.name, input: e.processingStart - e.startTime, handlers: e.processingEnd - e.processingStart,
      presentation: Math.max(0, e.startTime + e.duration - e.processingEnd),
    });
  };
  watch('event', interaction, {durationThreshold: 16});
  watch('first-input', interaction);  // told however short it was
  let clicked = 0;
  addEventListener('click', e => { clicked = e.timeStamp; }, true);
  watch('mark', e => clicked && /^(avw-)?answer$/.test(e.name) && tell(e.name.toUpperCase(), e.startTime - clicked));
  addEventListener('pagehide', () => readers.forEach(read => read()));  // a click that navigates takes the page with it
})();

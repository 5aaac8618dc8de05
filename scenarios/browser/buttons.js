// Beneath the answer of a view that is no page of a scenario's own: the four buttons of page.html, added once the page
// has been measured. Each asks for this same address. Their ids are of our own: the page may have a `fetch` itself. An
// answer that is no HTML page (XML, SVG) has no place for them.
(() => {
  if (!(document instanceof HTMLDocument) || !document.body) return;
  const add = (id, text, click) => {
    const button = document.createElement('button');
    button.id = 'avw-' + id;
    button.textContent = text;
    button.style.cssText = 'display:block;font:18px sans-serif;margin:1em;padding:.5em 1em';
    button.onclick = click;
    document.body.append(button);
  };
  const shown = text => {
    output.textContent = String(text).slice(0, 200);
    requestAnimationFrame(() => setTimeout(() => performance.mark('avw-answer')));
  };
  const output = document.createElement('output');
  output.textContent = '-';
  add('fetch', 'fetch', async () => shown(await (await fetch(location.href, {cache: 'no-store'})).text()));
  add('compute', 'compute', () => {
    const until = performance.now() + 150;
    while (performance.now() < until);
    shown('computed');
  });
  add('sync-xhr', 'synchronous XHR', () => {
    const ask = new XMLHttpRequest();
    ask.open('GET', location.href, false);
    ask.send();
    shown(ask.responseText);
  });
  add('navigate', 'navigate', () => location.assign(location.pathname + '?next'));
  document.body.append(output);
})();

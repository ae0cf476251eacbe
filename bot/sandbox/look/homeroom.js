// The little that a browser must do by itself: stay at the end of a conversation, and find a message in it.
const homeroom = {
  begin: (language, stopped) => addEventListener('DOMContentLoaded', () => {
    document.documentElement.lang = language;
    document.getElementById('popup').textContent = stopped;
    homeroom.follow();
  }),
  log: () => document.querySelector('.log'),
  toEnd: () => requestAnimationFrame(() => { const log = homeroom.log(); if (log) log.scrollTop = log.scrollHeight; }),
  find: (id) => {
    const found = document.getElementById('m-' + id);
    if (!found) return;
    found.scrollIntoView({ block: 'center', behavior: 'smooth' });
    found.classList.add('found');
    setTimeout(() => found.classList.remove('found'), 1600);
  },

  // The composer: what is proposed stands in .offers, made for the line in data-for.
  entry: () => document.querySelector('.entry textarea'),
  box: () => {
    const box = document.querySelector('.offers .box');
    return box?.dataset.for === homeroom.entry().value ? box : null;
  },
  write: (line) => {
    homeroom.entry().value = line;
    homeroom.entry().dispatchEvent(new Event('input', { bubbles: true }));
  },
  move: (box, step) => {
    const offers = [...box.querySelectorAll('.offer')];
    const at = offers.findIndex((offer) => offer.classList.contains('on'));
    const next = offers[(at < 0 ? (step > 0 ? 0 : -1) : at + step + offers.length) % offers.length] ?? offers.at(-1);
    for (const offer of offers) {
      offer.classList.toggle('on', offer === next);
      offer.setAttribute('aria-selected', offer === next);
    }
    next?.scrollIntoView({ block: 'nearest' });
  },
  send: (emit) => {
    const line = homeroom.entry().value;
    homeroom.write('');
    homeroom.entry().focus();
    emit('send', line);
  },
  pick: (event) => {
    const offer = event.target.closest('.offer');
    if (!offer) return;
    event.preventDefault();
    homeroom.write(offer.dataset.line);
  },
  key: (event, emit) => {
    if (event.isComposing || event.keyCode === 229) return;  // an input method's word is being chosen
    const box = homeroom.box();
    const shown = [...document.querySelectorAll('.offers .offer')];
    // Who types faster than proposals come still means the one that begins so.
    const first = box ? shown[0] : shown.find((offer) => offer.dataset.line.startsWith(event.target.value));
    const chosen = box?.querySelector('.offer.on');
    const meant = chosen ?? (box?.dataset.complete === 'false' ? first : null);
    const act = {
      ArrowDown: box && first && (() => homeroom.move(box, 1)),
      ArrowUp: box && first && (() => homeroom.move(box, -1)),
      Tab: first && !event.shiftKey && (() => homeroom.write((chosen ?? first).dataset.line)),
      Enter: !event.shiftKey && (() => (meant ? homeroom.write(meant.dataset.line) : homeroom.send(emit))),
      Escape: () => (box ? box.remove() : emit('cancel', '')),
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  },

  // Whoever reads further up, or is about to press something, is not pulled away by what is new.
  follow: () => {
    let atEnd = true;
    document.addEventListener('scroll', ({ target }) => {
      if (target.classList?.contains('log')) atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 80;
    }, true);
    new MutationObserver((changes) => {
      if (atEnd && !document.querySelector('.tools:hover, .key:hover') && changes.some((change) => homeroom.log()?.contains(change.target))) homeroom.toEnd();
    }).observe(document.body, { childList: true, subtree: true });
  },
};

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
  // Whoever reads further up is not pulled away by what is new.
  follow: () => {
    let atEnd = true;
    document.addEventListener('scroll', ({ target }) => {
      if (target.classList?.contains('log')) atEnd = target.scrollHeight - target.scrollTop - target.clientHeight < 80;
    }, true);
    new MutationObserver((changes) => {
      if (atEnd && changes.some((change) => homeroom.log()?.contains(change.target))) homeroom.toEnd();
    }).observe(document.body, { childList: true, subtree: true });
  },
};

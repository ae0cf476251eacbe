// The little that a browser must do by itself: stay at the end of a conversation, and find a message in it.
const homeroom = {
  log: () => document.querySelector('.log'),
  toEnd: () => requestAnimationFrame(() => { const log = homeroom.log(); if (log) log.scrollTop = log.scrollHeight; }),
  find: (id) => {
    const found = document.getElementById('m-' + id);
    if (!found) return;
    found.scrollIntoView({ block: 'center', behavior: 'smooth' });
    found.classList.add('found');
    setTimeout(() => found.classList.remove('found'), 1600);
  },
};

// Whoever reads further up is not pulled away by what is new.
document.addEventListener('DOMContentLoaded', () => {
  let atEnd = true;
  document.addEventListener('scroll', (event) => {
    const log = event.target;
    if (log.classList?.contains('log')) atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  }, true);
  new MutationObserver(() => { if (atEnd) homeroom.toEnd(); }).observe(document.body, { childList: true, subtree: true });
});

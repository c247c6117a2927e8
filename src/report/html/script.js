// The page reads without this; it adds sorting, a filter and quicker tooltips.
(() => {
  const tip = document.getElementById('tip');
  for (const title of document.querySelectorAll('svg.timeline title')) {
    title.parentNode.dataset.tip = title.textContent;
    title.remove();
  }
  for (const element of document.querySelectorAll('[title]')) {
    element.dataset.tip = element.title;
    element.removeAttribute('title');
  }
  document.addEventListener('mousemove', event => {
    const on = event.target.closest && event.target.closest('[data-tip]');
    tip.hidden = !on;
    if (!on) return;
    tip.textContent = on.dataset.tip;
    const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const below = event.clientY + 18;
    const y = below + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 10 : below;
    tip.style.transform = `translate(${Math.max(4, x)}px, ${y}px)`;
  });

  for (const table of document.querySelectorAll('table.sortable')) {
    const body = table.tBodies[0];
    const heads = [...table.tHead.rows[0].cells];
    const rows = [...body.rows];
    heads.forEach((head, column) => head.firstChild.addEventListener('click', () => {
      const number = rows.length > 0 && rows[0].cells[column].classList.contains('n');
      const down = head.ariaSort ? head.ariaSort === 'ascending' : number;
      const key = row => row.cells[column].dataset.v;
      rows.sort((a, b) => number ? key(a) - key(b) : key(a).localeCompare(key(b), 'en', { numeric: true }));
      if (down) rows.reverse();
      heads.forEach(other => { other.ariaSort = null; });
      head.ariaSort = down ? 'descending' : 'ascending';
      body.append(...rows);
    }));
    const filter = table.closest('section').querySelector('.filter');
    if (!filter || rows.length < 15) continue;
    filter.hidden = false;
    filter.addEventListener('input', () => {
      const wanted = filter.value.toLowerCase();
      for (const row of rows) row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    });
  }
})();

"use strict";
(() => {
  const table = document.getElementById("trial-table");
  const body = table.tBodies[0];
  const headings = [...table.tHead.rows[0].cells];
  const value = (row, column) => {
    const cell = row.cells[column];
    return "value" in cell.dataset ? Number(cell.dataset.value) : cell.textContent.trim();
  };
  const order = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  const sort = (column) => {
    const heading = headings[column];
    const first = heading.classList.contains("number") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = heading.getAttribute("aria-sort") === first ? other : first;
    headings.forEach((h) => h.hasAttribute("aria-sort") && h.setAttribute("aria-sort", "none"));
    heading.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const rows = [...body.rows].map((row) => [value(row, column), row]);
    // what is not there stands last, whichever way
    rows.sort(([a], [b]) => (a === "–") - (b === "–") || sign * order(a, b));
    body.append(...rows.map(([, row]) => row));
  };
  headings.forEach((heading, column) => heading.querySelector("button")?.addEventListener("click", () => sort(column)));

  const filter = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const texts = new Map([...body.rows].map((row) => [row, [...row.cells].slice(1, -1).map((c) => c.textContent.trim().toLowerCase())]));
  const show = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of body.rows) {
      const hit = words.every((word) => texts.get(row).some((text) => text.includes(word)));
      row.hidden = !hit;
      count += hit;
    }
    shown.textContent = words.length ? `${count} of ${body.rows.length} trials` : `${count} trials`;
  };
  filter.addEventListener("input", show);
  // a link to a trial must find it, whatever the filter hides
  window.addEventListener("hashchange", () => {
    const row = document.getElementById(location.hash.slice(1));
    if (row?.hidden) {
      filter.value = "";
      show();
      row.scrollIntoView();
    }
  });
})();

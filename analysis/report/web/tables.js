"use strict";
// The tables: sorted by a heading, filtered by column, their means worked out of the trials that are chosen.
(() => {
  const { store, chosen, listen } = window.report;
  const MISSING = "–";

  const value = (row, column) => {
    const cell = row.cells[column];
    if ("value" in cell.dataset) return Number(cell.dataset.value);
    const text = cell.textContent.trim();
    return text !== "" && !Number.isNaN(Number(text)) && cell.classList.contains("number") ? Number(text) : text;
  };
  const order = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  const missing = (text) => text === MISSING || text === "n/a" || text === "";
  const sort = (table, column) => {
    const headings = [...table.tHead.rows[0].cells];
    const heading = headings[column];
    const first = heading.classList.contains("number") ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = heading.getAttribute("aria-sort") === first ? other : first;
    headings.forEach((h) => h.hasAttribute("aria-sort") && h.setAttribute("aria-sort", "none"));
    heading.setAttribute("aria-sort", direction);
    const sign = direction === "ascending" ? 1 : -1;
    const rows = [...table.tBodies[0].rows].map((row) => [value(row, column), row]);
    // what is not there stands last, whichever way
    rows.sort(([a], [b]) => missing(a) - missing(b) || sign * order(a, b));
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };
  for (const table of document.querySelectorAll("table"))
    [...table.tHead.rows[0].cells].forEach((heading, column) =>
      heading.querySelector("button")?.addEventListener("click", () => sort(table, column)));

  // The means of a comparison: over blocks, the mean of the block's trials in each.
  const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
  const interval = (means, factor) => {
    const center = mean(means);
    const deviation = Math.sqrt(means.reduce((sum, v) => sum + (v - center) ** 2, 0) / (means.length - 1));
    return factor * deviation / Math.sqrt(means.length);
  };
  const worked = (blocks, values, now) => blocks
    .map((trials) => trials.filter((trial) => now.has(trial) && values[trial] != null).map((trial) => values[trial]))
    .filter((found) => found.length).map(mean);
  const whole = [...document.querySelectorAll("table.comparison")].map((table, number) => ({
    ...store.comparisons[number],
    lines: [...table.tBodies[0].rows].map((row) => ({ row, cells: [...row.cells].map((cell) => [cell.innerHTML, cell.className, cell.dataset.value]) })),
  }));
  const restore = ({ row, cells }) => cells.forEach(([html, name, number], column) => {
    const cell = row.cells[column];
    [cell.innerHTML, cell.className] = [html, name];
    if (number === undefined) delete cell.dataset.value; else cell.dataset.value = number;
  });
  const show = (cell, means, { decimals }, factors, best) => {
    if (!means.length) { cell.textContent = MISSING; delete cell.dataset.value; return; }
    const center = mean(means);
    const mark = document.createElement(center === best ? "b" : "span");
    mark.textContent = center.toFixed(decimals);
    const small = document.createElement("small");
    const factor = factors[means.length];
    small.textContent = `${factor ? `± ${interval(means, factor).toFixed(decimals)}, ` : ""}n = ${means.length}`;
    cell.replaceChildren(mark, small);
    cell.className = `number${center === best ? " best" : ""}`;
    cell.dataset.value = center;
  };
  const compare = ({ rows, metrics, factors, lines }, now, some) => {
    lines.forEach((line, i) => {
      restore(line);
      line.row.hidden = !rows[i].flat().some((trial) => now.has(trial));
    });
    if (!some) return;
    metrics.forEach((metric, place) => {
      const found = lines.map(({ cells }, i) =>
        cells[place + 1][2] === undefined ? null : worked(rows[i], store.metrics[metric.name], now));
      const centers = found.filter((means) => means?.length).map(mean);
      const best = metric.higher ? Math.max(...centers) : Math.min(...centers);
      found.forEach((means, i) => means && show(lines[i].row.cells[place + 1], means, metric, factors, best));
    });
  };

  // All trials: a word anywhere, a condition in a column, and the choice.
  const table = document.getElementById("trial-table");
  const filter = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const headings = [...table.tHead.rows[0].cells];
  const texts = new Map([...table.tBodies[0].rows].map((row) => [row, [...row.cells].slice(1, -1).map((c) => c.textContent.trim().toLowerCase())]));
  const condition = (text) => {
    const words = text.trim().toLowerCase();
    const [, sign, bound] = words.match(/^(<=|>=|<|>|=)\s*(-?[\d.]+(?:e[-+]?\d+)?)$/) ?? [];
    if (sign) return (v) => typeof v === "number" && { "<": v < bound, ">": v > bound, "<=": v <= bound, ">=": v >= bound, "=": v === Number(bound) }[sign];
    const [, low, high] = words.match(/^(-?[\d.e+-]+)\.\.(-?[\d.e+-]+)$/) ?? [];
    if (low) return (v) => typeof v === "number" && v >= Number(low) && v <= Number(high);
    return (v, cell) => cell.textContent.toLowerCase().includes(words);
  };
  const line = table.tHead.insertRow();
  line.className = "filters";
  const fields = headings.map((heading, column) => {
    const cell = line.insertCell();
    if (!heading.querySelector("button")) return null;
    const field = document.createElement("input");
    field.type = "search";
    field.setAttribute("aria-label", `Show trials whose ${heading.textContent.trim()} is`);
    cell.append(field);
    field.addEventListener("input", () => narrow());
    return { field, column };
  }).filter(Boolean);
  const narrow = (now = chosen()) => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const conditions = fields.filter(({ field }) => field.value.trim()).map(({ field, column }) => [column, condition(field.value)]);
    let count = 0;
    for (const row of table.tBodies[0].rows) {
      const hit = now.has(Number(row.dataset.row))
        && words.every((word) => texts.get(row).some((text) => text.includes(word)))
        && conditions.every(([column, holds]) => holds(value(row, column), row.cells[column]));
      row.hidden = !hit;
      count += hit;
    }
    const all = table.tBodies[0].rows.length;
    shown.textContent = count < all ? `${count} of ${all} trials` : `${count} trials`;
  };
  filter.addEventListener("input", () => narrow());
  listen((now, some) => {
    whole.forEach((each) => compare(each, now, some));
    narrow(now);
  });
  // a link to a trial must find it, whatever hides it
  const find = () => {
    const row = document.getElementById(location.hash.slice(1));
    if (row?.hidden) {
      filter.value = "";
      for (const { field } of fields) field.value = "";
      document.getElementById("choice").reset();
      narrow(new Set(store.trials.id.keys()));
      row.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", find);

  // The columns that have no room: the last ones are put away, and can be had back.
  const columns = document.getElementById("columns");
  const sheet = document.head.appendChild(document.createElement("style"));
  const ticks = headings.map((heading, column) => {
    if (column < 3 || column === headings.length - 1) return null;
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: true });
    label.append(box, ` ${heading.textContent.trim()}`);
    columns.append(label);
    box.addEventListener("change", () => hide());
    return { box, column };
  }).filter(Boolean);
  const hide = () => {
    const away = ticks.filter(({ box }) => !box.checked);
    const rule = away.map(({ column }) => `#trial-table tr > :nth-child(${column + 1})`).join(",");
    sheet.textContent = rule && `@media (min-width:40.01rem){${rule}{display:none}}`;
    columns.firstElementChild.textContent = away.length ? `Columns (${away.length} put away)` : "Columns";
  };
  const fit = () => {
    const room = table.parentElement;
    for (const { box } of ticks) box.checked = true;
    hide();
    for (const { box } of [...ticks].reverse()) {
      if (table.offsetWidth <= room.clientWidth) break;
      box.checked = false;
      hide();
    }
  };
  columns.hidden = false;
  fit();
  let width = innerWidth;
  window.addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; fit(); } });
  window.addEventListener("beforeprint", () => { for (const notes of document.querySelectorAll("details.notes")) notes.open = true; });
})();

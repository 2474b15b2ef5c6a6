"use strict";
// The charts: when a still picture comes into view, it gives way to one that can be asked.
(() => {
  const { store, chosen, listen } = window.report;
  if (!("DecompressionStream" in window)) return;
  const tip = document.getElementById("tip");
  const begun = new Set();
  const views = new Map();

  const unpack = async (name) => {
    const bytes = Uint8Array.from(atob(document.getElementById(name).textContent), (c) => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  };
  let loaded;
  const load = () => loaded ??= Promise.all([unpack("library"), unpack("charts")]).then(([script, charts]) => {
    new Function(script)();
    return { vegaEmbed: window.vegaEmbed, charts: JSON.parse(charts) };
  });

  // A point that is a trial's has the trial's activation, and is there only if the trial is chosen.
  const rows = (points, now) => {
    const names = Object.keys(points);
    const found = points[names[0]].map((_, i) => Object.fromEntries(names.map((name) => [name, points[name][i]])));
    for (const row of found) if (row.trial != null && !("activation" in row)) row.activation = store.trials.activation[row.trial];
    return found.filter((row) => row.trial == null || now.has(row.trial));
  };

  // What a mark stands for; of a line that of the point nearest to the pointer.
  const asked = (view, event, item) => {
    if (item?.mark?.marktype !== "line") return item?.datum;
    const x = event.clientX - view.container().querySelector("svg").getBoundingClientRect().left - view.origin()[0];
    const near = (a, b) => Math.abs(a.x - x) < Math.abs(b.x - x) ? a : b;
    return item.mark.items.reduce(near).datum;
  };
  const number = (value, decimals) => decimals == null ? String(Number(value.toPrecision(4))) : value.toFixed(decimals);
  const words = (datum, told) => {
    const { trials } = store;
    const names = ["activation", "loss", ...Object.keys(trials).filter((n) => !["id", "anchor", "activation", "loss"].includes(n))];
    const of = names.filter((name) => trials[name]?.[datum.trial] != null).map((name) => name === "seed" ? `seed ${trials.seed[datum.trial]}` : trials[name][datum.trial]);
    const whole = [datum.row ?? datum.activation, datum.n && `of ${datum.n} ${"deviation" in datum ? "means" : "trials"}`].filter(Boolean);
    const head = datum.trial == null ? [whole.join(", ")] : [`trial ${trials.id[datum.trial]}`, of.join(", ")];
    const values = told.filter(({ column }) => datum[column] != null).map(({ column, label, unit, decimals }) => {
      const said = typeof datum[column] === "number" ? number(datum[column], decimals) : datum[column];
      return `${label ? `${label}: ` : ""}${said}${unit ? ` ${unit}` : ""}`;
    });
    return [...head, ...values];
  };
  const show = (event, datum, told) => {
    tip.replaceChildren(...words(datum, told).map((text) => Object.assign(document.createElement("div"), { textContent: text })));
    tip.hidden = false;
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const above = event.clientY + 18 + tip.offsetHeight > innerHeight;
    tip.style.left = `${Math.max(8, left)}px`;
    tip.style.top = `${above ? event.clientY - tip.offsetHeight - 12 : event.clientY + 18}px`;
  };
  const known = (datum) => datum && (datum.trial != null || datum.activation != null || datum.row != null || datum.reference != null);

  const draw = async (panel) => {
    if (begun.has(panel)) return;
    begun.add(panel);
    const { vegaEmbed, charts } = await load();
    const { spec, panels } = charts[panel.dataset.chart];
    const { points, told } = panels[panel.dataset.panel];
    const box = panel.querySelector(".view");
    const place = document.createElement("div");
    const data = { name: "points", values: rows(points, chosen()) };
    const drawn = { ...spec, width: box.clientWidth, data };
    const { view } = await vegaEmbed(place, drawn, { mode: "vega-lite", renderer: "svg", actions: false, tooltip: false, logLevel: 1 });
    box.replaceChildren(place);
    views.set(panel, { view, points });
    view.addEventListener("pointermove", (event, item) => {
      const datum = asked(view, event, item);
      if (known(datum)) show(event, datum, told); else tip.hidden = true;
      box.classList.toggle("leads", datum?.trial != null);
    });
    view.addEventListener("click", (event, item) => {
      const datum = asked(view, event, item);
      if (datum?.trial != null) location.hash = store.trials.anchor[datum.trial];
    });
    box.addEventListener("pointerleave", () => { tip.hidden = true; });
    new ResizeObserver(() => { if (box.clientWidth && box.clientWidth !== view.width()) view.width(box.clientWidth).runAsync(); }).observe(box);
  };

  const panels = [...document.querySelectorAll("[data-chart]")];
  const watch = new IntersectionObserver((seen) => {
    for (const { isIntersecting, target } of seen) if (isIntersecting) { watch.unobserve(target); draw(target); }
  }, { rootMargin: "400px" });
  panels.forEach((panel) => watch.observe(panel));
  listen(async (now) => {
    await Promise.all(panels.map(draw));  // a still picture shows all trials
    for (const { view, points } of views.values()) view.data("points", rows(points, now)).runAsync();
  });
  // On paper a panel is as wide as its column there: 86 or 140 mm.
  const paper = (panel) => panel.parentElement.style.getPropertyValue("--across") === "1" ? 529 : 325;
  const resize = (width) => { for (const [panel, { view }] of views) view.width(width(panel)).run(); };
  window.addEventListener("beforeprint", () => resize(paper));
  window.addEventListener("afterprint", () => resize((panel) => panel.querySelector(".view").clientWidth));
  Object.assign(window.report, { views, draw, panels });
})();

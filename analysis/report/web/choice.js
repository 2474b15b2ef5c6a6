"use strict";
// The choice of trials: one for all charts and tables of the page.
window.report = (() => {
  const store = JSON.parse(document.getElementById("store").textContent);
  const form = document.getElementById("choice");
  const said = document.getElementById("chosen");
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const count = store.trials.id.length;
  const listeners = [];

  // A trial without a value of a column is not left out by it.
  const chosen = () => {
    const out = new Set(boxes.filter((box) => !box.checked).map((box) => `${box.name}=${box.value}`));
    const names = [...new Set(boxes.map((box) => box.name))];
    const kept = (i) => names.every((name) => !out.has(`${name}=${store.trials[name][i]}`));
    return new Set([...Array(count).keys()].filter(kept));
  };
  const tell = () => {
    const now = chosen();
    const some = now.size < count;
    document.body.classList.toggle("some", some);
    said.textContent = some ? `${now.size} of ${count}` : `all ${count}`;
    for (const shown of document.querySelectorAll("[data-trial]"))
      shown.hidden = !shown.dataset.trial.split(" ").some((trial) => trial && now.has(Number(trial)));
    for (const note of document.querySelectorAll("p.some")) note.hidden = !some;
    for (const listener of listeners) listener(now, some);
  };
  const tick = (button, checked) => {
    for (const box of button.closest("fieldset").querySelectorAll("input")) box.checked = checked;
    tell();
  };

  form.addEventListener("change", tell);
  form.addEventListener("reset", () => setTimeout(tell));
  for (const button of form.querySelectorAll("button.all")) button.addEventListener("click", () => tick(button, true));
  for (const button of form.querySelectorAll("button.none")) button.addEventListener("click", () => tick(button, false));
  form.hidden = boxes.length === 0;
  return { store, chosen, listen: (listener) => listeners.push(listener) };
})();

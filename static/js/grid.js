/* Lists: selection with the count in the buttons, sort words added with Shift, columns moved by buttons, keyboard.
 * A list works without this file; see templates/admin/model/list.html for the attributes. */
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- selection ------------------------------------------------------------------------------------------
  all("form[data-actions]").forEach((form) => {
    const boxes = () => all("input[name=rowid]", form);
    const heads = all("[data-select-all]", form);  // above the column, and in the bar where rows are cards
    const everything = form.querySelector("[name=all_matching]");
    const hint = form.querySelector("[data-hint]");
    const refresh = () => {
      const chosen = boxes().filter((box) => box.checked).length;
      const whole = chosen > 0 && chosen === boxes().length;
      if (everything && !whole) everything.checked = false;
      const taken = everything && everything.checked ? everything.dataset.total.replace(/[^\d,+]/g, "") : String(chosen);
      for (const head of heads) { head.checked = whole; head.indeterminate = chosen > 0 && !whole; }
      if (everything) everything.closest("[data-everything]").classList.toggle("is-offered", whole);
      if (hint) hint.hidden = chosen > 0;
      boxes().forEach((box) => box.closest("tr").classList.toggle("is-selected", box.checked));
      all("[data-needs-rows]", form).forEach((button) => { button.disabled = chosen === 0; });
      all("[data-count]", form).forEach((mark) => { mark.textContent = chosen ? taken : ""; });
    };
    form.addEventListener("change", (event) => {
      if (heads.includes(event.target)) boxes().forEach((box) => { box.checked = event.target.checked; });
      refresh();
    });
    addEventListener("pageshow", refresh);
    // Somebody may have been quicker than this file.
    if (heads.some((head) => head.checked) && !boxes().some((box) => box.checked)) boxes().forEach((box) => { box.checked = true; });
    refresh();
  });

  // --- sorting by several columns -------------------------------------------------------------------------
  all("a[data-sort-added]").forEach((link) => link.addEventListener("click", (event) => {
    if (!event.shiftKey) return;
    event.preventDefault();
    location.assign(link.dataset.sortAdded);
  }));

  // --- panels ---------------------------------------------------------------------------------------------
  const panels = all("[data-panel]");
  const close = (panel) => { panel.open = false; panel.querySelector("summary").focus(); };
  document.addEventListener("click", (event) => panels.forEach((panel) => { if (!panel.contains(event.target)) panel.open = false; }));
  panels.forEach((panel) => panel.addEventListener("keydown", (event) => { if (event.key === "Escape") close(panel); }));

  all("[data-column-list]").forEach((list) => {
    const number = () => all("[data-place]", list).forEach((place, index) => { place.value = String(index + 2); });
    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-move]");
      if (!button) return;
      const item = button.closest("li");
      const fixed = list.firstElementChild;
      const up = button.dataset.move === "-1";
      const other = up ? item.previousElementSibling : item.nextElementSibling;
      if (!other || other === fixed) return;
      if (up) other.before(item); else other.after(item);
      number();
      button.focus();
    });
  });

  // --- keyboard -------------------------------------------------------------------------------------------
  const map = document.getElementById("shortcut-map");
  const table = document.querySelector("[data-grid]");
  const off = () => localStorage.getItem("shortcuts") === "off";
  const toggle = map && map.querySelector("[data-shortcuts-off]");
  if (toggle) {
    toggle.checked = off();
    toggle.addEventListener("change", () => localStorage.setItem("shortcuts", toggle.checked ? "off" : "on"));
  }
  all("[data-shortcuts]").forEach((button) => button.addEventListener("click", () => map.showModal()));
  const rows = () => (table ? all("tbody tr", table).filter((row) => row.querySelector("th[scope=row]")) : []);
  const current = () => rows().find((row) => row.classList.contains("is-current"));
  const step = (by) => {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(current());
    const next = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1)];
    list.forEach((row) => row.classList.toggle("is-current", row === next));
    const name = next.querySelector("th[scope=row] a, th[scope=row] .clip");
    name.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    x: () => { const box = current() && current().querySelector("input[name=rowid]"); if (box) box.click(); },
    "/": () => { const search = document.querySelector("[data-search]"); if (search) search.select(); },
    "?": () => map.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]")) return;
    const act = keys[event.key];
    if (!act || off()) return;
    event.preventDefault();
    act();
  });
  if (table) table.addEventListener("focusin", (event) => {
    const row = event.target.closest("tbody tr");
    if (row) rows().forEach((other) => other.classList.toggle("is-current", other === row));
  });
})();

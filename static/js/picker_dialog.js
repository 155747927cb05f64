/* The dialog of the pickers: a search box over a tree (WAI-ARIA) that is filled level by level. picker.js opens it with
 *   pickerDialog.open({title, source, button, holds, chosen, choose, giveUp})
 * source: level(key) and named(word) promise {lines: [{label, key, path, note, values}], more}; trail() names the lines
 * that are open from the beginning. A line without a key is chosen, with the values of all lines that lead to it.
 */
window.pickerDialog = (() => {
  "use strict";
  const dialog = document.getElementById("picker-dialog");
  if (!dialog || !dialog.showModal) return null;
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const icon = (name) => make("i", { class: `ti ti-${name}`, "aria-hidden": "true" });
  const words = dialog.dataset;
  const STEP = " › ";
  const [title, term, tree, status] = ["#picker-title", "#picker-term", "#picker-tree", ".picker-status"]
    .map((selector) => dialog.querySelector(selector));
  const plainly = dialog.querySelector("[data-picker-plainly]");

  // --- the tree -------------------------------------------------------------------------------------------
  let picker = null;  // whose dialog is open
  let turn = 0;       // an older answer must not overwrite a newer one
  const items = () => all("[role=treeitem]:not([hidden])", tree);
  const levelOf = (item) => Number(item.getAttribute("aria-level"));
  const say = (text) => { status.textContent = text; };
  const failed = (error) => {
    say(words[`text${error.message[0].toUpperCase()}${error.message.slice(1)}`] || words.textFailed);
    plainly.hidden = false;
  };
  const focusItem = (item) => {
    if (!item) return;
    all("[role=treeitem]", tree).forEach((other) => { other.tabIndex = other === item ? 0 : -1; });
    item.focus();
    item.scrollIntoView({ block: "nearest" });
  };
  const childrenOf = (item) => {
    const found = [];
    for (let next = item.nextElementSibling; next && levelOf(next) > levelOf(item); next = next.nextElementSibling) found.push(next);
    return found;
  };

  let number = 0;
  const itemOf = (line, level, place, size) => {
    const id = `picker-item-${++number}`;
    const label = make("span", { class: "picker-label", id }, line.label);
    const item = make("div", { role: "treeitem", class: "picker-item", tabindex: "-1", "aria-level": level, "aria-posinset": place, "aria-setsize": size, "aria-labelledby": id });
    item.style.setProperty("--level", level);
    item.line = line;
    item.append(line.empty ? make("i") : icon(line.key ? "chevron-right" : "point"), label);
    if (line.empty) item.setAttribute("aria-disabled", "true");
    // Inside the tree the lines above say where it is.
    const about = [level === 1 ? (line.path || []).join(STEP) : "", line.note || ""].filter(Boolean);
    if (about.length) {
      item.append(make("span", { class: "picker-about", id: `${id}-about` }, about.join(" · ")));
      item.setAttribute("aria-labelledby", `${id} ${id}-about`);
    }
    if (line.key) item.setAttribute("aria-expanded", "false");
    return item;
  };
  const show = ({ lines, more }, above = null) => {
    const level = above ? levelOf(above) + 1 : 1;
    const shown = lines.map((line, index) => itemOf(line, level, index + 1, lines.length));
    if (above) above.after(...shown); else tree.replaceChildren(...shown);
    shown.filter(({ line }) => !line.key && !line.empty).forEach((item) => item.setAttribute("aria-selected", String(picker.holds(valuesOf(item)))));
    if (!above && shown.length) shown[0].tabIndex = 0;
    tree.hidden = !above && !shown.length;
    return more ? words.textMore.replace("{n}", lines.length) : "";
  };

  const expand = async (item) => {
    if (item.getAttribute("aria-expanded") !== "false" || item.getAttribute("aria-busy")) return;
    if (!item.loaded) {
      const mine = turn;
      item.setAttribute("aria-busy", "true");
      try {
        const found = await picker.source.level(item.line.key);
        if (mine !== turn) return;
        item.loaded = true;
        say(show(found.lines.length ? found : { lines: [{ label: words.textEmpty, empty: true }] }, item));
      } catch (error) {
        if (mine === turn) failed(error);
        return;
      } finally {
        item.removeAttribute("aria-busy");
      }
    }
    item.setAttribute("aria-expanded", "true");
    showChildren(item);
  };
  const showChildren = (item) => {
    const closed = [];  // levels below a closed line stay hidden
    for (const child of childrenOf(item)) {
      while (closed.length && closed.at(-1) >= levelOf(child)) closed.pop();
      child.hidden = closed.length > 0;
      if (child.getAttribute("aria-expanded") === "false") closed.push(levelOf(child));
    }
  };
  const collapse = (item) => {
    item.setAttribute("aria-expanded", "false");
    childrenOf(item).forEach((child) => { child.hidden = true; });
  };
  const activate = (item) => {
    focusItem(item);
    if (item.line.empty) return;
    if (!item.line.key) { picker.choose(valuesOf(item)); dialog.close("chosen"); return; }
    if (item.getAttribute("aria-expanded") === "true") collapse(item); else expand(item);
  };
  const aboveOf = (item) => {
    let above = item.previousElementSibling;
    while (above && levelOf(above) >= levelOf(item)) above = above.previousElementSibling;
    return above;
  };
  const valuesOf = (item) => {
    const chain = [];
    for (let above = item; above; above = aboveOf(above)) chain.unshift(above.line.values || {});
    return Object.assign({}, ...chain);
  };

  const begin = async () => {
    const mine = ++turn;
    const word = term.value.trim();
    if (!word) say(words.textLoading);
    try {
      const found = await (word ? picker.source.named(word) : picker.source.level(""));
      if (mine !== turn) return;
      const more = show(found);
      if (!found.lines.length) say(word ? words.textNone : words.textEmpty);
      else say(more || (word ? words.textFound.replace("{n}", found.lines.length) : ""));
    } catch (error) {
      if (mine === turn) failed(error);
      return;
    }
    if (word) return;
    let last = null;
    for (const key of picker.source.trail()) {  // open the way to what is chosen
      const item = items().find((other) => other.line.key === key);
      if (!item) continue;
      last = item;
      await expand(item);
    }
    const chosen = items().find((item) => item.getAttribute("aria-selected") === "true") || (picker.chosen() ? last : null);
    if (!chosen) return;
    items().forEach((item) => { item.tabIndex = item === chosen ? 0 : -1; });
    chosen.scrollIntoView({ block: "center" });
  };

  // --- the dialog -----------------------------------------------------------------------------------------
  let timer = 0;
  term.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(begin, 250);
  });
  term.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(begin, 250); });
  term.addEventListener("keydown", (event) => {
    if (event.isComposing || !["ArrowDown", "Enter"].includes(event.key)) return;
    event.preventDefault();
    focusItem(all("[role=treeitem][tabindex='0']:not([hidden])", tree)[0] || items()[0]);
  });
  tree.addEventListener("click", (event) => {
    const item = event.target.closest("[role=treeitem]");
    if (item) activate(item);
  });
  tree.addEventListener("keydown", (event) => {
    const item = event.target.closest("[role=treeitem]");
    if (!item || event.ctrlKey || event.altKey || event.metaKey) return;
    const list = items();
    const at = list.indexOf(item);
    const open = item.getAttribute("aria-expanded");
    const moves = {
      ArrowDown: () => focusItem(list[at + 1]),
      ArrowUp: () => (at ? focusItem(list[at - 1]) : term.focus()),
      Home: () => focusItem(list[0]),
      End: () => focusItem(list.at(-1)),
      ArrowRight: () => { if (open === "true") focusItem(list[at + 1]); else if (open) expand(item); },
      ArrowLeft: () => { if (open === "true") collapse(item); else focusItem(aboveOf(item)); },
      Enter: () => activate(item),
      " ": () => activate(item),
    };
    if (moves[event.key]) { event.preventDefault(); moves[event.key](); }
    else if (event.key.length === 1 || event.key === "Process") term.focus();  // typing goes to the search box
  });
  all("[data-picker-close]", dialog).forEach((button) => button.addEventListener("click", () => dialog.close()));
  plainly.addEventListener("click", () => { const gone = picker; dialog.close(); gone.giveUp(); });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => {
    turn += 1;
    clearTimeout(timer);
    picker.button.setAttribute("aria-expanded", "false");
    picker.button.focus();
  });

  const open = (own) => {
    picker = own;
    title.textContent = words.textTitle.replace("{s}", own.title);
    term.value = "";
    plainly.hidden = true;
    own.button.setAttribute("aria-expanded", "true");
    tree.replaceChildren();
    dialog.showModal();
    // On a phone the keyboard would cover half of the dialog.
    if (!matchMedia("(pointer: coarse)").matches) term.focus();
    begin();
  };
  return { open, make, icon, words, STEP };
})();

/* Forms: errors that lead to their fields, and drafts.
 *   [data-errors]                  list of errors on top: takes the focus; its links focus the field
 *   form data-draft="whose|…"      what is typed stays in this tab's sessionStorage until it was saved, and is offered
 *                                  when the form is opened again; data-draft-minutes: for how long (default 12 hours)
 *   [data-draft-saved]             the page says that what was sent last was saved
 *   [data-draft-keep]              a hidden field that belongs to the draft;  [data-draft-never] a field that does not
 * Passwords, files, hidden fields, captchas and citizen ids are never kept; logging out drops every draft.
 */
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // --- errors on top --------------------------------------------------------------------------------------
  const errors = document.querySelector("[data-errors]");
  if (errors) errors.focus();
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-errors] a[href^='#']");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    const picker = field.dataset.pickerButton && document.getElementById(field.dataset.pickerButton);
    const target = picker || (field.matches("input, select, textarea, button") ? field : field.querySelector("input") || field);
    event.preventDefault();
    target.focus();
    target.scrollIntoView({ block: "center" });
  });

  // --- drafts: what is kept -------------------------------------------------------------------------------
  const PREFIX = "draft:";
  const NEVER_TYPES = ["password", "file", "hidden", "submit", "button", "reset", "image"];
  const NEVER_NAMES = ["csrf_token", "captcha", "citizen_id"];
  const CITIZEN_ID = /\d{17}[\dXx]/;
  const HALF_A_DAY = 720;  // minutes
  const store = (() => { try { return sessionStorage; } catch { return null; } })();
  if (!store) return;
  const keys = () => Object.keys(store).filter((key) => key.startsWith(PREFIX));
  const read = (key) => { try { return JSON.parse(store.getItem(key)); } catch { return null; } };
  const write = (key, draft) => { try { store.setItem(key, JSON.stringify(draft)); } catch { /* full: nothing is kept */ } };

  const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !NEVER_NAMES.includes(field.name)
    && (!NEVER_TYPES.includes(field.type) || field.hasAttribute("data-draft-keep"))
    && !field.hasAttribute("data-draft-never") && field.autocomplete !== "one-time-code" && field.tagName !== "FIELDSET");
  const ticked = (field) => field.type === "checkbox" || field.type === "radio";
  const typedIn = (form) => {
    const typed = {};
    for (const field of fieldsOf(form)) {
      const list = (typed[field.name] ||= []);
      if (ticked(field)) { if (field.checked) list.push([field.value]); }
      else if (field.tagName === "SELECT") list.push(...[...field.selectedOptions].map((option) => [option.value, option.textContent.trim()]));
      else list.push([CITIZEN_ID.test(field.value) ? "" : field.value.replace(/\r\n/g, "\n")]);
    }
    return typed;
  };
  const same = (one, other) => {
    const values = (typed) => JSON.stringify(Object.keys(typed).sort().filter((name) => name !== "submission_key").map((name) => [name, typed[name].map(([value]) => value)]));
    return values(one) === values(other);
  };
  const restore = (form, typed) => {
    form.dispatchEvent(new CustomEvent("draft-restore", { detail: typed }));  // a form that grows makes room
    const taken = {};
    for (const field of fieldsOf(form)) {
      const list = typed[field.name];
      if (!list) continue;
      if (ticked(field)) {
        field.checked = list.some(([value]) => value === field.value);
      } else {
        const at = taken[field.name] = (taken[field.name] ?? -1) + 1;
        const [value, label] = list[at] || ["", ""];
        const missing = field.tagName === "SELECT" && ![...field.options].some((option) => option.value === value);
        // What a picker found on the server is in no select of a fresh page.
        const addable = field.dataset.pickerButton && field.dataset.picker !== "tree";
        if (missing && addable) field.add(new Option(label, value));
        if (!missing || addable) field.value = value;
      }
    }
    fieldsOf(form).forEach((field) => ["input", "change"].forEach((name) => field.dispatchEvent(new Event(name, { bubbles: true }))));
  };

  // --- drafts: whether what was sent was saved ---------------------------------------------------------------
  const saved = Boolean(document.querySelector("[data-draft-saved]"));
  for (const key of keys()) {
    const draft = read(key);
    if (!draft || (draft.sent && saved) || Date.now() > draft.until) store.removeItem(key);
    else if (draft.sent) write(key, { ...draft, sent: false });
  }
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action, location.href).pathname.endsWith("/logout")) keys().forEach((key) => store.removeItem(key));
  });

  // --- drafts: keeping and offering ----------------------------------------------------------------------------
  const template = document.getElementById("draft-bar");
  const moment = (at) => {
    const then = new Date(at);
    const day = then.toDateString() === new Date().toDateString() ? template.dataset.textToday : then.toLocaleDateString("zh-CN", { month: "long", day: "numeric" });
    return `${day} ${then.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" })}`;
  };
  const offer = (form, draft, key) => {
    const bar = template.content.firstElementChild.cloneNode(true);
    const text = bar.querySelector("[data-draft-text]");
    const buttons = all("button", bar);
    form.before(bar);
    text.textContent = text.textContent.replace("{t}", moment(draft.at));
    bar.querySelector("[data-draft-restore]").addEventListener("click", () => {
      restore(form, draft.typed);
      buttons.forEach((button) => button.remove());
      text.textContent = template.dataset.textRestored;
      text.focus();
    });
    bar.querySelector("[data-draft-drop]").addEventListener("click", () => {
      store.removeItem(key);
      bar.remove();
      const first = fieldsOf(form).find((field) => field.offsetParent && field.type !== "hidden");
      if (first) first.focus();
    });
  };
  const watch = (form) => {
    const key = PREFIX + form.dataset.draft;
    const owner = (name) => name.slice(PREFIX.length).split("|")[0];
    // Who logged in after somebody else at the same computer finds nothing of what that one typed.
    const strange = (other) => owner(key) !== "visitor" && ![owner(key), "visitor"].includes(owner(other));
    keys().filter(strange).forEach((other) => store.removeItem(other));
    const lasts = Number(form.dataset.draftMinutes || HALF_A_DAY) * 60_000;
    let timer = 0;
    let changed = false;
    const keep = (sent = false) => {
      clearTimeout(timer);
      if (!changed) return;
      write(key, { at: Date.now(), until: Date.now() + lasts, sent, typed: typedIn(form) });
    };
    const later = () => { changed = true; clearTimeout(timer); timer = setTimeout(keep, 400); };
    const draft = read(key);
    if (draft && errors) changed = true;
    // Later: what the browser itself puts back into the fields is there by then.
    if (draft && !errors) addEventListener("load", () => setTimeout(() => { if (!same(draft.typed, typedIn(form))) offer(form, draft, key); }));
    form.addEventListener("input", later);
    form.addEventListener("change", later);
    form.addEventListener("submit", (event) => { if (!event.defaultPrevented) { changed = true; keep(true); } });
    addEventListener("pagehide", () => { if (!read(key)?.sent) keep(); });
    document.addEventListener("visibilitychange", () => { if (document.hidden && !read(key)?.sent) keep(); });
  };
  all("form[data-draft]").forEach(watch);
})();

/* Comfort on top of plain HTML: every page works without this file. Behaviour hangs on data attributes:
 *   data-confirm="question"           ask before the button, link or form does its work
 *   data-show-file="image|pdf"        a link to a file that opens in a dialog (data-title says what it is)
 *   data-captcha                      a button that fetches a new captcha image (data-src on its img)
 *   data-options-url + data-target    a select that fills the next one (JSON {options: [{value, label}]})
 *   data-preview-url (on a form)      computed hours while typing, shown in [data-preview]
 *   data-guard (on a form)            warn before typed text is lost
 *   data-no-lock (on a form)          may be submitted again (its answer is a download)
 *   data-hide-when="field=value"      hide a row while another field has the value
 *   data-phrases="id" (on a select)   what is chosen is put behind the text of that box
 *   data-counter="id"                 characters left in a textarea
 *   data-reload="seconds"             ask the page again (a job is running)
 *   data-lookup-url                   a text box that searches related records
 *   data-alive-url (on body)          called while somebody types: a long form is no idleness
 */
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = document.body.dataset;
  document.documentElement.classList.replace("no-js", "js");

  // --- confirm dialog -------------------------------------------------------------------------------------
  const dialog = document.getElementById("confirm-dialog");
  let answered = null;
  document.addEventListener("click", (event) => {
    const source = event.target.closest("[data-confirm]");
    if (!source || source.tagName === "FORM" || source === answered || !dialog) return;
    event.preventDefault();
    dialog.querySelector("[data-question]").textContent = source.dataset.confirm;
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") { source.focus(); return; }
      answered = source;
      source.click();
      answered = null;
    };
    dialog.showModal();
  }, true);

  // --- a file in place ------------------------------------------------------------------------------------
  const viewer = document.getElementById("file-dialog");
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-show-file]");
    if (!link || !viewer || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const image = link.dataset.showFile === "image";
    const shown = document.createElement(image ? "img" : "object");
    if (image) { shown.src = link.href; shown.alt = link.dataset.title; } else { shown.type = "application/pdf"; shown.data = link.href; }
    viewer.querySelector("[data-file-title]").textContent = link.dataset.title;
    viewer.querySelector("[data-file-link]").href = link.href;
    viewer.querySelector("[data-file-body]").replaceChildren(shown);
    viewer.onclose = () => { viewer.querySelector("[data-file-body]").replaceChildren(); link.focus(); };
    viewer.showModal();
  });

  // --- one submit only; leaving a page with typed text ----------------------------------------------------
  let leaving = false;
  const lock = (form, locked) => {
    form.toggleAttribute("data-busy", locked);
    const buttons = [...form.elements].filter((e) => e.type === "submit");
    for (const button of buttons) {
      if (locked && !button.disabled) { button.disabled = true; button.dataset.locked = "1"; }
      if (!locked && button.dataset.locked) { button.disabled = false; delete button.dataset.locked; }
    }
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.hasAttribute("data-busy")) { event.preventDefault(); return; }
    leaving = true;
    // Later, so that the pressed button is still sent with the form.
    if (!form.hasAttribute("data-no-lock")) setTimeout(() => lock(form, true));
  });
  addEventListener("pageshow", () => { leaving = false; all("form[data-busy]").forEach((form) => lock(form, false)); });
  const refused = document.querySelector("[data-errors]");  // what was sent is in the fields and nowhere else
  all("form[data-guard]").forEach((form) => {
    form.toggleAttribute("data-dirty", Boolean(refused));
    form.addEventListener("input", () => form.setAttribute("data-dirty", ""));
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && document.querySelector("form[data-dirty]")) event.preventDefault();
  });

  // --- captcha --------------------------------------------------------------------------------------------
  all("[data-captcha]").forEach((button) => button.addEventListener("click", () => {
    const image = button.querySelector("img");
    image.src = `${image.dataset.src}?${Date.now()}`;
    const audio = document.querySelector("[data-captcha-audio]");
    if (audio) { audio.removeAttribute("src"); }
    const input = document.getElementById(button.dataset.captcha);
    if (input) { input.value = ""; input.focus(); }
  }));
  all("[data-captcha-play]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    const audio = document.querySelector("[data-captcha-audio]");
    audio.src = `${link.href}?${Date.now()}`;
    audio.play().catch(() => { location.assign(link.href); });
  }));

  // --- phrases put into a text box ------------------------------------------------------------------------
  all("select[data-phrases]").forEach((select) => select.addEventListener("change", () => {
    const box = document.getElementById(select.dataset.phrases);
    if (!box || !select.value) return;
    box.value = [box.value.trimEnd(), select.value].filter(Boolean).join("\n");
    select.value = "";
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }));

  // --- rows that depend on another field ------------------------------------------------------------------
  all("[data-hide-when]").forEach((row) => {
    const [name, value] = row.dataset.hideWhen.split("=");
    const form = row.closest("form");
    const refresh = () => {
      const hidden = new FormData(form).get(name) === value;
      row.hidden = hidden;
      all("input, select, textarea", row).forEach((field) => {
        if (field.required) field.dataset.wasRequired = "1";
        field.required = !hidden && Boolean(field.dataset.wasRequired);
      });
    };
    form.addEventListener("change", refresh);
    addEventListener("pageshow", refresh);
    refresh();
  });

  // --- region → employer → department ---------------------------------------------------------------------
  const clear = (select) => {
    const first = select.options[0] && select.options[0].value === "" ? select.options[0].cloneNode(true) : null;
    select.replaceChildren(...(first ? [first] : []));
    const next = select.dataset.target && document.getElementById(select.dataset.target);
    if (next) clear(next);
  };
  all("select[data-options-url]").forEach((select) => {
    const target = document.getElementById(select.dataset.target);
    if (!target) return;
    let asked = 0;
    select.addEventListener("change", async () => {
      clear(target);
      const mine = ++asked;
      if (!select.value) return;
      const url = new URL(select.dataset.optionsUrl, location.href);
      url.searchParams.set("parent", select.value);
      target.setAttribute("aria-busy", "true");
      try {
        const answer = await fetch(url, { headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(String(answer.status));
        const { options } = await answer.json();
        if (mine !== asked) return;  // an older answer must not overwrite a newer choice
        target.append(...options.map(({ value, label }) => new Option(label, value)));
      } catch {
        // The plain button does the same on the server.
        document.documentElement.classList.replace("js", "no-js");
      } finally {
        target.removeAttribute("aria-busy");
      }
    });
  });

  // --- computed hours -------------------------------------------------------------------------------------
  all("form[data-preview-url]").forEach((form) => {
    const box = document.querySelector("[data-preview]");
    if (!box) return;
    const put = (name, text) => {
      const part = box.querySelector(`[data-preview-${name}]`);
      if (part) { part.textContent = text || ""; part.hidden = !text; }
    };
    let timer = 0;
    let running = null;
    const ask = async () => {
      if (running) running.abort();
      running = new AbortController();
      const data = new FormData(form);
      for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
      try {
        const answer = await fetch(form.dataset.previewUrl, { method: "POST", body: data, signal: running.signal, headers: { Accept: "application/json" } });
        if (!answer.ok) throw new Error(String(answer.status));
        const preview = await answer.json();
        put("hours", preview.hours);
        put("explanation", preview.explanation);
        put("warnings", (preview.warnings || []).join("\n"));
      } catch (error) {
        if (error.name !== "AbortError") put("explanation", words.textPreviewFailed);
      }
    };
    const later = () => { clearTimeout(timer); timer = setTimeout(ask, 300); };
    form.addEventListener("input", later);
    form.addEventListener("change", later);
  });

  // --- characters left ------------------------------------------------------------------------------------
  all("[data-counter]").forEach((mark) => {
    const area = document.getElementById(mark.dataset.counter);
    const refresh = () => { mark.textContent = `${area.value.length} / ${area.maxLength}`; };
    area.addEventListener("input", refresh);
    refresh();
  });

  // --- search box for a related record --------------------------------------------------------------------
  all("[data-lookup-url]").forEach((input) => {
    const value = document.getElementById(input.dataset.value);
    const list = input.parentElement.querySelector("ul");
    let timer = 0;
    let asked = 0;
    const close = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); };
    const choose = (item) => {
      value.value = item.dataset.value;
      input.value = item.textContent;
      value.dispatchEvent(new Event("change", { bubbles: true }));
      close();
    };
    const search = async () => {
      const mine = ++asked;
      const url = new URL(input.dataset.lookupUrl, location.href);
      url.searchParams.set("query", input.value);
      url.searchParams.set("limit", "20");
      const answer = await fetch(url, { headers: { Accept: "application/json" } });
      if (!answer.ok || mine !== asked) return;
      const found = await answer.json();
      list.replaceChildren(...found.map(([key, label], index) => {
        const item = document.createElement("li");
        item.setAttribute("role", "option");
        item.id = `${input.id}-${index}`;
        item.dataset.value = key;
        item.textContent = label;
        item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(item); });
        return item;
      }));
      list.hidden = found.length === 0;
      input.setAttribute("aria-expanded", String(found.length > 0));
    };
    input.addEventListener("input", () => { value.value = ""; clearTimeout(timer); timer = setTimeout(search, 250); });
    input.addEventListener("focus", () => { if (!input.value) search(); });
    input.addEventListener("blur", () => { close(); if (!value.value) input.value = ""; });
    input.addEventListener("keydown", (event) => {
      const items = all("li", list);
      const at = items.findIndex((item) => item.getAttribute("aria-selected") === "true");
      if (event.key === "Escape") close();
      if (event.key === "Enter" && !list.hidden && at >= 0) { event.preventDefault(); choose(items[at]); }
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      event.preventDefault();
      const next = event.key === "ArrowDown" ? Math.min(at + 1, items.length - 1) : Math.max(at - 1, 0);
      items.forEach((item, index) => item.setAttribute("aria-selected", String(index === next)));
      if (items[next]) { input.setAttribute("aria-activedescendant", items[next].id); items[next].scrollIntoView({ block: "nearest" }); }
    });
  });

  // --- whoever types is not idle ---------------------------------------------------------------------------
  let toldAlive = Date.now();
  const tellAlive = async () => {
    if (Date.now() - toldAlive < 300000) return;  // five minutes
    toldAlive = Date.now();
    const answer = await fetch(words.aliveUrl, { redirect: "manual" }).catch(() => null);
    if (!answer || answer.type !== "opaqueredirect" || document.querySelector("[data-session-over]")) return;
    const box = document.createElement("div");
    box.className = "alert alert-warning bg-white m-3";
    box.setAttribute("role", "alert");
    box.dataset.sessionOver = "";
    box.textContent = words.textSessionOver;
    document.getElementById("main-content").prepend(box);
  };
  if (words.aliveUrl) document.addEventListener("input", tellAlive);

  // --- a job is running -----------------------------------------------------------------------------------
  const waiting = document.querySelector("[data-reload]");
  if (waiting) setTimeout(() => location.reload(), Number(waiting.dataset.reload) * 1000);

  // --- print ----------------------------------------------------------------------------------------------
  all("[data-print]").forEach((button) => button.addEventListener("click", () => print()));
})();

/* The shell's behaviour. Everything works without it, except the phone's menu and the dialogs that ask again. */
"use strict";
(() => {
  const root = document.documentElement;

  function setMenu(open) {
    root.classList.toggle("menu-open", open);
    const button = document.querySelector("[data-menu]");
    if (button) button.setAttribute("aria-expanded", String(open));
  }

  function ask(question, agreed) {
    const dialog = document.createElement("dialog");
    if (!dialog.showModal) { // old Chromium
      if (window.confirm(question)) agreed();
      return;
    }
    dialog.className = "confirm";
    dialog.setAttribute("aria-label", "请确认");
    const text = document.createElement("p");
    text.textContent = question;
    const actions = document.createElement("div");
    actions.className = "form-actions";
    for (const [label, style, value] of [["取消", "btn", ""], ["确定", "btn btn-primary", "yes"]]) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = style;
      button.textContent = label;
      button.addEventListener("click", () => dialog.close(value));
      actions.append(button);
    }
    dialog.append(text, actions);
    dialog.addEventListener("close", () => { dialog.remove(); if (dialog.returnValue === "yes") agreed(); });
    document.body.append(dialog);
    dialog.showModal();
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-menu], [data-back], [data-confirm], [data-print]");
    for (const popup of document.querySelectorAll("details[data-popup][open]")) {
      if (!popup.contains(event.target)) popup.open = false;
    }
    if (root.classList.contains("menu-open") && !event.target.closest(".side, [data-menu]")) setMenu(false);
    if (!target) return;
    if (target.hasAttribute("data-menu")) setMenu(!root.classList.contains("menu-open"));
    if (target.hasAttribute("data-back")) { event.preventDefault(); window.history.back(); }
    if (target.hasAttribute("data-print")) window.print();
    if (target.hasAttribute("data-confirm") && !target.dataset.agreed) {
      event.preventDefault();
      ask(target.dataset.confirm, () => {
        target.dataset.agreed = "1";
        target.click();
        delete target.dataset.agreed;
      });
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    setMenu(false);
    for (const popup of document.querySelectorAll("details[data-popup][open]")) {
      popup.open = false;
      popup.querySelector("summary").focus();
    }
  });

  /* One click, one request. The guard ends with the page or after ten seconds, so that a lost request can be sent again. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-download")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    const buttons = form.querySelectorAll("button[type=submit], button:not([type])");
    for (const button of buttons) button.setAttribute("aria-busy", "true");
    window.setTimeout(() => release(form), 10000);
  });
  function release(form) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => { const form = event.target.closest("form"); if (form) release(form); });

  /* A chosen radio or check box marks its frame (:has is too new for the oldest browsers). */
  function markChoices(scope) {
    for (const input of scope.querySelectorAll(".choice input")) input.closest(".choice").classList.toggle("checked", input.checked);
  }
  document.addEventListener("change", (event) => {
    const group = event.target.closest(".choices");
    if (group) markChoices(group);
    if (event.target.matches("[data-autosubmit]")) event.target.form.requestSubmit();
  });

  function start(scope) {
    markChoices(scope);
    const summary = scope.querySelector("[data-focus]");
    if (summary) summary.focus();
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start(document));
  else start(document);
  document.addEventListener("htmx:load", (event) => start(event.target));
})();

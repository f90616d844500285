/* Dialog, drawer and confirmation. What htmx puts into #dialog or #drawer opens it; a 204 from inside closes it. */

const panes = () => [document.getElementById("dialog"), document.getElementById("drawer")].filter(Boolean);

export function openPane(pane) {
  const title = pane.querySelector("[data-dialog-title]");
  if (title) pane.setAttribute("aria-label", title.textContent.trim());
  if (!pane.open) { pane.returnValue = ""; pane.showModal(); }
  (pane.querySelector("[data-autofocus]") ?? pane.querySelector("[autofocus]"))?.focus();
}

export function closePane(pane, value = "") {
  if (pane?.open) pane.close(value);
}

/* Resolves to true when the person agrees. */
export function confirmed(text, { yes = "Continue", danger = true } = {}) {
  const box = document.getElementById("confirm");
  if (!box) return Promise.resolve(true);
  const button = box.querySelector("[data-confirm-yes]");
  box.querySelector("#confirm-text").textContent = text;
  button.textContent = yes;
  button.classList.toggle("btn--danger", danger);
  button.classList.toggle("btn--primary", !danger);
  box.returnValue = "no";
  box.showModal();
  return new Promise((resolve) => {
    box.addEventListener("close", () => resolve(box.returnValue === "yes"), { once: true });
  });
}

const wording = (node) => ({ yes: node.dataset.confirmYes || "Continue", danger: node.dataset.confirmTone !== "plain" });

export function initDialogs() {
  for (const pane of panes()) {
    pane.addEventListener("close", () => pane.replaceChildren());
    /* A click on the backdrop hits the dialog itself. It does not close a form that was filled in. */
    pane.addEventListener("pointerdown", (event) => {
      if (event.target === pane && !pane.querySelector("form")) closePane(pane);
    });
  }
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const pane = event.target;
    if (panes().includes(pane)) {
      /* An answer that leaves nothing in the dialog ends it: the rest of it was swapped elsewhere. */
      if (pane.childElementCount) openPane(pane); else closePane(pane, "done");
    } else pane.querySelector?.("[data-autofocus]")?.focus();
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    const { xhr, successful, elt } = event.detail;
    if (successful && xhr.status === 204) closePane(elt.closest?.("#dialog, #drawer"), "done");
  });
  document.body.addEventListener("dialog:close", () => panes().forEach((pane) => closePane(pane, "done")));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-close-dialog]");
    if (button) button.closest("dialog").close();
  });
  document.body.addEventListener("htmx:confirm", async (event) => {
    if (!event.detail.question) return;
    event.preventDefault();
    if (await confirmed(event.detail.question, wording(event.detail.elt))) event.detail.issueRequest(true);
  });
  document.addEventListener("submit", async (event) => {
    const asked = event.submitter?.dataset.confirm ? event.submitter : event.target;
    if (!asked.dataset.confirm || event.target.dataset.agreed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!(await confirmed(asked.dataset.confirm, wording(asked)))) return;
    event.target.dataset.agreed = "1";
    event.target.requestSubmit(event.submitter);
    delete event.target.dataset.agreed;
  }, true);
}

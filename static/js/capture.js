/* For other sites: makes forms with data-leadcrm-form send themselves in place, and remembers where a visitor came
   from while the tab is open (sessionStorage, no cookie). Without this script the same form is sent the plain way. */
(() => {
  const here = document.currentScript.src, KEY = "leadcrm-attribution";
  const UTM = ["utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content"];

  /* The first touch stays; the last one changes when something brings the visitor here anew. */
  function remember() {
    let kept = {};
    try { kept = JSON.parse(sessionStorage.getItem(KEY)) || {}; } catch { /* storage is closed: this page alone counts */ }
    const query = new URLSearchParams(location.search), touch = {};
    for (const name of UTM) if (query.get(name)) touch[name] = query.get(name).slice(0, 255);
    let from = "";
    try { from = new URL(document.referrer).host; } catch { /* no referrer */ }
    const isNew = Object.keys(touch).length > 0 || (from && from !== location.host);
    if (from && from !== location.host) touch.referrer = document.referrer.slice(0, 500);
    touch.landing_page = (location.origin + location.pathname).slice(0, 500);
    if (!kept.first) kept = { first: touch, last: touch };
    else if (isNew) kept.last = touch;
    try { sessionStorage.setItem(KEY, JSON.stringify(kept)); } catch { /* as above */ }
    return JSON.stringify(kept);
  }
  const attribution = remember();

  function hidden(form, name, value) {
    const input = form.elements[name] || form.appendChild(Object.assign(document.createElement("input"), { type: "hidden", name }));
    input.value = value;
  }

  async function ready(form, ticket) {
    hidden(form, "stamp", ticket.stamp);
    hidden(form, "proof", ticket.challenge ? await (await import(new URL("proof.js", here))).solve(ticket.challenge) : "");
  }

  const action = (form) => form.getAttribute("action");

  async function send(form, isSecond = false) {
    const body = new URLSearchParams(new FormData(form));
    const answer = await fetch(action(form), { method: "POST", body, headers: { Accept: "application/json" }, credentials: "omit" });
    const told = await answer.json();
    if (answer.ok) return told;
    if (told.stamp) await ready(form, told);
    /* A page that was open for too long, or a form that came under attack meanwhile: nothing for a person to do. */
    const hasErrors = Object.keys(told.errors || {}).length > 0;
    if (answer.status === 422 && !hasErrors && !isSecond) return send(form, true);
    throw Object.assign(new Error(told.message), { told });
  }

  function say(form, text, isError) {
    let said = form.querySelector("[data-leadcrm-status]");
    if (!said) { said = document.createElement("p"); said.dataset.leadcrmStatus = ""; said.tabIndex = -1; form.append(said); }
    said.setAttribute("role", isError ? "alert" : "status");
    said.textContent = text;
    return said;
  }

  function complain(form, told) {
    for (const field of form.elements) field.removeAttribute?.("aria-invalid");
    const lines = [];
    for (const [name, problems] of Object.entries(told.errors || {})) {
      const field = form.elements[name];
      field?.setAttribute?.("aria-invalid", "true");
      lines.push(`${field?.labels?.[0]?.textContent.trim() || name}: ${problems.join(" ")}`);
    }
    say(form, [told.message, ...lines].filter(Boolean).join(" "), true).focus();
  }

  function start(form) {
    if (form.dataset.leadcrmReady) return;
    form.dataset.leadcrmReady = "1";
    hidden(form, "attribution", attribution);
    const stamped = fetch(new URL("stamp/", new URL(action(form), location)), { credentials: "omit" })
      .then((answer) => answer.json()).then((ticket) => ready(form, ticket)).catch(() => {});
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.dataset.leadcrmBusy) return;
      form.dataset.leadcrmBusy = "1";
      say(form, "Sending …");
      try {
        await stamped;
        const told = await send(form);
        if (told.redirect) { location.assign(told.redirect); return; }
        const thanks = say(form, told.message);
        form.before(thanks);
        form.hidden = true;
        thanks.focus();
      } catch (problem) {
        if (problem.told) complain(form, problem.told);
        else form.submit(); /* no answer could be read: the plain way shows what is the matter */
      } finally {
        delete form.dataset.leadcrmBusy;
      }
    });
  }

  const startAll = () => document.querySelectorAll("form[data-leadcrm-form]").forEach(start);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", startAll);
  else startAll();
})();

/* <kanban-board>: pointer drag (mouse, pen, long-press touch), Shift+Arrow keys, and a Move menu, which is the
   single-pointer alternative of WCAG 2.2 2.5.7. The server is told through htmx and has the last word. */
import { forgetUndo, say, toast } from "./announce.js";
import { place as placeBox } from "./menus.js";

const NIL = "00000000-0000-0000-0000-000000000000";
const still = matchMedia("(prefers-reduced-motion: reduce)");
const cardsOf = (column) => [...column.querySelectorAll(".column__list > .card")];

const nameOf = (card) => card.querySelector(".card__link").textContent.trim();
/* Positions are larger than what a Number holds exactly. Equal ones are ordered by id, as on the server. */
const isAfter = (one, other) => {
  const a = BigInt(one.dataset.position), b = BigInt(other.dataset.position);
  return a === b ? one.dataset.id > other.dataset.id : a > b;
};
const MANY = 12;

class KanbanBoard extends HTMLElement {
  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    this.pending = new Map();
    this.news = new Set();
    this.menu = document.getElementById(this.dataset.menu || "move-menu");
    this.addEventListener("pointerdown", (event) => this.grab(event));
    this.addEventListener("keydown", (event) => this.key(event));
    this.addEventListener("click", (event) => this.openMenu(event));
    this.addEventListener("htmx:load", (event) => this.loaded(event));
    this.menu?.addEventListener("click", (event) => this.pick(event));
    this.menu?.addEventListener("toggle", (event) => this.menuToggled(event));
    this.gone = new AbortController();
    const { signal } = this.gone, on = (name, run) => document.body.addEventListener(name, run, { signal });
    on("htmx:afterRequest", (event) => this.answered(event));
    on("card:moved", (event) => this.moved(event.detail));
    on("card:stale", (event) => this.stale(event.detail));
    on("live:lead", (event) => this.heard(event.detail));
    on("live:board", () => this.reload());
    on("live:resume", () => this.reload());
    document.getElementById("dialog")?.addEventListener("close", () => this.dialogClosed(), { signal });
  }
  disconnectedCallback() {
    this.gone?.abort();
    clearTimeout(this.due);
    clearTimeout(this.later);
    this.ready = false;
  }

  get columns() { return [...this.querySelectorAll(".column")]; }
  get ordered() { return this.hasAttribute("data-reorder"); }
  card(id) { return this.querySelector(`.card[data-id="${CSS.escape(id)}"]`); }
  column(stage) { return this.querySelector(`.column[data-stage="${CSS.escape(stage)}"]`); }
  where(card) { const column = card.closest(".column"); return { column, index: cardsOf(column).indexOf(card) }; }
  url(kind, id) { return this.dataset[kind].replace(NIL, id); }
  get isBusy() {
    return this.pending.size > 0 || Boolean(this.querySelector(".card--placeholder") || document.querySelector("dialog[open], [popover]:popover-open:not(#toasts)"));
  }

  /* ---- put a card somewhere, and let the others slide ---- */
  put(card, column, index) {
    const cards = [...this.querySelectorAll(".card")];
    const before = new Map(cards.map((one) => [one, one.getBoundingClientRect()]));
    const rest = cardsOf(column).filter((one) => one !== card);
    const list = column.querySelector(".column__list"), next = rest[index] ?? null;
    if (next) next.before(card); else if (rest.length) rest.at(-1).after(card); else list.prepend(card);
    if (still.matches) return;
    for (const one of cards) {
      const from = before.get(one), to = one.getBoundingClientRect();
      if (from.x !== to.x || from.y !== to.y)
        one.animate([{ transform: `translate(${from.x - to.x}px, ${from.y - to.y}px)` }, { transform: "none" }], { duration: 180, easing: "cubic-bezier(.2,.7,.2,1)" });
    }
  }
  flash(card) { card.classList.add("card--flash"); setTimeout(() => card.classList.remove("card--flash"), 1200); }
  back(job) {
    const card = this.card(job.id), column = this.column(job.stage);
    if (!card || !column) return;
    this.put(card, column, job.index);
    card.classList.remove("card--saving");
  }

  /* ---- save ---- */
  save(card, from) {
    const { column, index } = this.where(card), id = card.dataset.id;
    if (column === from.column && (index === from.index || !this.ordered)) {
      if (index !== from.index) this.put(card, from.column, from.index);
      return;
    }
    const peers = cardsOf(column), at = peers.indexOf(card);
    const job = { id, name: nameOf(card), stage: from.column.dataset.stage, index: from.index };
    this.pending.set(id, job);
    card.classList.add("card--saving");
    forgetUndo();
    say(this.ordered ? `${job.name} moved to ${column.dataset.name}, position ${at + 1} of ${peers.length}` : `${job.name} moved to ${column.dataset.name}`);
    /* The card is the source, because htmx keeps only the last of the requests that wait for one element. */
    htmx.ajax("POST", this.url("moveUrl", id), {
      source: card, target: "#dialog", swap: "innerHTML",
      values: {
        stage: column.dataset.stage, seen_stage: job.stage,
        above: peers[at - 1]?.dataset.id ?? "", below: peers[at + 1]?.dataset.id ?? "",
      },
      headers: { "X-Card": id },
    }).catch(() => {}); // a lost connection is answered like a refusal, in answered()
  }
  /* htmx.ajax() resolves on 4xx and 5xx too, so the answer is judged here. */
  answered(event) {
    const { xhr, successful, requestConfig } = event.detail;
    const id = requestConfig?.headers["X-Card"], job = this.pending.get(id);
    if (!job) return;
    /* The stage asks for something: the form is in the dialog and decides (dialogClosed). */
    if (xhr.status === 422) {
      if (this.asking) this.giveUp(this.asking);
      this.asking = job;
      return;
    }
    this.settle(job);
    if (successful) return this.totals();
    this.back(job);
    const text = `${job.name} could not be moved, so it is back where it was.`;
    /* The server's own words, or those about a lost connection, are shown already. */
    if (!xhr.status || xhr.getResponseHeader("HX-Trigger")?.includes('"toast"')) say(text); else toast({ text });
    if (xhr.status === 404) this.reload(); // the lead or the column is gone, and so must be what shows it
  }
  settle(job) { this.pending.delete(job.id); this.card(job.id)?.classList.remove("card--saving"); }
  giveUp(job) { this.settle(job); this.back(job); }
  dialogClosed() {
    const job = this.asking;
    if (!job) return;
    this.asking = null;
    if (document.getElementById("dialog").returnValue === "done") { this.settle(job); return this.totals(); }
    this.giveUp(job);
    say(`${job.name} is back where it was`);
    this.card(job.id)?.querySelector(".card__link")?.focus();
  }
  /* Somebody else was faster: the card goes where it really is. */
  stale({ id }) {
    const dialog = document.getElementById("dialog");
    if (this.asking?.id === id && dialog.open) dialog.close();
    setTimeout(() => this.refetch(id), 0); // after the answer was judged
  }

  /* ---- what the server announces: a saved move, a move taken back, a change by somebody else ---- */
  moved({ id, stage, position }) {
    const card = this.card(id), column = stage && this.column(stage);
    if (!card || !column || position === undefined) return;
    card.dataset.position = position;
    this.sort(card, column, true);
    this.totals();
    if (document.activeElement === document.body) card.querySelector(".card__link").focus({ preventScroll: true });
  }
  /* Put a card where its position says. Beyond what is loaded it has no place yet, unless it must stay in sight. */
  sort(card, column, keep) {
    const rest = cardsOf(column).filter((one) => one !== card), next = rest.findIndex((one) => isAfter(one, card));
    if (next < 0 && rest.length && column.querySelector(".column__next") && !keep) return card.remove();
    const index = next < 0 ? rest.length : next;
    if (card.isConnected && this.where(card).column === column && this.where(card).index === index) return;
    const focused = card.contains(document.activeElement);
    this.put(card, column, index);
    this.flash(card);
    if (focused) card.querySelector(".card__link").focus({ preventScroll: true });
  }
  /* News come in bursts: each card is asked for once, and when there are many, the whole board instead. */
  heard({ id }) {
    if (!id) return;
    this.news.add(id);
    this.later ??= setTimeout(() => {
      const ids = [...this.news];
      this.later = null;
      this.news.clear();
      if (ids.length > MANY) this.reload(); else for (const one of ids) this.refetch(one);
    }, 250);
  }
  async refetch(id) {
    if (this.pending.has(id) || this.querySelector(".card--placeholder")) return this.totals();
    const reply = await fetch(this.url("cardUrl", id), { headers: { "HX-Request": "true" } }).catch(() => null);
    if (reply?.ok && this.hidden) return this.reload(); // the first lead of an empty board
    const html = reply?.ok ? await reply.text() : "", old = this.card(id);
    if (!reply || (!reply.ok && reply.status !== 404) || this.pending.has(id)) return;
    const page = new DOMParser().parseFromString(html, "text/html"), fresh = page.querySelector(".card");
    const column = fresh && this.column(page.querySelector("[data-stage]").dataset.stage);
    const focused = old?.contains(document.activeElement);
    if (!column) old?.remove();
    else {
      const node = document.adoptNode(fresh), stays = old?.closest(".column") === column;
      if (stays) old.replaceWith(node); else old?.remove();
      this.sort(node, column, stays || focused);
      if (node.isConnected) { htmx.process(node); this.flash(node); }
      if (focused) node.querySelector(".card__link").focus({ preventScroll: true });
    }
    this.totals();
  }
  /* A card that moved in the meantime can arrive a second time with the next page of its column. */
  loaded({ target }) {
    if (!target.matches?.(".card")) return;
    for (const other of this.querySelectorAll(`.card[data-id="${CSS.escape(target.dataset.id)}"]`))
      if (other !== target) (this.pending.has(other.dataset.id) ? target : other).remove();
  }
  /* Heads and figures are refreshed by whatever listens for board:totals, at most once in two seconds. */
  totals() {
    this.due ??= setTimeout(() => { this.due = null; htmx.trigger(document.body, "board:totals"); }, 2000);
  }
  /* Everything again, as soon as nobody is in the middle of something. */
  reload() {
    if (this.again) return;
    this.again = true;
    const attempt = async () => {
      if (!this.isConnected) return;
      if (this.isBusy) return setTimeout(attempt, 1000);
      const left = this.scrollLeft, id = document.activeElement?.closest(".card")?.dataset.id;
      await htmx.ajax("GET", location.href, { source: this, target: "#board", swap: "outerHTML" }).catch(() => {});
      const fresh = document.querySelector("kanban-board");
      this.again = false;
      if (!fresh) return;
      fresh.scrollLeft = left;
      if (id) fresh.card(id)?.querySelector(".card__link").focus({ preventScroll: true });
    };
    setTimeout(attempt, 400 + Math.random() * 600); // not every open board in the same instant
  }

  /* ---- keyboard ---- */
  key(event) {
    const link = event.target.closest(".card__link");
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!link || !step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const card = link.closest(".card"), { column, index } = this.where(card), columns = this.columns;
    const next = columns[columns.indexOf(column) + step[0]];
    if (!next) return;
    const cards = cardsOf(next);
    if (!event.shiftKey) {
      const target = cards[step[0] ? Math.min(index, cards.length - 1) : index + step[1]];
      target?.querySelector(".card__link").focus();
      return;
    }
    if (!this.movable(card) || (step[1] && !this.ordered)) return;
    this.put(card, next, step[0] ? Math.min(index, cards.length) : Math.max(0, Math.min(index + step[1], cards.length - 1)));
    link.focus();
    card.scrollIntoView({ block: "nearest", inline: "nearest" });
    this.save(card, { column, index });
  }
  movable(card) { return !this.hasAttribute("data-locked") && !this.pending.has(card.dataset.id); }

  /* ---- menu ---- */
  openMenu(event) {
    const button = event.target.closest("[data-move]");
    if (!button || !this.menu) return;
    this.chosen = button.closest(".card").dataset.id;
    this.opener = button;
    const here = button.closest(".column").dataset.stage;
    for (const item of this.menu.querySelectorAll("[data-stage]")) item.setAttribute("aria-disabled", String(item.dataset.stage === here));
    this.menu.showPopover();
    placeBox(this.menu, button);
    this.menu.querySelector("[aria-disabled=false]")?.focus();
  }
  menuToggled(event) {
    const open = event.newState === "open";
    this.opener?.setAttribute("aria-expanded", String(open));
    if (!open && (this.menu.contains(document.activeElement) || document.activeElement === document.body)) this.opener?.focus();
  }
  pick(event) {
    const item = event.target.closest("[data-stage]"), card = this.chosen && this.card(this.chosen);
    if (!item || item.getAttribute("aria-disabled") === "true" || !card || !this.movable(card)) return;
    const from = this.where(card);
    this.menu.hidePopover();
    this.put(card, this.column(item.dataset.stage), 0);
    card.querySelector("[data-move]")?.focus();
    this.save(card, from);
  }

  /* ---- pointer ---- */
  grab(event) {
    const card = event.target.closest(".card");
    if (!card || event.button || event.target.closest("button") || !this.movable(card)) return;
    const from = this.where(card), box = card.getBoundingClientRect(), touch = event.pointerType === "touch";
    const grip = { x: event.clientX - box.x, y: event.clientY - box.y };
    let ghost = null, timer = 0, frame = 0, point = event;
    const draw = () => { ghost.style.transform = `translate(${point.clientX - grip.x}px, ${point.clientY - grip.y}px) rotate(1.2deg)`; };
    const follow = () => { // near an edge the column, the board or the page follows
      const edge = 56, area = this.getBoundingClientRect(), { clientX: x, clientY: y } = point;
      const list = columnAt(point)?.querySelector(".column__list"), seen = list?.getBoundingClientRect();
      const was = [this.scrollLeft, list?.scrollTop];
      if (x > area.right - edge) this.scrollLeft += 12; else if (x < area.left + edge) this.scrollLeft -= 12;
      if (list && y > seen.bottom - edge) list.scrollTop += 9; else if (list && y < seen.top + edge / 2) list.scrollTop -= 9;
      if (y > innerHeight - edge / 2) scrollBy(0, 12); else if (y < edge * 1.5) scrollBy(0, -12);
      if (was[0] !== this.scrollLeft || was[1] !== list?.scrollTop) hover();
      frame = requestAnimationFrame(follow);
    };
    const columnAt = ({ clientX, clientY }) => document.elementFromPoint(clientX, clientY)?.closest(".column");
    const hover = () => {
      const column = columnAt(point);
      for (const one of this.columns) one.classList.toggle("column--over", one === column);
      if (!column || !this.contains(column)) return;
      const rest = cardsOf(column).filter((one) => one !== card);
      let index = rest.findIndex((one) => { const r = one.getBoundingClientRect(); return point.clientY < r.y + r.height / 2; });
      if (index < 0) index = rest.length;
      const at = this.where(card);
      if (at.column !== column || at.index !== index) this.put(card, column, index);
    };
    const start = () => {
      ghost = card.cloneNode(true);
      ghost.inert = true;
      ghost.setAttribute("aria-hidden", "true");
      ghost.classList.add("card--ghost");
      ghost.style.width = `${box.width}px`;
      document.body.append(ghost);
      card.classList.add("card--placeholder");
      document.body.style.cursor = "grabbing";
      frame = requestAnimationFrame(follow);
      draw();
    };
    const move = (now) => {
      point = now;
      if (!ghost) {
        if (Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY) <= 6) return;
        if (touch) return end(); // it is a scroll, not a drag
        start();
      }
      draw();
      hover();
    };
    const end = (dropped) => {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      all.abort();
      for (const one of this.columns) one.classList.remove("column--over");
      if (!ghost) return;
      ghost.remove();
      card.classList.remove("card--placeholder");
      document.body.style.cursor = "";
      if (dropped) { this.flash(card); this.save(card, from); } else this.put(card, from.column, from.index);
      /* The click that follows a drag must not open the lead; on the next tick clicks count again. */
      const eat = (click) => { click.preventDefault(); click.stopPropagation(); };
      addEventListener("click", eat, { capture: true, once: true });
      setTimeout(() => removeEventListener("click", eat, true), 0);
    };
    const all = new AbortController(), { signal } = all;
    addEventListener("pointermove", move, { signal });
    addEventListener("pointerup", () => end(true), { signal });
    addEventListener("pointercancel", () => end(false), { signal });
    addEventListener("keydown", (key) => { if (key.key === "Escape" && ghost) { key.preventDefault(); end(false); } }, { signal, capture: true });
    addEventListener("touchmove", (touching) => { if (ghost) touching.preventDefault(); }, { signal, passive: false });
    /* A long press on a link would open the menu of the browser. */
    if (touch) addEventListener("contextmenu", (menu) => menu.preventDefault(), { signal });
    if (touch) timer = setTimeout(start, 280);
  }
}
customElements.define("kanban-board", KanbanBoard);

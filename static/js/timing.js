/* Tells our own server how long this page took: numbers alone, once, without a cookie. */
const sheet = document.querySelector('meta[name="page-timing"]');
const said = {};

const watch = (type, each) => {
  try {
    new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  } catch { /* This browser does not measure it. */ }
};

function send() {
  if (!sheet.content) return;
  const [page] = performance.getEntriesByType("navigation");
  if (page?.responseStart) said.ttfb = page.responseStart;
  if (page?.loadEventStart) said.load = page.loadEventStart;
  fetch(sheet.dataset.url, {
    method: "POST",
    body: JSON.stringify({ page: sheet.content, ...said }),
    headers: { "Content-Type": "application/json" },
    credentials: "omit",
    keepalive: true,
  }).catch(() => { /* A measure that is lost is no harm. */ });
  sheet.content = "";
}

if (sheet && !navigator.globalPrivacyControl && navigator.doNotTrack !== "1") {
  watch("paint", (entry) => { if (entry.name === "first-contentful-paint") said.fcp = entry.startTime; });
  watch("largest-contentful-paint", (entry) => { said.lcp = entry.startTime; });
  watch("layout-shift", (entry) => { if (!entry.hadRecentInput) said.cls = (said.cls ?? 0) + entry.value * 1000; });
  /* The largest part is known when the person leaves, which is also the moment that disturbs nobody. */
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") send(); });
  addEventListener("pagehide", send);
}

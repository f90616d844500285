/* The entry of pages for people without an account: they need fewer scripts than the application. */
import { initRequests } from "./requests.js";
import { initTheme } from "./theme.js";
import { initToasts } from "./announce.js";
import "./charts.js";
import "./roi-calc.js";

initRequests();
initTheme();
initToasts();

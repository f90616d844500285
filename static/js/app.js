/* The one entry. Custom elements start themselves after any swap; the rest is started here once. */
import { initDialogs } from "./dialogs.js";
import { initLive } from "./live.js";
import { initMenus } from "./menus.js";
import { initPalette } from "./palette.js";
import { initRequests } from "./requests.js";
import { initShortcuts } from "./shortcuts.js";
import { initSidebar } from "./sidebar.js";
import { initTheme } from "./theme.js";
import { initToasts } from "./announce.js";
import "./charts.js";
import "./files.js";
import "./kanban.js";
import "./lead.js";
import "./sortable.js";
import "./roi-calc.js";
import "./table.js";

initDialogs();
initMenus();
initPalette();
initRequests();
initShortcuts();
initSidebar();
initTheme();
initToasts();
initLive();

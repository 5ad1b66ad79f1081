// What every page with a way around runs. All of it works without.
import "./marks.js";
import "./live.js";
import "./times.js";
import "./viewer.js";
import "./keys.js";
import "./compose.js";
import "./names.js";
import "./older.js";
import "./pane.js";
import "./worker.js";

// Pages work without it.
const policy = window.trustedTypes?.createPolicy("whimbrel-worker", {
  createScriptURL: () => "/sw.js",
});

// Undefined where there can be none.
export const worker = navigator.serviceWorker
  ?.register(policy?.createScriptURL("") ?? "/sw.js")
  .catch(() => undefined);

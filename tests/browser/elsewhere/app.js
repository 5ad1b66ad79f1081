// A web app as Phanpy is one: on an origin of its own, without a server behind it.
const home = new URLSearchParams(location.search).get("server");
const here = new URL("back.html", location.href).href;
const state = document.getElementById("state");

function encoded(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function read(answer) {
  const names = ["link", "x-ratelimit-limit", "x-ratelimit-remaining", "x-request-id"];
  return {
    status: answer.status,
    body: await answer.json(),
    headers: Object.fromEntries(names.map((name) => [name, answer.headers.get(name)])),
  };
}

async function register() {
  const form = new FormData();
  form.set("client_name", "Elsewhere");
  form.set("redirect_uris", here);
  form.set("scopes", "read write follow push");
  return (await fetch(`${home}/api/v1/apps`, { method: "POST", body: form })).json();
}

async function signIn() {
  const told = await (await fetch(`${home}/.well-known/oauth-authorization-server`)).json();
  const app = await register();
  const verifier = encoded(crypto.getRandomValues(new Uint8Array(48)));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const asked = new URLSearchParams({
    client_id: app.client_id,
    redirect_uri: here,
    response_type: "code",
    scope: "read write follow push",
    code_challenge: encoded(digest),
    code_challenge_method: "S256",
    state: "of mind",
  });
  const back = new Promise((done) => {
    new BroadcastChannel("sign-in").onmessage = (message) => done(message.data);
  });
  open(`${told.authorization_endpoint}?${asked}`, "_blank", "popup,width=480,height=720");
  const answer = new URLSearchParams(await back);
  if (answer.get("state") !== "of mind") throw new Error("another's answer");
  const body = new URLSearchParams({
    grant_type: "authorization_code",
    client_id: app.client_id,
    redirect_uri: here,
    code: answer.get("code"),
    code_verifier: verifier,
  });
  const given = await (await fetch(told.token_endpoint, { method: "POST", body })).json();
  window.token = given.access_token;
  state.textContent = "signed in";
}

window.ask = async (method, path, body, token = window.token) => {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  if (body) headers["content-type"] = "application/json";
  const options = { method, headers, body: body && JSON.stringify(body) };
  return read(await fetch(home + path, options));
};

// One socket, and what was heard on it.
window.listen = async (streams) => {
  const { body } = await window.ask("GET", "/api/v2/instance");
  const to = `${body.configuration.urls.streaming}/api/v1/streaming`;
  const socket = new WebSocket(to, [window.token]);
  window.heard = [];
  socket.onmessage = (message) => window.heard.push(JSON.parse(message.data));
  await new Promise((done, failed) => {
    socket.onopen = done;
    socket.onerror = () => failed(new Error("the socket did not open"));
  });
  for (const stream of streams) socket.send(JSON.stringify({ type: "subscribe", ...stream }));
};

document.getElementById("sign-in").onclick = () =>
  signIn().catch((error) => (state.textContent = `failed: ${error}`));

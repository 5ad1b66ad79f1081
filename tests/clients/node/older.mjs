// masto.js 8 is written for Node 22; this is all that it misses in Node 20, which Debian has.
import { WebSocket } from "ws";

globalThis.WebSocket ??= WebSocket;
Promise.withResolvers ??= function withResolvers() {
  const made = {};
  made.promise = new this((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};

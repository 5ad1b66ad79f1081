// Writing: how much room is left.

// A link counts 23, a name without its domain: as core/text/parse.py, which has the last word.
const SHORTER =
  /(?<![a-z\d@$#])https?:\/\/(?:[\p{L}\p{M}\p{N}_-]+\.)+[\p{L}\p{M}\d-]+(?::\d+)?(?:[/?#](?:[^\s<>"«»“”「」、。()]|\([^\s()]*\))*)?(?<![.,;:!?'*~|…’])|(?<![=/\p{L}\d_])(@\w+(?:[.-]+\w+)*)@(?:[\p{L}\d_-]+\.)*[\p{L}\d_-]+/giu;

const form = document.getElementById("composer");
const room = document.getElementById("room");

const length = (text) =>
  [...text.trim().replace(SHORTER, (_, name) => name ?? "x".repeat(23))].length;

function measure() {
  const { most, left: words } = room.dataset;
  const { status, spoiler_text: warning } = form.elements;
  const used = length(warning.value) + length(status.value);
  const left = most - used;
  const [, arc, number, told] = room.querySelectorAll("circle, b, [role]");
  room.hidden = !used;
  room.className = `ring ${left < 0 ? "over" : left < most / 10 ? "near" : ""}`;
  arc.setAttribute("stroke-dasharray", `${Math.min(100, (used / most) * 100)} 200`);
  number.textContent = left > 50 ? "" : left;
  // Read out at every tenth, not at each.
  told.textContent = left > 50 ? "" : words.replace("#", left < 0 ? left : Math.ceil(left / 10) * 10);
}

if (form) {
  form.addEventListener("input", measure);
  measure();
}

// Shows all about the call that is pointed at; a click holds it, a click elsewhere or Escape lets go.
// An address that ends in #c12 shows call 12.
const graph = document.getElementById("graph");
const card = document.getElementById("card");
let held = null;

function show(call) {
  for (const e of document.querySelectorAll(".on, .near")) e.classList.remove("on", "near");
  graph.classList.toggle("picked", call !== null);
  card.hidden = call === null;
  if (call === null) return;
  card.replaceChildren(document.getElementById("n" + call).content.cloneNode(true));
  card.scrollTop = 0;
  const box = document.getElementById("c" + call).getBoundingClientRect();
  card.classList.toggle("aside", box.left + box.width / 2 > innerWidth / 2);
  for (const e of document.querySelectorAll('[data-call="' + call + '"]')) e.classList.add("on");
  for (const e of document.querySelectorAll('[data-uses~="' + call + '"]')) e.classList.add("on");
  for (const e of graph.querySelectorAll("[data-from]")) {
    if (e.dataset.from === call || e.dataset.to === call) {
      e.classList.add("on");
      for (const end of [e.dataset.from, e.dataset.to]) {
        document.getElementById("c" + end).classList.add("near");
      }
    }
  }
}

function callOf(target) {
  const e = target.closest ? target.closest("[data-call]") : null;
  return e === null ? null : e.dataset.call;
}

document.addEventListener("pointerover", (event) => {
  if (held === null && event.pointerType === "mouse") show(callOf(event.target));
});
document.addEventListener("focusin", (event) => {
  if (held === null) show(callOf(event.target));
});
document.addEventListener("click", (event) => {
  if (card.contains(event.target)) return;
  const link = event.target.closest('a[href^="#c"]');
  const call = link ? link.hash.slice(2) : callOf(event.target);
  held = call === held ? null : call;
  show(held);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    held = null;
    show(null);
  } else if (event.key === "Enter" && event.target.matches(".call")) {
    held = event.target.dataset.call;
    show(held);
  }
});

const asked = /^#c(\d+)$/.exec(location.hash);
if (asked !== null && document.getElementById("n" + asked[1]) !== null) {
  held = asked[1];
  show(held);
}

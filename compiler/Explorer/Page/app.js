// Connects picture, panel, keyboard, search and address.
import { nodes, segments, nodeCount, nameOfSegment, colorOfSegment, schemes } from "model.js";
import { segmentLayer, nodeLayer } from "layers.js";
import { Scene } from "scene.js";
import { summary, tables, nodeDetails, segmentDetails } from "panel.js";

const at = id => document.getElementById(id);
const layers = { segments: segmentLayer, nodes: nodeLayer };
const scene = new Scene(at("picture"), item => select(scene.layer.name, item, false));
const go = {
  node: n => select("nodes", n), segment: s => select("segments", s),
  inside: s => { show("nodes"); scene.fit(nodesOf(s)); },
};
const nodesOf = s => { const found = []; for (let n = 0; n < nodeCount; n++) if (nodes.segment[n] === s && nodes.parent[n] < 0) found.push(n); return found; };

function show(name) { at("layer").value = name; scene.show(layers[name]); }

function select(name, item, center = true) {
  show(name);
  scene.select(item, center);
  at("selection").replaceChildren(...(name === "nodes" ? nodeDetails(item, go) : segmentDetails(item, go)));
  const segment = layers[name].segment(item);
  for (const button of at("lane").querySelectorAll("button")) button.setAttribute("aria-current", button.dataset.segment === String(segment));
  const key = name === "nodes" ? `node=${encodeURIComponent(nodes.name[item])}` : `segment=${item}`;
  if (location.hash.slice(1) !== key) history.replaceState(null, "", `#${key}`);
}

// Nodes whose name or operator has the text; a name that is equal comes first.
function find(text) {
  const low = text.toLowerCase(), found = [];
  for (let n = 0; n < nodeCount; n++) {
    const name = nodes.name[n].toLowerCase();
    if (name === low) found.unshift(n);
    else if (name.includes(low) || nodes.operators[nodes.operator[n]].toLowerCase() === low) found.push(n);
  }
  return found;
}

let last = { text: "", place: -1 };
at("search").addEventListener("submit", e => {
  e.preventDefault();
  const text = at("query").value.trim();
  if (!text) return;
  const found = find(text);
  last = last.text === text ? { text, place: last.place + 1 } : { text, place: 0 };
  if (!found.length) { at("matches").textContent = "no node has this name or operator"; return; }
  const place = last.place % found.length;
  at("matches").textContent = `${place + 1} of ${found.length}`;
  select("nodes", found[place]);
});
at("query").addEventListener("input", () => at("found").replaceChildren(...(at("query").value.length < 2 ? [] : find(at("query").value).slice(0, 12))
  .map(n => Object.assign(document.createElement("option"), { value: nodes.name[n] }))));

at("layer").addEventListener("change", () => show(at("layer").value));
function paint(scheme) {
  nodeLayer.scheme = scheme;
  segmentLayer.scheme = scheme;
  at("legend").replaceChildren(...schemes[scheme].legend.map(([color, text]) => {
    const item = document.createElement("li"), swatch = document.createElement("span");
    swatch.style.background = color;
    item.append(swatch, text);
    return item;
  }));
  scene.draw();
}
for (const option of [...at("color").options]) if (!schemes[option.value]) option.remove();
at("color").addEventListener("change", () => { if (at("color").value !== "time") show("nodes"); paint(at("color").value); });
at("fit").addEventListener("click", () => scene.fit());
at("theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  scene.draw();
});

const step = by => {
  const { layer } = scene, place = scene.selected < 0 ? (by > 0 ? -1 : layer.count) : layer.order.indexOf(scene.selected);
  if (layer.count) select(layer.name, layer.order[(place + by + layer.count) % layer.count]);
};
const keys = {
  ArrowLeft: () => scene.pan(-60, 0), ArrowRight: () => scene.pan(60, 0), ArrowUp: () => scene.pan(0, -60), ArrowDown: () => scene.pan(0, 60),
  "+": () => scene.zoom(1.25), "=": () => scene.zoom(1.25), "-": () => scene.zoom(0.8), f: () => scene.fit(), n: () => step(1), p: () => step(-1),
  Enter: () => { if (scene.layer === segmentLayer && scene.selected >= 0) go.inside(scene.selected); },
};
at("picture").addEventListener("keydown", e => { if (!e.ctrlKey && !e.metaKey && keys[e.key]) { e.preventDefault(); keys[e.key](); } });
at("picture").addEventListener("dblclick", () => keys.Enter());

at("summary").textContent = summary();
at("lane").append(...segments.map((s, i) => {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: s.engine >= 0 ? `E${s.engine}` : "F", title: `${nameOfSegment(i)}, ${s.nodes} nodes`, onclick: () => go.segment(i) });
  button.setAttribute("aria-label", `${button.textContent}: ${nameOfSegment(i)}, ${s.nodes} nodes`);
  button.className = s.engine >= 0 ? "engine" : "fallback";
  button.dataset.segment = i;
  button.style.background = colorOfSegment(i);
  button.style.width = `${Math.min(14, 2.6 + Math.log2(1 + s.nodes) / 2)}rem`;
  item.append(button);
  return item;
}));
at("tables").replaceChildren(...tables(go));

function follow() {
  const key = new URLSearchParams(location.hash.slice(1));
  if (key.has("node")) { const found = find(key.get("node")); if (found.length) { select("nodes", found[0]); return; } }
  if (key.has("segment") && segments[key.get("segment")]) { select("segments", Number(key.get("segment"))); return; }
  show(segments.length > 1 ? "segments" : "nodes");
}
addEventListener("hashchange", follow);
follow();
paint("place");
window.explorer = { scene, select, find }; // for tests

// Connects picture, panel, keyboard, search and address.
import { nodes, segments, before, nodeCount, nameOfSegment, colorOfSegment, schemes, nodeNamed, beforeNamed, pathOf, regionAt, nodesIn } from "model.js";
import { regionLayer, nodeLayer, beforeLayer } from "layers.js";
import { Scene } from "scene.js";
import { summary, tables, nodeDetails, regionDetails, beforeDetails } from "panel.js";

const at = id => document.getElementById(id);
const layers = { regions: regionLayer, nodes: nodeLayer, ...(beforeLayer && { before: beforeLayer }) };
const scene = new Scene(at("picture"), item => select(scene.layer.name, item, false));
const go = {
  node: n => scene.layer === nodeLayer ? select("nodes", n) : select("regions", regionLayer.itemOf(n)),
  region: r => select("regions", r),
  before: n => select("before", n),
  toggle: r => { show("regions"); regionLayer.reveal(r); regionLayer.toggle(r); select("regions", r, false); scene.fit([r]); },
  isOpen: r => regionLayer.isFrame(r),
  parts: r => regionLayer.parts(r), isRegion: i => regionLayer.isRegion(i), nodeOf: i => regionLayer.nodeOf(i), around: i => regionLayer.around(i),
};

function show(name) {
  at("layer").value = name;
  scene.show(layers[name]);
  legend();
}

function detailsOf(name, item) {
  if (name === "before") return beforeDetails(item, go);
  if (name === "nodes") return nodeDetails(item, go);
  return regionLayer.isRegion(item) ? regionDetails(item, go) : nodeDetails(regionLayer.nodeOf(item), go);
}

// A name in the address; where several nodes have it, also which of them it is.
const address = (kind, names, n, first) => `${kind}=${encodeURIComponent(names[n])}${first === n ? "" : `&number=${n}`}`;
function addressOf(name, item) {
  if (name === "before") return address("before", before.nodes.name, item, beforeNamed(before.nodes.name[item]));
  const node = name === "nodes" ? item : regionLayer.isRegion(item) ? -1 : regionLayer.nodeOf(item);
  if (node >= 0) return address("node", nodes.name, node, nodeNamed(nodes.name[node]));
  return item < segments.length ? `segment=${item}` : `block=${encodeURIComponent(pathOf(item))}`;
}

function select(name, item, center = true) {
  show(name);
  if (name === "regions") regionLayer.reveal(item);
  scene.select(item, center);
  const hadFocus = at("selection").contains(document.activeElement) || at("tables").contains(document.activeElement);
  at("selection").replaceChildren(...detailsOf(name, item));
  if (hadFocus) at("selection").querySelector("h2").focus(); // what was activated may be gone
  const segment = layers[name].segment(item);
  for (const button of at("lane").querySelectorAll("button")) button.setAttribute("aria-current", button.dataset.segment === String(segment));
  const key = addressOf(name, item);
  if (location.hash.slice(1) !== key) history.replaceState(null, "", `#${key}`);
}

// Nodes whose name or operator has the text; a name that is equal comes first.
function findIn(graph, text) {
  const low = text.toLowerCase(), equal = [], found = [];
  for (let n = 0; n < graph.name.length; n++) {
    const name = graph.name[n].toLowerCase();
    if (name === low) equal.push(n);
    else if (name.includes(low) || graph.operators[graph.operator[n]].toLowerCase() === low) found.push(n);
  }
  return [...equal, ...found];
}
const find = text => findIn(nodes, text);

// The graph that is shown is searched, else the planned one; what passes removed is found there last.
function findAnywhere(text) {
  const inBefore = () => before ? findIn(before.nodes, text).map(n => [n, "before"]) : [];
  if (scene.layer === beforeLayer) return inBefore();
  const found = find(text).map(n => [n, "after"]);
  return found.length ? found : inBefore();
}

let last = { text: "", place: -1 };
at("search").addEventListener("submit", e => {
  e.preventDefault();
  const text = at("query").value.trim();
  if (!text) return;
  const found = findAnywhere(text);
  last = last.text === text ? { text, place: last.place + 1 } : { text, place: 0 };
  if (!found.length) { at("position").textContent = "no node has this name or operator"; return; }
  const place = last.place % found.length, [n, graph] = found[place];
  at("position").textContent = `${place + 1} of ${found.length}${graph === "before" ? " before the passes" : ""}`;
  if (graph === "before") go.before(n); else go.node(n);
});
at("query").addEventListener("input", () => at("found").replaceChildren(...(at("query").value.length < 2 ? [] : find(at("query").value).slice(0, 12))
  .map(n => Object.assign(document.createElement("option"), { value: nodes.name[n] }))));

at("layer").addEventListener("change", () => show(at("layer").value));
if (!beforeLayer) at("layer").querySelector("[value=before]").remove();
function legend() {
  at("legend").replaceChildren(...(scene.layer?.legend ?? schemes[nodeLayer.scheme].legend).map(([color, text]) => {
    const item = document.createElement("li"), swatch = document.createElement("span");
    swatch.style.background = color;
    item.append(swatch, text);
    return item;
  }));
}
function paint(scheme) {
  nodeLayer.scheme = scheme;
  regionLayer.scheme = scheme;
  legend();
  scene.draw();
}
for (const option of [...at("color").options]) if (!schemes[option.value]) option.remove();
at("color").addEventListener("change", () => { if (scene.layer === beforeLayer) show("regions"); paint(at("color").value); });
at("fit").addEventListener("click", () => scene.fit());
at("close").addEventListener("click", () => { regionLayer.closeAll(); scene.layer = undefined; show("regions"); });
at("theme").addEventListener("click", () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === "dark" || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  scene.draw();
});

const step = by => {
  const { layer } = scene, place = scene.selected < 0 ? (by > 0 ? -1 : layer.order.length) : layer.order.indexOf(scene.selected);
  if (layer.order.length) select(layer.name, layer.order[(place + by + layer.order.length) % layer.order.length]);
};
const isRegionSelected = () => scene.layer === regionLayer && scene.selected >= 0;
const keys = {
  ArrowLeft: () => scene.pan(-60, 0), ArrowRight: () => scene.pan(60, 0), ArrowUp: () => scene.pan(0, -60), ArrowDown: () => scene.pan(0, 60),
  "+": () => scene.zoom(1.25), "=": () => scene.zoom(1.25), "-": () => scene.zoom(0.8), f: () => scene.fit(), n: () => step(1), p: () => step(-1),
  Enter: () => { if (isRegionSelected() && regionLayer.isRegion(scene.selected)) go.toggle(scene.selected); },
  // Closes the region that is selected, or the one around it.
  Backspace: () => {
    if (!isRegionSelected()) return;
    const region = regionLayer.isFrame(scene.selected) ? scene.selected : regionLayer.around(scene.selected);
    if (region >= 0) go.toggle(region);
  },
};
at("picture").addEventListener("keydown", e => { if (!e.ctrlKey && !e.metaKey && keys[e.key]) { e.preventDefault(); keys[e.key](); } });
at("picture").addEventListener("dblclick", () => keys.Enter());

at("summary").textContent = summary();
at("lane").append(...segments.map((s, i) => {
  const item = document.createElement("li");
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: s.engine >= 0 ? `E${s.engine}` : "F", title: `${nameOfSegment(i)}, ${s.nodes} nodes`, onclick: () => go.region(i) });
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
  const key = new URLSearchParams(location.hash.slice(1)), number = key.has("number") ? Number(key.get("number")) : -1;
  const named = (kind, names, first, other) => {
    if (!key.has(kind)) return -1;
    const name = key.get(kind);
    return names[number] === name ? number : first(name) >= 0 ? first(name) : other(name);
  };
  const node = named("node", nodes.name, nodeNamed, name => find(name)[0] ?? -1);
  if (node >= 0) { go.node(node); return; }
  const old = beforeLayer ? named("before", before.nodes.name, beforeNamed, () => -1) : -1;
  if (old >= 0) { go.before(old); return; }
  const region = key.has("block") ? regionAt(key.get("block")) : -1;
  if (region >= 0) { go.region(region); return; }
  if (key.has("segment") && segments[key.get("segment")]) { go.region(Number(key.get("segment"))); return; }
  show("regions");
}
addEventListener("hashchange", follow);
show("regions");
// One segment alone tells nothing: what is in it is shown.
if (segments.length === 1) { regionLayer.toggle(0); scene.fit(); }
follow();
paint("place");
window.explorer = { scene, select, find, go, regionLayer, nodesIn }; // for tests

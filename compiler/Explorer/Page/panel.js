// The details and tables beside the picture. Everything that the picture shows is here as text, too.
import {
  plan, bodies, nodes, tensors, segments, crossings, witness, extras, nodeCount, nodeNamed, incoming, outgoing, edge, elementType, nameOfSegment, estimateOf,
  bytes, errorOf, decibels, changeOf, kindOf, measured, totalTime, timeOf, before, changes, nameOfRegion, nodesIn,
} from "model.js";

const mostRows = 200;
const element = (tag, text, attributes = {}) => Object.assign(document.createElement(tag), attributes, text === undefined ? {} : { textContent: text });
const link = (text, go) => element("button", text, { type: "button", onclick: go });

const count = (n, word) => `${n} ${word}${n === 1 ? "" : "s"}`;

export function summary() {
  const bound = plan.isMinimum ? "the proven minimum" : `at least ${plan.minimumEngines} are needed`, inside = bodies().reduce((sum, b) => sum + b.plan.engines.length, 0);
  return `${count(plan.nodes, "node")}, ${count(plan.engines.length, "engine")} (${bound})${inside ? ` and ${inside} more in bodies` : ""}, ${count(plan.segments, "segment")}, `
    + `${count(plan.boundaryTensors, "boundary tensor")}, ${bytes(plan.boundaryBytes)} across boundaries`;
}

function table(caption, columns, rows) {
  const all = element("table");
  all.append(element("caption", rows.length > mostRows ? `${caption} (the first ${mostRows} of ${rows.length})` : caption));
  const head = element("tr");
  for (const c of columns) head.append(element("th", c.replace("#", ""), { scope: "col", className: c.startsWith("#") ? "number" : "" }));
  all.append(element("thead")); all.tHead.append(head);
  const body = all.createTBody();
  for (const cells of rows.slice(0, mostRows)) {
    const row = body.insertRow();
    cells.forEach((cell, i) => {
      const place = element("td", undefined, { className: columns[i].startsWith("#") ? "number" : "" });
      place.append(cell instanceof Node ? cell : String(cell)); row.append(place);
    });
  }
  return all;
}

export function tables(go) {
  const toNode = n => link(nodes.name[n], () => go.node(n)), toSegment = s => link(nameOfSegment(s), () => go.region(s));
  const toName = name => nodeNamed(name) >= 0 ? toNode(nodeNamed(name)) : name;
  const parts = [];
  const add = (caption, columns, rows) => { if (rows.length) parts.push(table(caption, columns, rows)); };
  add("Engines", ["engine", "#nodes", "#level", "#estimated gain, µs"], segments.map((s, i) => [s, i]).filter(([s]) => s.engine >= 0)
    .map(([s, i]) => [toSegment(i), s.nodes, s.level, estimateOf(i)?.gainMicroseconds.toFixed(1) ?? ""]));
  for (const { name, plan: { engines } } of bodies()) add(`Engines in ${name.slice(0, -1)}`, ["engine", "#nodes", "first node"],
    engines.map(e => [`TrtNode_${e.id}`, e.nodes.length, toName(name + e.nodes[0])]));
  const fallback = (caption, isInside) => {
    const groups = new Map();
    for (let n = 0; n < nodeCount; n++) if (nodes.reason[n] >= 0 && isInside === nodes.parent[n] >= 0) {
      const key = `${nodes.operator[n]} ${nodes.reason[n]}`;
      if (!groups.has(key)) groups.set(key, []);
      groups.get(key).push(n);
    }
    add(caption, ["operator", "#nodes", "first node", "reason"], [...groups.values()].sort((a, b) => b.length - a.length)
      .map(all => [nodes.operators[nodes.operator[all[0]]], all.length, toNode(all[0]), nodes.reasons[nodes.reason[all[0]]]]));
  };
  fallback("Fallback", false);
  fallback("Fallback in bodies", true);
  add("Operators whose support would save engines", ["operator", "#nodes", "#engines saved", "reason"],
    (plan.blockers ?? []).map(b => [b.op, b.nodes, b.enginesSaved, b.reason]));
  add("Why there cannot be fewer engines: a path through all of them", ["node", "segment"], witness.map(n => [toNode(n), toSegment(nodes.segment[n])]));
  add("Boundary tensors", ["tensor", "type", "#bytes", "from", "to"], crossings.flatMap(c => c.tensors.map(t =>
    [tensors.name[t], tensors.type[t], tensors.bytes[t], toSegment(c.from), toSegment(c.to)])));
  measuredTables(add, toSegment);
  errorTables(add, parts, toName);
  changeTables(add, toName);
  const passed = (plan.passes ?? []).filter(p => p.isChanged);
  add("Passes that changed the graph", ["pass", "#nodes before", "#removed", "#made", "#nodes after"],
    passed.map((p, i) => [p.pass, p.nodesBefore, changes[i]?.removed ?? "", changes[i]?.made ?? "", p.nodesAfter]));
  beforeTable(add, go);
  return parts;
}

// What became of the nodes that passes removed.
function beforeTable(add, go) {
  if (!before) return;
  const { name, operator, operators, removedBy, becomes } = before.nodes, removed = [];
  for (let n = 0; n < name.length; n++) if (removedBy[n] >= 0) removed.push(n);
  add("Nodes that passes removed", ["node before the passes", "operator", "pass", "now a part of"], removed.map(n =>
    [link(name[n], () => go.before(n)), operators[operator[n]], changes[removedBy[n]].pass, becomes[n] < 0 ? "" : link(nodes.name[becomes[n]], () => go.node(becomes[n]))]));
}

export function beforeDetails(n, go) {
  const { name, operator, operators, removedBy, becomes, parent } = before.nodes;
  return details(name[n], [
    ["operator", operators[operator[n]]], ["graph", "before the passes"], ["inside", parent[n] >= 0 ? link(name[parent[n]], () => go.before(parent[n])) : ""],
    ["removed by", removedBy[n] >= 0 ? changes[removedBy[n]].pass : ""],
    [removedBy[n] >= 0 ? "now a part of" : "after the passes", becomes[n] >= 0 ? link(nodes.name[becomes[n]], () => go.node(becomes[n])) : "nothing"],
  ]);
}

const madeOf = new Map();
if (before) before.nodes.becomes.forEach((n, from) => { if (n >= 0) { if (!madeOf.has(n)) madeOf.set(n, []); madeOf.get(n).push(from); } });

const ms = t => t.toFixed(4), percent = t => `${(100 * t / totalTime).toFixed(1)} %`;
const layersOf = r => r.layers.map(l => [l.name, ms(l.medianMs), percent(l.medianMs)]);

function measuredTables(add, toSegment) {
  const segmentOf = new Map([...timeOf].map(([s, r]) => [r, s]));
  add("Measured steps, medians", ["step", "#ms", "#share"], measured.filter(r => !r.inside)
    .map(r => [segmentOf.has(r) ? toSegment(segmentOf.get(r)) : r.name || r.kind, ms(r.medianMs), percent(r.medianMs)]));
  for (const r of measured) add(`Measured layers of ${r.name}`, ["layer", "#ms", "#share"], layersOf(r));
}

const dB = v => Number.isNaN(decibels(v)) ? "" : Number.isFinite(decibels(v)) ? decibels(v).toFixed(1) : decibels(v) > 0 ? "exact" : "broken";

function errorTables(add, parts, toName) {
  const { errors } = extras;
  if (!errors) return;
  parts.push(element("h2", `Error along the graph, all nodes in ${errors.format}`), curve(errors));
  add(`Nodes to blame, the worst first (${errors.format}; below ${errors.limit} dB counts)`, ["node", "operator", "#dB at outputs", "#dB alone", "#dB of all", "note"],
    [...errors.nodes].sort((a, b) => decibels(a.atOutputs) - decibels(b.atOutputs))
      .map(e => [toName(e.node), e.op, dB(e.atOutputs), dB(e.local), dB(e.accumulated), e.note ?? ""]));
}

// The accumulated error of each node in the order of the graph, from 0 dB at the bottom to 120 dB at the top.
function curve(errors) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), top = 120, y = v => top - Math.min(top, Math.max(0, v));
  const points = errors.nodes.map(e => decibels(e.accumulated)).map((v, i) => [i, v]).filter(([, v]) => !Number.isNaN(v));
  const line = (tag, attributes) => { const part = document.createElementNS(svg.namespaceURI, tag); for (const a in attributes) part.setAttribute(a, attributes[a]); svg.append(part); };
  for (const [name, value] of Object.entries({ class: "curve", role: "img", viewBox: `0 0 ${Math.max(1, errors.nodes.length - 1)} ${top}`, preserveAspectRatio: "none" })) svg.setAttribute(name, value);
  svg.setAttribute("aria-label", `Signal-to-noise ratio from 0 to ${top} dB, the limit is ${errors.limit} dB; the table below has the numbers`);
  line("line", { x1: 0, x2: errors.nodes.length, y1: y(errors.limit), y2: y(errors.limit) });
  line("polyline", { points: points.map(([x, v]) => `${x},${y(v)}`).join(" ") });
  return svg;
}

function changeTables(add, toName) {
  const { changes } = extras;
  if (!changes) return;
  add(`Changes since ${extras.comparedWith}`, ["what", "#before", "#after"], [["engines", changes.engines], ["proven minimum", changes.minimumEngines], ["segments", changes.segments],
    ["boundary tensors", changes.boundaryTensors], ["boundary bytes", changes.boundaryBytes]].map(([name, c]) => [name, c.before, c.after])
    .concat(changes.options.map(o => [o.option, o.before, o.after])));
  add("Engines that only one plan has", ["plan", "engine", "#nodes", "first node"], [...changes.addedEngines.map(e => ["this one", e]), ...changes.removedEngines.map(e => ["the other one", e])]
    .map(([what, e]) => [what, `engine ${e.engine}`, e.nodes.length, toName(e.nodes[0])]));
  add("Nodes that changed", ["node", "operator", "before", "after", "why"], changes.nodes
    .map(c => [toName(c.node), c.op, c.before ?? "(new)", c.after ?? "(gone)", [c.itself, c.reason].filter(Boolean).join("; ")]));
}

function details(title, facts, more = []) {
  const list = element("dl");
  for (const [name, value] of facts) if (value !== undefined && value !== "" && value !== false && value !== null) {
    const place = element("dd");
    place.append(value instanceof Node ? value : String(value));
    list.append(element("dt", name), place);
  }
  return [element("h2", title, { tabIndex: -1 }), list, ...more];
}

const range = (items, name) => items.length ? table(name, ["tensor", "type", "#bytes", "node"], items) : "";

export function nodeDetails(n, go) {
  const to = other => link(nodes.name[other], () => go.node(other));
  const row = (e, other) => [tensors.name[e.tensor], tensors.type[e.tensor], tensors.bytes[e.tensor], to(other)];
  const body = [...outgoing(n)].map(edge).find(e => e.tensor < 0)?.to, error = errorOf.get(n), change = changeOf.get(n);
  return details(nodes.name[n], [
    ["operator", nodes.operators[nodes.operator[n]]], ["segment", link(nameOfSegment(nodes.segment[n]), () => go.region(nodes.segment[n]))],
    ["block", nodes.region[n] >= segments.length ? link(nameOfRegion(nodes.region[n]), () => go.region(nodes.region[n])) : ""],
    ["engine", nodes.engine[n] >= 0 ? `TrtNode_${nodes.engine[n]}` : ""],
    ["reason", nodes.reason[n] >= 0 ? nodes.reasons[nodes.reason[n]] : ""], ["element type", elementType(n)],
    ["inside", nodes.parent[n] >= 0 ? to(nodes.parent[n]) : ""], ["its body", body === undefined ? "" : to(body)],
    ["error", error && `${dB(error.atOutputs)} dB at the outputs, ${dB(error.local)} dB alone, ${dB(error.accumulated)} dB with all nodes in ${extras.errors.format}`],
    ["made by", before && nodes.madeBy[n] >= 0 ? changes[nodes.madeBy[n]].pass : ""],
    ["before the passes", before && !madeOf.has(n) && nodes.origin[n] >= 0 ? link(before.nodes.name[nodes.origin[n]], () => go.before(nodes.origin[n])) : ""],
    ["change", change && [kindOf(change), change.before && `was in ${change.before}`, change.itself].filter(Boolean).join(": ")],
  ], [madeOf.has(n) ? table("Before the passes", ["node", "operator", "removed by"], madeOf.get(n).map(o =>
    [link(before.nodes.name[o], () => go.before(o)), before.nodes.operators[before.nodes.operator[o]], before.nodes.removedBy[o] < 0 ? "" : changes[before.nodes.removedBy[o]].pass])) : "",
    range([...incoming(n)].map(edge).filter(e => e.tensor >= 0).map(e => row(e, e.from)), "Reads"),
    range([...outgoing(n)].map(edge).filter(e => e.tensor >= 0).map(e => row(e, e.to)), "Is read by")]);
}

// A segment or a block: what it has, and its parts one step down.
export function regionDetails(r, go) {
  const isSegment = r < segments.length, estimate = isSegment && estimateOf(r), time = isSegment && timeOf.get(r), around = go.around(r);
  const parts = table(isSegment ? "Blocks and nodes" : "Smaller blocks and nodes", ["name", "operator or size"], go.parts(r).map(i => go.isRegion(i)
    ? [link(nameOfRegion(i), () => go.region(i)), count(nodesIn(i), "node")] : [link(nodes.name[go.nodeOf(i)], () => go.node(go.nodeOf(i))), nodes.operators[nodes.operator[go.nodeOf(i)]]]));
  return details(nameOfRegion(r), [
    ["nodes", nodesIn(r)], ["level", isSegment ? segments[r].level : ""], ["inside", around >= 0 ? link(nameOfRegion(around), () => go.region(around)) : ""],
    ["estimated gain", estimate && `${estimate.gainMicroseconds.toFixed(1)} µs`],
    ["in the engine", estimate && `${estimate.engineMicroseconds.toFixed(1)} µs`], ["in the fallback", estimate && `${estimate.fallbackMicroseconds.toFixed(1)} µs`],
    ["measured", time && `${ms(time.medianMs)} ms, ${percent(time.medianMs)} of the run`],
    ["show", link(go.isOpen(r) ? "close it" : "open it", () => go.toggle(r))],
  ], [time?.layers?.length ? table("Layers", ["layer", "#ms", "#share"], layersOf(time)) : "", parts]);
}

// The details and tables beside the picture. Everything that the picture shows is here as text, too.
import { plan, nodes, tensors, segments, crossings, witness, nodeCount, incoming, outgoing, edge, elementType, nameOfSegment, estimateOf, bytes } from "model.js";

const mostRows = 200;
const element = (tag, text, attributes = {}) => Object.assign(document.createElement(tag), attributes, text === undefined ? {} : { textContent: text });
const link = (text, go) => element("button", text, { type: "button", onclick: go });

export function summary() {
  const bound = plan.isMinimum ? "the proven minimum" : `at least ${plan.minimumEngines} are needed`;
  return `${plan.nodes} nodes, ${plan.engines.length} engines (${bound}), ${plan.segments} segments, ${plan.boundaryTensors} boundary tensors, ${bytes(plan.boundaryBytes)} across boundaries`;
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
  const toNode = n => link(nodes.name[n], () => go.node(n)), toSegment = s => link(nameOfSegment(s), () => go.segment(s));
  const parts = [];
  const add = (caption, columns, rows) => { if (rows.length) parts.push(table(caption, columns, rows)); };
  add("Engines", ["engine", "#nodes", "#level", "#estimated gain, µs"], segments.map((s, i) => [s, i]).filter(([s]) => s.engine >= 0)
    .map(([s, i]) => [toSegment(i), s.nodes, s.level, estimateOf(i)?.gainMicroseconds.toFixed(1) ?? ""]));
  const fallback = new Map();
  for (let n = 0; n < nodeCount; n++) if (nodes.reason[n] >= 0) {
    const key = `${nodes.operator[n]} ${nodes.reason[n]}`;
    if (!fallback.has(key)) fallback.set(key, []);
    fallback.get(key).push(n);
  }
  add("Fallback", ["operator", "#nodes", "first node", "reason"], [...fallback.values()].sort((a, b) => b.length - a.length)
    .map(all => [nodes.operators[nodes.operator[all[0]]], all.length, toNode(all[0]), nodes.reasons[nodes.reason[all[0]]]]));
  add("Operators whose support would save engines", ["operator", "#nodes", "#engines saved", "reason"],
    (plan.blockers ?? []).map(b => [b.op, b.nodes, b.enginesSaved, b.reason]));
  add("Why there cannot be fewer engines: a path through all of them", ["node", "segment"], witness.map(n => [toNode(n), toSegment(nodes.segment[n])]));
  add("Boundary tensors", ["tensor", "type", "#bytes", "from", "to"], crossings.flatMap(c => c.tensors.map(t =>
    [tensors.name[t], tensors.type[t], tensors.bytes[t], toSegment(c.from), toSegment(c.to)])));
  add("Passes that changed the graph", ["pass", "#nodes before", "#nodes after"], (plan.passes ?? []).filter(p => p.isChanged).map(p => [p.pass, p.nodesBefore, p.nodesAfter]));
  return parts;
}

function details(title, facts, more = []) {
  const list = element("dl");
  for (const [name, value] of facts) if (value !== undefined && value !== "") {
    const place = element("dd");
    place.append(value instanceof Node ? value : String(value));
    list.append(element("dt", name), place);
  }
  return [element("h2", title), list, ...more];
}

const range = (items, name) => items.length ? table(name, ["tensor", "type", "#bytes", "node"], items) : "";

export function nodeDetails(n, go) {
  const row = (e, other) => [tensors.name[e.tensor], tensors.type[e.tensor], tensors.bytes[e.tensor], link(nodes.name[other], () => go.node(other))];
  return details(nodes.name[n], [
    ["operator", nodes.operators[nodes.operator[n]]], ["segment", link(nameOfSegment(nodes.segment[n]), () => go.segment(nodes.segment[n]))],
    ["reason", nodes.reason[n] >= 0 ? nodes.reasons[nodes.reason[n]] : ""], ["element type", elementType(n)],
  ], [range([...incoming(n)].map(edge).map(e => row(e, e.from)), "Reads"), range([...outgoing(n)].map(edge).map(e => row(e, e.to)), "Is read by")]);
}

export function segmentDetails(s, go) {
  const inside = [];
  for (let n = 0; n < nodeCount; n++) if (nodes.segment[n] === s) inside.push(n);
  const estimate = estimateOf(s);
  return details(nameOfSegment(s), [
    ["nodes", segments[s].nodes], ["level", segments[s].level], ["estimated gain", estimate && `${estimate.gainMicroseconds.toFixed(1)} µs`],
    ["in the engine", estimate && `${estimate.engineMicroseconds.toFixed(1)} µs`], ["in the fallback", estimate && `${estimate.fallbackMicroseconds.toFixed(1)} µs`],
    ["show", link("its nodes", () => go.inside(s))],
  ], [table("Nodes", ["node", "operator"], inside.map(n => [link(nodes.name[n], () => go.node(n)), nodes.operators[nodes.operator[n]]]))]);
}

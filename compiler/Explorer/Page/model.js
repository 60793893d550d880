// The data of the page, with what the other modules look up in it.
export const data = JSON.parse(document.getElementById("data").textContent);
export const { plan, nodes, tensors, segments, blocks, crossings, witness, before, extras } = data;
export const changes = before?.changes ?? [];
export const nodeCount = nodes.name.length;
const placeOf = new Map();
const beforePlaceOf = new Map();
for (let n = nodeCount - 1; n >= 0; n--) placeOf.set(nodes.name[n], n);
for (let n = (before?.nodes.name.length ?? 0) - 1; n >= 0; n--) beforePlaceOf.set(before.nodes.name[n], n);
export const beforeNamed = name => beforePlaceOf.get(name) ?? -1;
export const nodeNamed = name => placeOf.get(name) ?? -1;

// After Okabe and Ito, lightened so that black text is readable on each. Engines take the first five in turn.
export const palette = ["#56b4e9", "#2db391", "#f0e442", "#cc79a7", "#e69f00", "#8fb8de", "#e58a5e"];
export const fallbackColor = "#c9c9d2";

export const nameOfSegment = s => segments[s].engine >= 0 ? `TrtNode_${segments[s].engine}` : `fallback ${s}`;
// Regions are the segments and, behind them, the blocks.
export const nameOfRegion = r => r < segments.length ? nameOfSegment(r) : blocks.label[r - segments.length];
export const segmentOfRegion = r => { while (r >= segments.length) r = blocks.parent[r - segments.length]; return r; };
const counts = new Int32Array(segments.length + blocks.label.length);
for (let n = 0; n < nodeCount; n++) counts[nodes.region[n]]++;
for (let b = blocks.label.length - 1; b >= 0; b--) counts[blocks.parent[b]] += counts[segments.length + b];
export const nodesIn = r => r < segments.length ? segments[r].nodes : counts[r];
// A region by the names on the way to it, for the address.
export const pathOf = r => r < segments.length ? `${r}` : `${pathOf(blocks.parent[r - segments.length])}/${blocks.label[r - segments.length]}`;
export const regionAt = path => { for (let r = 0; r < counts.length; r++) if (pathOf(r) === path) return r; return -1; };
// What the name of a node has behind the last separator.
export const partName = n => nodes.name[n].slice(Math.max(nodes.name[n].lastIndexOf("/"), nodes.name[n].lastIndexOf(".")) + 1) || nodes.name[n];
export const colorOfSegment = s => segments[s].engine >= 0 ? palette[segments[s].engine % 5] : fallbackColor;
// The plans of bodies, those inside them too, with the names of the nodes that they are in.
export const bodies = (of = plan, scope = "") => (of.bodies ?? []).flatMap(b => {
  const name = `${scope}${b.node}[${b.body}]/`;
  return [{ name, plan: b.plan }, ...bodies(b.plan, name)];
});
export const estimateOf = s => plan.engines.find(e => e.id === segments[s].engine)?.estimate;

// Edges in compressed rows by one end: for node n the entries start[n] to start[n + 1] are numbers of edges.
export const rowsOf = (numbers, width, end, count) => {
  const start = new Int32Array(count + 1), edges = new Int32Array(numbers.length / width);
  for (let e = 0; e < edges.length; e++) start[numbers[width * e + end] + 1]++;
  for (let n = 0; n < count; n++) start[n + 1] += start[n];
  const next = start.slice();
  for (let e = 0; e < edges.length; e++) edges[next[numbers[width * e + end]]++] = e;
  return n => edges.subarray(start[n], start[n + 1]);
};
export const outgoing = rowsOf(data.edges, 3, 0, nodeCount), incoming = rowsOf(data.edges, 3, 1, nodeCount);
export const edge = e => ({ from: data.edges[3 * e], to: data.edges[3 * e + 1], tensor: data.edges[3 * e + 2] });

const typeOf = new Array(nodeCount).fill("");
for (let t = 0; t < tensors.name.length; t++)
  if (tensors.producer[t] >= 0 && !typeOf[tensors.producer[t]]) typeOf[tensors.producer[t]] = tensors.type[t].split("[")[0];
const types = [...new Set(typeOf)].sort();
export const elementType = n => typeOf[n];

// Errors in 16 bits by node. JSON has no infinities, so they are texts.
export const decibels = v => Number(v);
export const errorOf = new Map();
for (const e of extras.errors?.nodes ?? []) {
  const named = nodeNamed(e.node), n = named >= 0 ? named : tensors.producer[tensors.name.indexOf(e.tensor)] ?? -1;
  if (n >= 0) errorOf.set(n, e);
}

// What changed since the other plan, by node.
export const kindOf = c => c.before === null ? "new" : c.itself ? "does something else" : c.before !== c.after ? "moved" : "other reason";
export const changeOf = new Map();
for (const c of extras.changes?.nodes ?? []) if (c.after !== null && nodeNamed(c.node) >= 0) changeOf.set(nodeNamed(c.node), c);

// Measured times. Engines have names; the steps between are segments, one by one, unless a run merged some.
export const measured = extras.profile ?? [];
const steps = measured.filter(r => r.kind === "step" && !r.inside);
export const totalTime = measured.filter(r => !r.inside).reduce((sum, r) => sum + r.medianMs, 0);
export const timeOf = new Map();
steps.forEach((r, i) => {
  const engine = segments.findIndex((_, s) => nameOfSegment(s) === r.name), s = engine >= 0 ? engine : steps.length === segments.length ? i : -1;
  if (s >= 0 && segments[s].nodes === r.nodes) timeOf.set(s, r); // another number of nodes: it was measured with another plan
});

// Ways to color nodes, each with what its colors mean. Four shades from little to much, readable under black text.
const shades = ["#d6e9f8", "#8fc1ea", "#f2c18d", "#e07b39"], other = "#e4e4ea";
const limit = extras.errors?.limit ?? 0, share = s => timeOf.has(s) ? timeOf.get(s).medianMs / totalTime : NaN;
const shadeOf = (value, from) => Number.isNaN(value) ? other : shades[from.filter(f => value >= f).length];
const kinds = { "new": palette[1], "moved": palette[4], "does something else": palette[3], "other reason": palette[2] };
export const passColor = c => c < 0 ? other : palette[changes.findIndex(d => d.pass === changes[c].pass) % palette.length];
export const timeColor = s => shadeOf(share(s), [0.01, 0.05, 0.2]);
export const schemes = {
  place: { color: n => nodes.engine[n] >= 0 ? palette[nodes.engine[n] % 5] : fallbackColor, legend: [[palette[0], "engine (five colors in turn)"], [fallbackColor, "fallback"]] },
  type: { color: n => palette[types.indexOf(typeOf[n]) % palette.length], legend: types.map((t, i) => [palette[i % palette.length], t || "no tensor"]) },
  operator: { color: n => palette[nodes.operator[n] % palette.length], legend: [] },
  ...(before && { pass: { color: n => passColor(nodes.madeBy[n]), order: changes.map((_, c) => passColor(c)), legend: [[passColor(-1), "as in the file"], [palette[0], "made by a pass (a color for each)"]] } }),
  ...(errorOf.size && { error: {
    order: [...shades].reverse(),
    color: n => errorOf.has(n) ? shadeOf(-decibels(errorOf.get(n).accumulated), [-limit - 20, -limit, 20 - limit]) : other,
    legend: [`${limit + 20} dB and more`, `${limit} to ${limit + 20} dB`, `${limit - 20} to ${limit} dB`, `below ${limit - 20} dB`].map((t, i) => [shades[i], t]).concat([[other, "not measured"]]),
  } }),
  ...(timeOf.size && { time: { color: n => timeColor(nodes.segment[n]), legend: ["below 1 % of the time", "1 to 5 %", "5 to 20 %", "20 % and more"].map((t, i) => [shades[i], t]).concat([[other, "not measured"]]) } }),
  ...(extras.changes && { change: { color: n => changeOf.has(n) ? kinds[kindOf(changeOf.get(n))] : other, order: Object.values(kinds), legend: Object.entries(kinds).map(([t, c]) => [c, t]).concat([[other, "as before"]]) } }),
};

export const bytes = b => b < 1e3 ? `${b} B` : b < 1e6 ? `${(b / 1e3).toFixed(1)} kB` : b < 1e9 ? `${(b / 1e6).toFixed(1)} MB` : `${(b / 1e9).toFixed(1)} GB`;

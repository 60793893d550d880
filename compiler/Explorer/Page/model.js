// The data of the page, with what the other modules look up in it.
export const data = JSON.parse(document.getElementById("data").textContent);
export const { plan, nodes, tensors, segments, crossings, witness } = data;
export const nodeCount = nodes.name.length;

// After Okabe and Ito, lightened so that black text is readable on each. Engines take the first five in turn.
export const palette = ["#56b4e9", "#2db391", "#f0e442", "#cc79a7", "#e69f00", "#8fb8de", "#e58a5e"];
export const fallbackColor = "#c9c9d2";

export const nameOfSegment = s => segments[s].engine >= 0 ? `TrtNode_${segments[s].engine}` : `fallback ${s}`;
export const colorOfSegment = s => segments[s].engine >= 0 ? palette[segments[s].engine % 5] : fallbackColor;
export const estimateOf = s => plan.engines.find(e => e.id === segments[s].engine)?.estimate;

// Edges of nodes in compressed rows: for node n the entries start[n] to start[n + 1] are numbers of edges.
const rows = (end) => {
  const start = new Int32Array(nodeCount + 1), edges = new Int32Array(data.edges.length / 3);
  for (let e = 0; e < edges.length; e++) start[data.edges[3 * e + end] + 1]++;
  for (let n = 0; n < nodeCount; n++) start[n + 1] += start[n];
  const next = start.slice();
  for (let e = 0; e < edges.length; e++) edges[next[data.edges[3 * e + end]]++] = e;
  return n => edges.subarray(start[n], start[n + 1]);
};
export const outgoing = rows(0), incoming = rows(1);
export const edge = e => ({ from: data.edges[3 * e], to: data.edges[3 * e + 1], tensor: data.edges[3 * e + 2] });

const typeOf = new Array(nodeCount).fill("");
for (let t = 0; t < tensors.name.length; t++)
  if (tensors.producer[t] >= 0 && !typeOf[tensors.producer[t]]) typeOf[tensors.producer[t]] = tensors.type[t].split("[")[0];
const types = [...new Set(typeOf)].sort();
export const elementType = n => typeOf[n];
export const colorOfNode = {
  place: n => colorOfSegment(nodes.segment[n]),
  type: n => palette[types.indexOf(typeOf[n]) % palette.length],
  operator: n => palette[nodes.operator[n] % palette.length],
};

export const bytes = b => b < 1e3 ? `${b} B` : b < 1e6 ? `${(b / 1e3).toFixed(1)} kB` : b < 1e9 ? `${(b / 1e6).toFixed(1)} MB` : `${(b / 1e9).toFixed(1)} GB`;

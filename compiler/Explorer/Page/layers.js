// What the scene draws: items in rows. A layer hides whether they are segments or nodes.
import { nodes, segments, crossings, nodeCount, edge, incoming, outgoing, schemes, timeColor, colorOfSegment, nameOfSegment } from "model.js";

class Layer {
  constructor(name, count, column, row, size) {
    Object.assign(this, { name, count, column, row, size });
    // Items sorted by row, then column: what is visible is a range in each visible row.
    this.order = Int32Array.from({ length: count }, (_, i) => i).sort((a, b) => row[a] - row[b] || column[a] - column[b]);
    this.rowCount = count === 0 ? 0 : row[this.order[count - 1]] + 1;
    this.start = new Int32Array(this.rowCount + 1).fill(count);
    for (let i = count - 1; i >= 0; i--) this.start[row[this.order[i]]] = i;
    for (let r = this.rowCount - 1; r >= 0; r--) this.start[r] = Math.min(this.start[r], this.start[r + 1]);
  }
  x(i) { return this.column[i] * this.size.stepX; }
  y(i) { return this.row[i] * this.size.stepY; }
  bounds(items) {
    const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
    for (const i of items) {
      box.left = Math.min(box.left, this.x(i)); box.right = Math.max(box.right, this.x(i) + this.size.width);
      box.top = Math.min(box.top, this.y(i)); box.bottom = Math.max(box.bottom, this.y(i) + this.size.height);
    }
    return box;
  }
  // The first place in a row whose column is not below a limit.
  lower(r, column) {
    let low = this.start[r], high = this.start[r + 1];
    while (low < high) { const middle = (low + high) >> 1; if (this.column[this.order[middle]] < column) low = middle + 1; else high = middle; }
    return low;
  }
}

const crossingsOf = segments.map(() => []);
for (const c of crossings) { crossingsOf[c.from].push(c); crossingsOf[c.to].push(c); }

export const segmentLayer = Object.assign(
  new Layer("segments", segments.length, segments.map(s => s.column), segments.map(s => s.row), { width: 150, height: 54, stepX: 190, stepY: 110 }), {
    label: s => nameOfSegment(s), detail: s => `${segments[s].nodes} ${segments[s].nodes === 1 ? "node" : "nodes"}`,
    scheme: "place",
    color(s) { return this.scheme === "time" ? timeColor(s) : colorOfSegment(s); }, isDashed: s => segments[s].engine < 0, segment: s => s,
    edges: s => crossingsOf[s],
  });

export const nodeLayer = Object.assign(
  new Layer("nodes", nodeCount, nodes.column, nodes.row, { width: 120, height: 30, stepX: 132, stepY: 52 }), {
    scheme: "place",
    label: n => nodes.operators[nodes.operator[n]], detail: n => nodes.parent[n] < 0 ? nodes.name[n] : nodes.name[n].slice(nodes.name[nodes.parent[n]].length),
    color(n) { return schemes[this.scheme].color(n); },
    isDashed: n => nodes.reason[n] >= 0, segment: n => nodes.segment[n],
    edges: n => [...outgoing(n), ...incoming(n)].map(edge),
  });

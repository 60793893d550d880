// Draws a layer on the canvas: only what is visible, and less of each item the smaller it is. Items without room for text are plain
// boxes; where several items share a pixel, one of them is drawn.
const mostWithEdges = 1500, textFrom = 0.55, bordersFrom = 0.12, leastPixels = 3;

export class Scene {
  constructor(canvas, onSelect) {
    Object.assign(this, { canvas, onSelect, pen: canvas.getContext("2d"), scale: 1, left: 0, top: 0, selected: -1, frames: 0, pending: false });
    new ResizeObserver(() => this.resize()).observe(canvas);
    canvas.addEventListener("wheel", e => { e.preventDefault(); this.zoom(Math.exp(-e.deltaY / 400), e.offsetX, e.offsetY); }, { passive: false });
    canvas.addEventListener("pointerdown", e => { this.drag = { x: e.offsetX, y: e.offsetY, moved: 0 }; canvas.setPointerCapture(e.pointerId); });
    canvas.addEventListener("pointermove", e => this.move(e));
    canvas.addEventListener("pointerup", e => { if (this.drag && this.drag.moved < 4) this.pick(e.offsetX, e.offsetY); this.drag = null; });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }
  show(layer) { if (this.layer === layer) return; this.layer = layer; this.selected = -1; this.resize(); this.fit(); }
  resize() {
    const ratio = devicePixelRatio || 1, { clientWidth: width, clientHeight: height } = this.canvas;
    this.canvas.width = width * ratio; this.canvas.height = height * ratio; this.width = width; this.height = height;
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    if (this.isFitted) this.fit(); else this.draw();
  }
  fit(items) {
    if (!this.layer || !this.width) return;
    const box = this.layer.bounds(items ?? this.layer.order), margin = 20;
    if (box.left > box.right) return;
    this.scale = Math.min(1.5, (this.width - 2 * margin) / (box.right - box.left), (this.height - 2 * margin) / (box.bottom - box.top));
    this.left = (box.left + box.right) / 2 - this.width / 2 / this.scale;
    this.top = (box.top + box.bottom) / 2 - this.height / 2 / this.scale;
    this.isFitted = !items;
    this.draw();
  }
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = Math.min(4, Math.max(1e-4, this.scale * factor));
    this.left += x / this.scale - x / scale; this.top += y / this.scale - y / scale;
    this.scale = scale; this.isFitted = false; this.draw();
  }
  pan(x, y) { this.left += x / this.scale; this.top += y / this.scale; this.isFitted = false; this.draw(); }
  move(e) {
    if (!this.drag) return;
    const x = this.drag.x - e.offsetX, y = this.drag.y - e.offsetY;
    this.drag = { x: e.offsetX, y: e.offsetY, moved: this.drag.moved + Math.abs(x) + Math.abs(y) };
    this.pan(x, y);
  }
  pick(x, y) {
    const at = { x: this.left + x / this.scale, y: this.top + y / this.scale }, { layer } = this;
    const r = Math.floor(at.y / layer.size.stepY);
    if (r < 0 || r >= layer.rowCount) return;
    for (let i = layer.lower(r, (at.x - layer.size.width) / layer.size.stepX); i < layer.start[r + 1]; i++) {
      const item = layer.order[i];
      if (layer.x(item) > at.x) break;
      if (at.x <= layer.x(item) + layer.size.width && at.y <= layer.y(item) + layer.size.height) { this.onSelect(item); return; }
    }
  }
  select(item, center = true) {
    this.selected = item;
    const { layer } = this, x = layer.x(item), y = layer.y(item);
    if (this.scale < textFrom && center) this.scale = textFrom;
    const inside = x > this.left && y > this.top && x + layer.size.width < this.left + this.width / this.scale
      && y + layer.size.height < this.top + this.height / this.scale;
    if (!inside && center) { this.left = x + layer.size.width / 2 - this.width / 2 / this.scale; this.top = y - this.height / 2 / this.scale; this.isFitted = false; }
    this.draw();
  }
  draw() { if (this.pending) return; this.pending = true; requestAnimationFrame(() => { this.pending = false; this.paint(); }); }
  paint() {
    const { pen, layer, scale } = this, style = getComputedStyle(document.documentElement), text = style.getPropertyValue("--text");
    pen.clearRect(0, 0, this.width, this.height);
    if (!layer) return;
    const visible = this.visible();
    if (visible.length <= mostWithEdges) this.edges(visible, style.getPropertyValue("--soft"));
    const width = Math.max(leastPixels, layer.size.width * scale), height = Math.max(leastPixels, layer.size.height * scale);
    if (scale < bordersFrom) this.specks(visible, width, height);
    pen.font = `${Math.round(12 * Math.min(1.2, scale))}px system-ui, sans-serif`; pen.textBaseline = "middle";
    for (const i of scale < bordersFrom ? visible.filter(v => v === this.selected) : visible) {
      const x = (layer.x(i) - this.left) * scale, y = (layer.y(i) - this.top) * scale;
      pen.fillStyle = layer.color(i); pen.fillRect(x, y, width, height);
      if (width > 8) { pen.setLineDash(layer.isDashed(i) ? [4, 3] : []); pen.lineWidth = 1; pen.strokeStyle = text; pen.strokeRect(x, y, width, height); }
      if (i === this.selected) { pen.setLineDash([]); pen.lineWidth = 4; pen.strokeStyle = style.getPropertyValue("--mark"); pen.strokeRect(x - 3, y - 3, Math.max(width, 6) + 6, Math.max(height, 6) + 6); }
      if (scale < textFrom) continue;
      pen.save(); pen.beginPath(); pen.rect(x, y, width, height); pen.clip(); pen.fillStyle = "#000";
      pen.fillText(layer.label(i), x + 6, y + height * 0.32); pen.fillText(layer.detail(i), x + 6, y + height * 0.72); pen.restore();
    }
    pen.setLineDash([]);
    this.frames++;
    this.drawn = visible.length;
    this.firstPicture ??= performance.now();
  }
  // Items too small for borders and text: one path for each color, because each change of color costs time.
  specks(visible, width, height) {
    const { pen, layer, scale } = this, colors = new Map();
    for (const i of visible) {
      const color = layer.color(i);
      let path = colors.get(color);
      if (!path) colors.set(color, path = new Path2D());
      path.rect((layer.x(i) - this.left) * scale, (layer.y(i) - this.top) * scale, width, height);
    }
    for (const [color, path] of colors) { pen.fillStyle = color; pen.fill(path); }
  }
  visible() {
    const { layer, scale } = this, { stepX, stepY, width, height } = layer.size, found = [];
    const rowStep = Math.max(1, Math.round(leastPixels / (stepY * scale))), step = Math.max(1, Math.round(leastPixels / (stepX * scale)));
    const first = Math.max(0, Math.floor((this.top - height) / stepY / rowStep) * rowStep), last = Math.min(layer.rowCount - 1, Math.floor((this.top + this.height / scale) / stepY));
    const right = (this.left + this.width / scale) / stepX;
    for (let r = first; r <= last; r += rowStep)
      for (let i = layer.lower(r, (this.left - width) / stepX); i < layer.start[r + 1] && layer.column[layer.order[i]] <= right; i += step) found.push(layer.order[i]);
    return found;
  }
  edges(visible, color) {
    const { pen, layer, scale } = this, { width, height } = layer.size;
    pen.strokeStyle = color; pen.lineWidth = 1; pen.setLineDash([]); pen.beginPath();
    for (const i of visible) {
      for (const e of layer.edges(i)) {
        if (e.from !== i && this.sees(e.from)) continue; // drawn from its other end
        const x = (layer.x(e.from) + width / 2 - this.left) * scale, y = (layer.y(e.from) + height - this.top) * scale;
        const toX = (layer.x(e.to) + width / 2 - this.left) * scale, toY = (layer.y(e.to) - this.top) * scale, bend = Math.max(8 * scale, (toY - y) / 2);
        const side = layer.row[e.to] - layer.row[e.from] > 1 ? width * 0.9 * scale : 0; // a long edge goes around what is between
        pen.moveTo(x, y); pen.bezierCurveTo(x + side, y + bend, toX + side, toY - bend, toX, toY);
      }
    }
    pen.stroke();
  }
  sees(i) {
    const { layer } = this, x = layer.x(i), y = layer.y(i);
    return x + layer.size.width >= this.left && y + layer.size.height >= this.top && x <= this.left + this.width / this.scale && y <= this.top + this.height / this.scale;
  }
}

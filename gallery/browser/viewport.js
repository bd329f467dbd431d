// The part of the unit square that a map shows: all of it at first.
const CLOSEST = 1 / 16; // the smallest side of the part

class Viewport {
  constructor() {
    this.reset();
  }

  reset() {
    Object.assign(this, { left: 0, top: 0, side: 1 });
  }

  get whole() {
    return this.side === 1;
  }

  get smallest() {
    return this.side === CLOSEST;
  }

  // From a point of the square to a point of what is shown, 0 to 1 if it is visible.
  shown([x, y]) {
    return [(x - this.left) / this.side, (y - this.top) / this.side];
  }

  visible(point) {
    return this.shown(point).every((each) => each >= 0 && each <= 1);
  }

  // So many times closer; the point of what is shown stays where it is.
  zoom(factor, [x, y] = [0.5, 0.5]) {
    const side = Math.min(1, Math.max(CLOSEST, this.side / factor));
    this.move(x * (this.side - side), y * (this.side - side), side);
  }

  // By a part of the square, which stays within it.
  move(across, down, side = this.side) {
    this.side = side;
    this.left = Math.min(1 - side, Math.max(0, this.left + across));
    this.top = Math.min(1 - side, Math.max(0, this.top + down));
  }

  // Moves so that the point is in the middle, if it is not visible.
  reveal(point) {
    if (this.visible(point)) return;
    this.move(point[0] - this.side / 2 - this.left, point[1] - this.side / 2 - this.top);
  }
}

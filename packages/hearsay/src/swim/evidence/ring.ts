/** Remembers the newest so many, and nothing more. */
export class Ring<Item> {
  readonly #capacity: number;
  readonly #items: Item[] = [];
  /** Where the oldest stands once it is full. */
  #oldest: number = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get count(): number {
    return this.#items.length;
  }

  push(item: Item): void {
    if (this.#items.length < this.#capacity) {
      this.#items.push(item);
      return;
    }
    this.#items[this.#oldest] = item;
    this.#oldest = (this.#oldest + 1) % this.#capacity;
  }

  /** The newest first. */
  *newestFirst(): Generator<Item> {
    const { length } = this.#items;
    for (let back = 1; back <= length; back += 1) yield this.#items[(this.#oldest + length - back) % length]!;
  }
}

/** Does one thing after the other. */
export class TaskQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Begins `task` when all before it are over, however they ended. */
  run<Result>(task: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(task, task);
    this.#last = result.catch(() => {});
    return result;
  }
}

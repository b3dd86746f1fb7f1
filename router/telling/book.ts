import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "../journal.ts";

/** What a book is about, and how it is read and written. */
export interface BookForm<Known, News> {
  /** Name of its file. */
  readonly file: string;
  /** What it is about, as a line of the log begins. */
  readonly about: string;
  /** Before anybody has told. */
  readonly none: Known;
  /** @throws InvalidInput */
  readonly parse: (text: string) => Known;
  readonly textOf: (known: Known) => string;
  /** What is known after some news. @param at ISO 8601 */
  readonly after: (before: Known, news: News, at: string) => Known;
}

/** What the controller was told of work that others do, over its restarts. It only looks on: nothing waits for it. */
export class Book<Known, News> {
  readonly #path: string;
  readonly #form: BookForm<Known, News>;
  #known: Known;
  #written: Promise<void> = Promise.resolve();

  private constructor(path: string, form: BookForm<Known, News>, known: Known) {
    this.#path = path;
    this.#form = form;
    this.#known = known;
  }

  /** Never throws: what can't be read is told anew with the next news. */
  static async open<Known, News>(
    form: BookForm<Known, News>,
    stateFolder: string,
    log: (line: string) => void,
  ): Promise<Book<Known, News>> {
    const path = join(stateFolder, form.file);
    const known = await readFile(path, "utf8")
      .then(form.parse)
      .catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT")
          log(`${form.about} can't be read, got ${String(error)}; it begins anew`);
        return form.none;
      });
    return new Book(path, form, known);
  }

  get known(): Known {
    return this.#known;
  }

  /** @throws if it can't be written */
  tell(news: News): Promise<void> {
    this.#known = this.#form.after(this.#known, news, new Date().toISOString());
    const text = `${this.#form.textOf(this.#known)}\n`;
    this.#written = this.#written.catch(() => undefined).then(() => writeDurably(this.#path, text));
    return this.#written;
  }
}

import { type Manifest, withDependencies } from './manifest.ts';
import {
  type Files,
  isCode,
  manifestAt,
  manifestOf,
  type Resolve,
  reached,
  resolver,
  SPECIFIER,
  scriptsFor,
} from './recognize.ts';
import { READS_VARIABLES, readsVariables } from './server.ts';
import { exportsOf, readSource, Unusual, withoutComments } from './source.ts';

/** A file that is written, or was already what it is to be. */
export interface Change {
  readonly path: string;
  /** Undefined: there is no such file. */
  readonly before: string | undefined;
  readonly after: string;
}

/** What `curfew init` does to a project. */
export interface Plan {
  readonly changes: readonly Change[];
  /** What it leaves to the user, a paragraph each. */
  readonly left: readonly string[];
  /** What has Curfew for development, once the changes are written. */
  readonly ready: ReadonlySet<'page' | 'server'>;
  /** The module that listens for the server; undefined: it is not known. */
  readonly listener: string | undefined;
}

interface Link {
  readonly module: string;
  readonly index: number;
}

/** A plan that grows. */
export class Draft implements Plan {
  readonly left: string[] = [];
  readonly ready = new Set<'page' | 'server'>();
  listener: string | undefined;
  readonly #files: Files;
  readonly #unread: ReadonlyMap<string, string>;
  readonly #written = new Map<string, string>();
  /** With what is written, in its place. */
  readonly #all: Map<string, string>;
  #resolve: Resolve | undefined;
  /** What modules load, as far as it was asked for. */
  readonly #known = new Map<string, readonly Link[]>();
  readonly #version: string;

  constructor(files: Files, version: string, unread: ReadonlyMap<string, string>) {
    this.#files = files;
    this.#all = new Map(files);
    this.#version = version;
    this.#unread = unread;
  }

  get changes(): Change[] {
    const changes = [...this.#written].map(([file, after]) => ({
      path: file,
      before: this.#files.get(file),
      after,
    }));
    return changes.filter(({ before, after }) => before !== after);
  }

  read(file: string): string {
    const text = this.#written.get(file) ?? this.#files.get(file);
    const reason = this.#unread.get(file);
    if (text === undefined)
      throw new Unusual(reason === undefined ? `there is no ${file}` : `${file} ${reason}`);
    return text;
  }

  has(file: string): boolean {
    return this.#files.has(file);
  }

  manifestOf(file: string): string | undefined {
    // One that was not read is still the one that holds.
    return manifestOf(new Map([...this.#unread, ...this.#files]), file);
  }

  /** A manifest; undefined: it is no JSON object, or was not read. */
  manifestAt(file: string): Manifest | undefined {
    return manifestAt(this.#files, file);
  }

  /** Of the manifest that holds for a file; none of one that is no JSON object. */
  scriptsFor(file: string): Readonly<Record<string, unknown>> {
    return scriptsFor(this.#files, file);
  }

  /** Whether the manifest that holds for a file says that its modules are those of the standard. */
  isOfModules(file: string): boolean {
    const manifest = this.manifestOf(file);
    return manifest !== undefined && this.manifestAt(manifest)?.type === 'module';
  }

  /** Whether a module is one of CommonJS, as far as its name, its manifest and itself say. */
  loadsByRequire(file: string): boolean {
    if (/\.[cm][jt]sx?$/.test(file)) return /\.c[jt]s/.test(file);
    if (this.isOfModules(file)) return false;
    // Without a type, Node runs JavaScript by what it is written in.
    return !/\.jsx?$/.test(file) || !/^import\s/m.test(withoutComments(this.read(file)));
  }

  /** A file in a folder that begins so and was not read. */
  unreadAs(beginning: string): string | undefined {
    return [...this.#unread.keys()].find((file) => file.startsWith(beginning));
  }

  /** Whether one of the application's modules loads one of these. */
  loads(modules: RegExp): boolean {
    return this.mentioning(modules).length > 0;
  }

  /** The module of the application that another one loads so. */
  moduleOf(file: string, specifier: string): string | undefined {
    this.#resolve ??= resolver(this.#all);
    return this.#resolve(file, specifier);
  }

  /** A module, and what it loads of the application. */
  reached(file: string): Set<string> {
    return reached(this.#all, file, (from, specifier) => this.moduleOf(from, specifier));
  }

  /** The application's modules in which one of these is written, other than in a comment. */
  mentioning(what: RegExp): string[] {
    return this.#having(what, [...this.#files.keys()].filter(isCode));
  }

  /** Those that a module loads, itself among them, in which one of these is written. */
  reachedMentioning(file: string, what: RegExp): string[] {
    return this.#having(what, [...this.reached(file)]);
  }

  /** Whether one of these is written in a module, or in one that it loads. */
  reaches(file: string, what: RegExp): boolean {
    return this.reachedMentioning(file, what).length > 0;
  }

  /** The modules that load one before they read variables from a file, themselves or by another one. */
  readingVariablesAfter(file: string): string[] {
    if (this.reaches(file, READS_VARIABLES)) return [];
    const leading = this.#loading([file]);
    const reading = this.#loading(this.mentioning(READS_VARIABLES));
    return [...leading].filter((each) => {
      if (each === file) return false;
      const text = withoutComments(this.read(each));
      const links = this.#links(each);
      const at = links.find(({ module }) => leading.has(module))?.index ?? text.length;
      const own = text.search(READS_VARIABLES);
      // Imports come first, wherever they are written.
      const isLate = /^import\s/m.test(text) && readsVariables(text);
      const reads = links.filter(({ module }) => reading.has(module) && !leading.has(module));
      const all = [...reads.map(({ index }) => index), ...(own < 0 ? [] : [isLate ? text.length : own])];
      return all.length > 0 && Math.min(...all) > at;
    });
  }

  /** The modules that load one itself. */
  loadingItself(file: string): string[] {
    return [...this.#files.keys()]
      .filter(isCode)
      .filter((each) => this.#links(each).some(({ module }) => module === file));
  }

  /** These modules, and those that load one of them, themselves or by others. */
  #loading(files: readonly string[]): Set<string> {
    const found = new Set(files);
    // What is added on the way is looked for as well.
    for (const file of found) for (const each of this.loadingItself(file)) found.add(each);
    return found;
  }

  /** What a module loads of the application, and where that is written. */
  #links(file: string): readonly Link[] {
    const known = this.#known.get(file);
    if (known) return known;
    const links = [...withoutComments(this.#all.get(file) ?? '').matchAll(SPECIFIER)].flatMap((found) => {
      const module = this.moduleOf(file, found[1] ?? '');
      return module === undefined ? [] : { module, index: found.index };
    });
    this.#known.set(file, links);
    return links;
  }

  #having(what: RegExp, files: readonly string[]): string[] {
    return files.filter((file) => what.test(withoutComments(this.#all.get(file) ?? '')));
  }

  write(changes: Readonly<Record<string, string>>): void {
    for (const [file, text] of Object.entries(changes)) {
      this.#written.set(file, text);
      this.#all.set(file, text);
    }
    this.#resolve = undefined;
    this.#known.clear();
  }

  /**
   * A new module beside a change. One of its name that loads these, and gives what it gives, is left from before, and is used.
   *
   * @throws Unusual for any other
   */
  create(file: string, text: string, modules: RegExp): void {
    const there = this.#files.get(file);
    if (this.#unread.has(file) || (there !== undefined && !modules.test(withoutComments(there))))
      throw new Unusual(`there is a ${file} already`);
    if (there === undefined) {
      this.write({ [file]: text });
      return;
    }
    const given = exportsOf(readSource(file, there));
    const missing = [...exportsOf(readSource(file, text))].filter((name) => !given.has(name));
    if (missing.length > 0)
      throw new Unusual(`there is a ${file} already, which exports no ${missing.join(', ')}`);
  }

  /** What a file needs beside it. */
  depend(file: string, more: readonly (readonly [string, string])[] = []): void {
    const wanted = Object.fromEntries([['curfew', `^${this.#version}`], ...more]);
    const manifest = this.manifestOf(file);
    this.attempt(`Install ${Object.keys(wanted).join(' and ')}`, () => {
      if (manifest === undefined) throw new Unusual('there is no package.json');
      this.write({ [manifest]: withDependencies(manifest, this.read(manifest), wanted) });
    });
  }

  /** Tells of what a server loads where it runs, and has for development alone. */
  tellOfDevelopment(file: string, names: readonly string[]): void {
    const manifest = this.manifestOf(file);
    const { dependencies, devDependencies } = (manifest && this.manifestAt(manifest)) || {};
    const misplaced = names.filter((name) => devDependencies?.[name] && !dependencies?.[name]);
    if (misplaced.length === 0) return;
    this.left.push(
      `${manifest}: ${file} loads ${misplaced.join(' and ')} where it is deployed, too. Move what it needs from devDependencies to dependencies.`,
    );
  }

  /** Does something, or says how the user does it. @returns whether it is done */
  attempt(otherwise: string, change: () => void): boolean {
    try {
      change();
      return true;
    } catch (error) {
      if (!(error instanceof Unusual)) throw error;
      this.left.push(`${otherwise}\n(not done here: ${error.message})`);
      return false;
    }
  }
}

/** Which part of a version a release raises, or the version itself. */
export type ReleaseTarget = 'patch' | 'minor' | 'major' | (string & {});

const VERSION = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$/;

/**
 * The version that a release gets (Semantic Versioning, without pre-releases).
 *
 * @param target `patch`, `minor`, `major`, or a version that is not below the current one: the first release of a
 *   version that package.json names already is allowed, and the tag says whether it has been made
 * @throws Error if the target is neither, or is below the current version
 */
export function nextVersion(current: string, target: ReleaseTarget): string {
  const [major, minor, patch] = parts(current);
  switch (target) {
    case 'major':
      return `${major + 1}.0.0`;
    case 'minor':
      return `${major}.${minor + 1}.0`;
    case 'patch':
      return `${major}.${minor}.${patch + 1}`;
  }
  const [wantedMajor, wantedMinor, wantedPatch] = parts(target);
  const steps = [wantedMajor - major, wantedMinor - minor, wantedPatch - patch];
  if ((steps.find((step) => step !== 0) ?? 0) < 0) throw new Error(`version: ${target} is below ${current}`);
  return target;
}

function parts(version: string): [number, number, number] {
  const match = VERSION.exec(version);
  if (!match) throw new Error(`version: must be patch, minor, major or x.y.z, not ${version}`);
  return [Number(match[1]), Number(match[2]), Number(match[3])];
}

/**
 * Replaces the version in the text of package.json or package-lock.json, and nothing else of it: the first place of
 * a manifest, the first two of a lock file (its own, and the one of its root package).
 *
 * @throws Error if the text does not have the old version in each of these places
 */
export function replaceVersion(text: string, from: string, to: string, places: number): string {
  let replaced = text;
  let at = 0;
  for (let place = 0; place < places; place += 1) {
    at = replaced.indexOf('"version": "', at);
    const found = `"version": "${from}"`;
    if (at < 0 || !replaced.startsWith(found, at)) throw new Error(`version: ${from} expected`);
    const next = `"version": "${to}"`;
    replaced = replaced.slice(0, at) + next + replaced.slice(at + found.length);
    at += next.length;
  }
  return replaced;
}

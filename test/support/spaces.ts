/**
 * What some parser or other takes for a space, or drops: Unicode's white space, its control and format characters
 * (U+FEFF and U+180E among them).
 */
export const SPACES_AND_CONTROLS: readonly string[] = Array.from({ length: 0x11_0000 }, (_, point) => point)
  // A surrogate by itself is no character.
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point))
  .filter((character) => /[\p{White_Space}\p{Cc}\p{Cf}]/u.test(character));

/** `U+00A0` */
export function codePoint(character: string): string {
  return `U+${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** A text as the header of a request has it in Node: one character for each byte of its UTF-8. */
export function asHeader(text: string): string {
  return Buffer.from(text).toString('latin1');
}

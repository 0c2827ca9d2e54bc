/**
 * A text without the SP and HTAB around it, which is what HTTP means by optional whitespace (RFC 9110 §5.6.3). Not `trim`,
 * which drops every space of Unicode; nor a pattern, which takes square time within a run of spaces.
 */
export function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text[start])) start += 1;
  while (end > start && isSpace(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

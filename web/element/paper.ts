/**
 * Nothing of a covered page is printed: the backdrop, which covers it on the screen, is left out on paper. The page takes no
 * room there either, since the dialog would be on each of its sheets.
 */
const COVERED = '@media print{*{visibility:hidden!important}body{position:fixed!important}}';

export function styleSheet(text: string): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}

/** @returns what covers the page on paper, or does no longer: called again and again, since a page may set its sheets anew */
export function createPaperCover(): (isCovered: boolean) => void {
  const sheet = styleSheet(COVERED);
  return (isCovered) => {
    const others = document.adoptedStyleSheets.filter((each) => each !== sheet);
    const isThere = others.length < document.adoptedStyleSheets.length;
    if (isThere !== isCovered) document.adoptedStyleSheets = isCovered ? [...others, sheet] : others;
  };
}

/** A field of a form, or an element whose text the user edits in place (`contenteditable`). */
export type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement | HTMLElement;
/** What a field holds: its text, whether it is checked, or the values that are selected. */
export type Content = string | boolean | readonly string[];

/** Before the place of a field in its group. */
const PLACE = '\n';
const FIELDS = 'input, textarea, select, [contenteditable]';
/** Types of fields that hold a secret, or nothing that the user typed. */
const NEVER_KEPT = new Set(['password', 'hidden', 'file', 'submit', 'button', 'reset', 'image']);
/** Card numbers and codes are as secret as a password, whatever the type of their field. */
const SECRET_AUTOCOMPLETE = /\b(?:cc-|one-time-code|(?:current|new)-password)/;

type Named = Partial<Pick<HTMLInputElement, 'name' | 'form' | 'type' | 'autocomplete'>>;
/** The lists of fields of one name, by their form: found once in a pass over all fields. */
type Lists = Map<Named['form'], Map<string, readonly Element[]>>;

/** Whether drafts keep what is typed here. */
export function isKept(target: EventTarget | null): target is Field {
  if (!(target instanceof HTMLElement) || !target.matches(FIELDS)) return false;
  if (target.closest('[data-no-draft]') || target.getAttribute('contenteditable') === 'false') return false;
  // An element that is edited in place has none of these.
  const { type = '', autocomplete } = target as Named;
  return ownName(target) !== '' && !NEVER_KEPT.has(type) && !SECRET_AUTOCOMPLETE.test(autocomplete ?? '');
}

/** The fields in a part of the page, itself included, each with its group as {@link groupOf} says it. */
export function fieldsOf(root: Document | Element): Map<Field, string> {
  const lists: Lists = new Map();
  const fields = [root, ...root.querySelectorAll(FIELDS)].filter(isKept);
  return new Map(fields.map((field) => [field, groupOf(field, lists)]));
}

/** A field is found again by its form and its name or id; radio buttons and check boxes by their value as well, and other fields by their place. */
export function nameOf(field: Field, group = groupOf(field)): string {
  return isChoice(field) ? `${group}=${field.value}` : group;
}

/** The same for all radio buttons of which one can be chosen. Of other fields with one name, such as those of a list, each has its own. */
export function groupOf(field: Field, lists: Lists = new Map()): string {
  // An element that is edited in place has neither.
  const { name, form } = field as Named;
  const group = `${form?.id ?? ''}/${ownName(field)}`;
  if (!name || isChoice(field)) return group;
  const place = listOf(name, form, lists).indexOf(field);
  // A form that has no id is told from others by its place, too.
  const isLike = (each: HTMLFormElement) => each.id === form?.id && listOf(name, each, lists).length > 0;
  const formPlace = form ? [...document.forms].filter(isLike).indexOf(form) : 0;
  return place > 0 || formPlace > 0 ? `${group}${PLACE}${formPlace}.${place}` : group;
}

/** Whether two groups are the same but for their place. */
export function isOneList(group: string, other: string): boolean {
  return group.split(PLACE)[0] === other.split(PLACE)[0];
}

function ownName(field: Field): string {
  // An element that is edited in place has no name; it is found by its id, of which there is one.
  return (field as Named).name || field.id;
}

/** The fields of a form, or of none, that have this name and are kept by their place. */
function listOf(name: string, form: Named['form'], lists: Lists): readonly Element[] {
  const ofForm = lists.get(form) ?? new Map<string, readonly Element[]>();
  lists.set(form, ofForm);
  const known = ofForm.get(name);
  if (known) return known;
  // A field may be named as what a form has.
  const found = form ? form.elements.namedItem?.(name) : document.getElementsByName(name);
  const all: (Element & Named)[] = found instanceof Element ? [found] : [...(found ?? [])];
  const list = all.filter(
    (each) => each.form === form && each.name === name && !isChoice(each) && !NEVER_KEPT.has(each.type ?? ''),
  );
  ofForm.set(name, list);
  return list;
}

export function isChoice(field: Element): field is HTMLInputElement {
  return field instanceof HTMLInputElement && (field.type === 'radio' || field.type === 'checkbox');
}

/** Radio buttons show together what is chosen; every other field shows something by itself. */
export function partOf(field: Field, group = groupOf(field)): string {
  // An element that is edited in place has no type.
  const { type } = field as Named;
  return type === 'radio' ? group : nameOf(field, group);
}

function isText(field: Field): field is HTMLInputElement | HTMLTextAreaElement {
  return field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement;
}

export function contentOf(field: Field): Content {
  if (isChoice(field)) return field.checked;
  if (field instanceof HTMLSelectElement) return [...field.selectedOptions].map((option) => option.value);
  return isText(field) ? field.value : field.innerText;
}

/** Nothing has been put into it. */
export function isBlank(field: Field): boolean {
  const content = contentOf(field);
  return content === false || (typeof content === 'string' && content.trim() === '');
}

/**
 * Sets a field as the user would have, and lets the page know. A framework that controls a field watches the element's own
 * property, and takes what is set through it for its own doing: so the property of its class is used.
 */
export function fill(field: Field, content: Content): void {
  if (isChoice(field)) {
    check(field, content === true);
    return;
  }
  if (field instanceof HTMLSelectElement) {
    for (const option of field.options)
      option.selected = Array.isArray(content) && content.includes(option.value);
  } else if (typeof content !== 'string') return;
  else if (isText(field)) {
    const owner = field instanceof HTMLInputElement ? HTMLInputElement : HTMLTextAreaElement;
    Object.getOwnPropertyDescriptor(owner.prototype, 'value')?.set?.call(field, content);
  } else field.innerText = content;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
}

/** By a click, which is what React listens to. A radio button goes out when another one is chosen. */
function check(field: HTMLInputElement, isChecked: boolean): void {
  if (field.checked === isChecked || (field.type === 'radio' && !isChecked)) return;
  if (field.disabled) field.checked = isChecked;
  else field.click();
}

/** Where the caret is in a field: its name, and the start and end of what is selected. */
export function caretIn(field: Field): readonly string[] {
  const { selectionStart, selectionEnd } = isText(field) ? field : {};
  return [nameOf(field), `${selectionStart ?? ''}`, `${selectionEnd ?? ''}`];
}

/** Moves focus and caret there. */
export function focusAt(field: Field, [, start, end]: readonly string[]): void {
  field.focus();
  // A field of a type that has no caret, such as a number's, says null, which was stored as ''.
  if (start && end && isText(field) && field.selectionStart !== null) {
    field.setSelectionRange(Number(start), Number(end));
  }
}

export type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
/** What a field holds: its text, whether it is checked, or the values that are selected. */
export type Content = string | boolean | string[];

/** Types of fields that hold a secret, or nothing that the user typed. */
const NEVER_KEPT = new Set(['password', 'hidden', 'file', 'submit', 'button', 'reset', 'image']);
/** Card numbers and codes are as secret as a password, whatever the type of their field. */
const SECRET_AUTOCOMPLETE = /\b(?:cc-|one-time-code|(?:current|new)-password)/;

/** Whether drafts keep what is typed here. */
export function isKept(target: EventTarget | null): target is Field {
  if (!(target instanceof Element) || !target.matches('input, textarea, select')) return false;
  if (target.closest('[data-no-draft]')) return false;
  // What matches that selector is one of these.
  const field = target as Field;
  return (
    nameOf(field) !== '' && !NEVER_KEPT.has(field.type) && !SECRET_AUTOCOMPLETE.test(field.autocomplete ?? '')
  );
}

export function fieldsOf(root: Document | HTMLElement): Field[] {
  return [...root.querySelectorAll('input, textarea, select')].filter(isKept);
}

/** A field is found again by its form and its name or id; radio buttons and check boxes by their value as well. */
export function nameOf(field: Field): string {
  const choice = field.type === 'radio' || field.type === 'checkbox' ? `=${field.value}` : '';
  const group = groupOf(field);
  return group && group + choice;
}

/** The same for all radio buttons of which one can be chosen. */
export function groupOf(field: Field): string {
  const name = field.name || field.id;
  return name && `${field.form?.id ?? ''}/${name}`;
}

export function contentOf(field: Field): Content {
  if ('checked' in field && (field.type === 'radio' || field.type === 'checkbox')) return field.checked;
  if ('selectedOptions' in field) return [...field.selectedOptions].map((option) => option.value);
  return field.value;
}

/** Sets a field, and lets the page know as if the user had typed. */
export function fill(field: Field, value: Content): void {
  if (typeof value === 'string') field.value = value;
  else if (typeof value === 'boolean') {
    if ('checked' in field) field.checked = value;
  } else if ('selectedOptions' in field) {
    for (const option of field.options) option.selected = value.includes(option.value);
  }
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.dispatchEvent(new Event('change', { bubbles: true }));
}

/** The longest key of DynamoDB's indexes, bytes: that of sessions by user has the user's id. */
const MAX_BYTES = 2_048;

/**
 * Whether a text can be a user's id. One with half of a surrogate pair can't: engines keep it as another character in the
 * index of sessions by user, where it would be another user's.
 */
export function isSubject(text: string): boolean {
  return text !== '' && text.isWellFormed() && Buffer.byteLength(text) <= MAX_BYTES;
}

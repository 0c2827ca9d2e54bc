/**
 * The shard that a session begins in and stays in. FNV-1a over its id: any number of shards is filled evenly,
 * and nothing but the row itself ever needs to know which it was.
 */
export function dueShardOf(sessionId: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (const character of sessionId) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  return (hash >>> 0) % shards;
}

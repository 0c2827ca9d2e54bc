/** After the last test: no browser and no engine outlives the run. */
export default async function tearDown(): Promise<void> {
  await globalThis.processHost?.close();
}

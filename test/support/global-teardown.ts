/** After the last test: no browser outlives the run. */
export default async function tearDown(): Promise<void> {
  await globalThis.browserHost?.close();
}

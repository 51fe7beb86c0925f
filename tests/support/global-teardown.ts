export default async function globalTeardown(): Promise<void> {
  await Promise.all((globalThis.runningStacks ?? []).map((stack) => stack.stop()))
}

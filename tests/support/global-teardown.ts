import { rm } from 'node:fs/promises'

export default async function globalTeardown(): Promise<void> {
  const { stacks, directory } = globalThis.runningStacks ?? { stacks: [], directory: undefined }
  await Promise.all(stacks.map((stack) => stack.stop()))
  if (directory) await rm(directory, { recursive: true, force: true })
}

import { rmSync } from 'node:fs'
import { stagesDirectory } from './config.ts'

export default function globalTeardown(): void {
  const directory = stagesDirectory()
  if (directory) rmSync(directory, { recursive: true, force: true })
}

import { appendFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEMOS_FOLDER } from './running-demo.ts'

export interface AuditFile {
  path: string
  write(line: string): void
  remove(): void
}

/** Only this user of the machine can read it. */
export function createAuditFile(folder: string = DEMOS_FOLDER): AuditFile {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${process.pid}.audit.log`)
  writeFileSync(path, '', { mode: 0o600 })
  let removed = false
  return {
    path,
    write(line) {
      if (!removed && line.includes('"audit":true')) appendFileSync(path, `${line}\n`)
    },
    remove() {
      removed = true
      rmSync(path, { force: true })
    },
  }
}

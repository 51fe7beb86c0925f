import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SetUpError } from './say.mjs'

const NEEDED_MAJOR = 24

/** The pinned Node from the packages, else this machine's own if it is new enough. */
export function findNode(root) {
  const pinned = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  // It needs glibc: on a musl system it exists but does not start.
  if (existsSync(pinned) && spawnSync(pinned, ['--version']).status === 0) return pinned
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
    // `tsc` and the other scripts there prefer it to the Node on the PATH.
    rmSync(join(root, 'node_modules', '.bin', 'node'), { force: true })
    return process.execPath
  }
  throw new SetUpError(
    `Node ${NEEDED_MAJOR} is needed and this is ${process.versions.node}: install Node ${NEEDED_MAJOR} or newer (for example \`brew install node@${NEEDED_MAJOR}\`), put it first on the PATH, then try again.`,
  )
}

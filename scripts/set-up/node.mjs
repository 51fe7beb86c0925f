import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { SetUpError, say } from './say.mjs'

const NEEDED_MAJOR = 24

/** The pinned Node from the packages, else this machine's own if it is new enough. */
export function findNode(root) {
  const pinned = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  const { status, error } = existsSync(pinned) ? spawnSync(pinned, ['--version']) : {}
  if (status === 0) return pinned
  if (Number(process.versions.node.split('.')[0]) >= NEEDED_MAJOR) {
    // The pinned Node needs glibc. On a musl system its loader is missing (ENOENT), or a compatibility layer lacks its symbols (127).
    // Another failure may be temporary, so the shim stays.
    if (error?.code === 'ENOENT' || status === 127) removeShim(join(root, 'node_modules', '.bin', 'node'))
    return process.execPath
  }
  throw new SetUpError(
    `Node ${NEEDED_MAJOR} is needed and this is ${process.versions.node}: install Node ${NEEDED_MAJOR} or newer (for example \`brew install node@${NEEDED_MAJOR}\`), put it first on the PATH, then try again.`,
  )
}

/** `tsc` and the other scripts in `.bin` prefer this shim to the Node on the PATH. */
function removeShim(shim) {
  try {
    rmSync(shim, { force: true })
  } catch ({ code }) {
    // The packages may be another user's, and most commands need none of those scripts.
    say(`${shim} does not start here and cannot be removed (${code}): remove it if a tool is not found.`)
  }
}

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SetUpError, say } from './say.mjs'

/** Installs when the lockfile or the platform has changed. Uses npx: corepack fails with registries without signatures. */
export function installPackages(root) {
  const lockfile = readFileSync(join(root, 'pnpm-lock.yaml'))
  const stampFile = join(root, 'node_modules', '.installed-lockfile')
  const stamp = `${createHash('sha256').update(lockfile).digest('hex')} ${process.platform}-${process.arch}\n`
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return

  const pnpm = pnpmOf(root)
  say(`installing the packages with ${pnpm} (once; a minute or two)`)
  const install = spawnSync('npx', ['--yes', pnpm, 'install', '--frozen-lockfile', '--reporter=append-only'], {
    cwd: root,
    env: environment(),
    stdio: ['ignore', 2, 2],
  })
  if (install.error?.code === 'ENOENT')
    throw new SetUpError('npm is missing: install npm (it comes with Node.js), then try again.')
  if (install.status !== 0)
    throw new SetUpError(
      `The packages could not be installed: see above, then try again, or run \`npx ${pnpm} install\` yourself.`,
    )
  writeFileSync(stampFile, stamp)
}

function pnpmOf(root) {
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return packageManager.split('+')[0]
}

/** `CI`: pnpm asks no questions. The log level of `npm run -s` would also silence pnpm's errors. */
function environment() {
  const { npm_config_loglevel: _, ...rest } = process.env
  return { ...rest, CI: 'true' }
}

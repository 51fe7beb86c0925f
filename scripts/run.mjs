/**
 * `node scripts/run.mjs <command> [arguments]`. Runs before anything is installed, so it imports only our own files and modules of Node 20. Progress
 * goes to stderr; stdout is the command's.
 */
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runProgram } from './run-program.mjs'
import { findOrInstallChromium } from './set-up/chromium.mjs'
import { findNode } from './set-up/node.mjs'
import { installPackages } from './set-up/packages.mjs'
import { findOrInstallRedis } from './set-up/redis.mjs'
import { SetUpError } from './set-up/say.mjs'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** `redis: 'unless-given'`: a Redis given by REDIS_URL is enough. `'always'`: the command starts its own. */
const COMMANDS = {
  demo: { program: ['local/src/main.ts'], redis: 'unless-given' },
  test: { program: ['scripts/test.mjs'], redis: 'always', chromium: true, onlyNode: selectsTemplatesOnly },
  check: { program: ['scripts/check.mjs'] },
  soak: { program: ['scripts/soak.mjs'], redis: 'always', chromium: true },
  bench: { program: ['bench/main.ts'], redis: 'always' },
  emulator: { program: ['packages/agentcore-identity-emulator/src/main.ts'] },
  'emulator:pack': { program: ['packages/agentcore-identity-emulator/pack/main.ts'] },
  synth: { program: ['infra/commands.ts', 'synth'] },
  bootstrap: { program: ['infra/commands.ts', 'bootstrap'] },
  diff: { program: ['infra/commands.ts', 'diff'] },
  deploy: { program: ['infra/commands.ts', 'deploy'] },
  'first-user': { program: ['infra/commands.ts', 'first-user'] },
  destroy: { program: ['infra/commands.ts', 'destroy'] },
  'new-provider': { program: ['providers/new-provider/main.ts'] },
  doctor: { program: ['operations/doctor/main.ts'] },
  verify: { program: ['operations/verify/main.ts'], chromium: true },
}

/** The tests of the templates need no Redis and no browser. */
function selectsTemplatesOnly(args) {
  const [projects] = /(?<=--selectProjects[ =])[^-]*/.exec(args.join(' ')) ?? []
  return projects?.trim() === 'synth'
}

async function main([name, ...args]) {
  const found = COMMANDS[name]
  if (!found) throw new SetUpError(`Say one of: ${Object.keys(COMMANDS).join(', ')}.`)
  const command = found.onlyNode?.(args) ? { program: found.program } : found

  process.chdir(ROOT)
  installPackages(ROOT)
  const node = findNode(ROOT)
  const orGiven = command.redis === 'unless-given'
  if (command.redis && !(orGiven && process.env.REDIS_URL)) findOrInstallRedis({ orGiven })
  const chromium = command.chromium ? { CHROMIUM_PATH: findOrInstallChromium() } : {}

  return runProgram(node, [...command.program, ...args], {
    ...process.env,
    ...chromium,
    // With this cache, a service starts faster.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(ROOT, 'node_modules', '.cache', 'node-compile'),
    // On Linux with glibc, this directory has the pinned Node, under the name `node`.
    PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}`,
  })
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetUpError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

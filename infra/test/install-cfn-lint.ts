import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** AWS's own linter is a Python package; the npm package of the same name is something else. */
const VERSION = '1.58.0'
const ENVIRONMENT = join(import.meta.dirname, `../../node_modules/.cache/cfn-lint-${VERSION}`)
export const CFN_LINT = join(ENVIRONMENT, 'bin/cfn-lint')

/** Installs it once, away from the machine's own Python. @returns why that did not work */
export function installCfnLint(): string | undefined {
  if (existsSync(CFN_LINT)) return undefined
  if (spawnSync('python3', ['--version']).status !== 0) return 'there is no python3 on this machine'
  mkdirSync(dirname(ENVIRONMENT), { recursive: true })
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', ENVIRONMENT]],
    [join(ENVIRONMENT, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `cfn-lint==${VERSION}`]],
  ]
  for (const [program, args] of steps) {
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 120_000 })
    if (status === 0) continue
    // What is half there would count as installed next time.
    rmSync(ENVIRONMENT, { recursive: true, force: true })
    return `\`${args.slice(0, 2).join(' ')}\` failed: ${stderr?.trim().split('\n').at(-1) ?? 'it took too long'}`
  }
  return undefined
}

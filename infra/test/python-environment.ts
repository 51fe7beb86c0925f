import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

interface PythonEnvironment {
  program(name: string): string
  /** Installs once, separately from the machine's Python. @returns why that failed, or undefined */
  install(): string | undefined
}

export function pythonEnvironment(name: string, version: string, extras: readonly string[] = []): PythonEnvironment {
  const directory = join(import.meta.dirname, `../../node_modules/.cache/${name}-${version}`)
  const program = (file: string) => join(directory, 'bin', file)
  const requirement = `${name}${extras.length > 0 ? `[${extras.join(',')}]` : ''}==${version}`
  const steps: [string, string[]][] = [
    ['python3', ['-m', 'venv', directory]],
    [program('pip'), ['install', '--quiet', '--disable-pip-version-check', requirement]],
  ]
  return {
    program,
    install() {
      if (existsSync(join(directory, 'installed'))) return undefined
      if (spawnSync('python3', ['--version']).status !== 0) return 'there is no python3 on this machine'
      mkdirSync(dirname(directory), { recursive: true })
      for (const [file, args] of steps) {
        const { status, stderr } = spawnSync(file, args, { encoding: 'utf8', timeout: 300_000 })
        if (status === 0) continue
        rmSync(directory, { recursive: true, force: true })
        return `\`${args.slice(0, 2).join(' ')}\` failed: ${stderr?.trim().split('\n').at(-1) ?? 'it took too long'}`
      }
      // Written last: an interrupted installation must not count as complete.
      writeFileSync(join(directory, 'installed'), '')
      return undefined
    },
  }
}

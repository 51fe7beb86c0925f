import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { packPackage } from '../pack-package.ts'

export interface InstalledProject {
  directory: string
  tarball: string
  /** @returns standard output; throws with all output when the program fails */
  run(program: string, ...args: string[]): string
  write(files: Readonly<Record<string, string>>): void
  remove(): void
}

export async function installedProject(): Promise<InstalledProject> {
  // Outside this repository, whose modules could be resolved otherwise.
  const scratch = mkdtempSync(join(tmpdir(), 'emulator-consumer-'))
  const directory = join(scratch, 'project')
  const project = projectIn(directory)
  project.write({ 'package.json': '{ "private": true }' })
  const tarball = await packPackage(scratch)
  project.run('npm', 'install', '--offline', '--no-audit', '--no-fund', tarball)
  return { ...project, tarball, remove: () => rmSync(scratch, { recursive: true }) }
}

export function shellWith(environment: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  // biome-ignore lint/style/noProcessEnv: the programs get the environment of this shell.
  const shell = process.env
  // The first three variables would affect a consumer's test runner. With an AWS profile, the GitHub action does not start.
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _id, NODE_ENV: _env, ...others } = shell
  const { AWS_PROFILE: _profile, AWS_DEFAULT_PROFILE: _defaultProfile, ...inherited } = others
  return { ...inherited, ...environment }
}

export function projectIn(directory: string, environment: Readonly<Record<string, string>> = {}) {
  return {
    directory,
    run(program: string, ...args: string[]) {
      const env = shellWith(environment)
      try {
        return execFileSync(program, args, { cwd: directory, encoding: 'utf8', env, stdio: 'pipe' })
      } catch (error) {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
        throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error })
      }
    },
    write(files: Readonly<Record<string, string>>) {
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(directory, file)), { recursive: true })
        writeFileSync(join(directory, file), text)
      }
    },
  }
}

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CONTAINER_NAMES } from '@agent-identity/infra/names'
import { describe, expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const workspace = read('pnpm-workspace.yaml')
const lockfile = read('pnpm-lock.yaml')
const packageManager = (JSON.parse(read('package.json')) as { packageManager: string }).packageManager

/** Each entry needs a reason. */
const MAY_RUN_INSTALL_SCRIPTS: string[] = []

/** The members of one top-level key of a simple YAML file. */
function section(yaml: string, name: string): string[] {
  const lines = yaml.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`${name}:`))
  if (start === -1) return []
  const end = lines.findIndex((line, at) => at > start && /^\S/.test(line) && !line.startsWith('#'))
  return lines.slice(start + 1, end === -1 ? undefined : end).filter((line) => /^\s+[^\s#]/.test(line))
}

describe('a package', () => {
  test('runs no script when it is installed, unless it is listed here', () => {
    const allowed = section(workspace, 'onlyBuiltDependencies').map((line) => line.replace(/^\s*-\s*/, ''))
    expect(workspace).toMatch(/^onlyBuiltDependencies:/m)
    expect(allowed).toEqual(MAY_RUN_INSTALL_SCRIPTS)
    expect(workspace).not.toMatch(/dangerouslyAllowAllBuilds|neverBuiltDependencies|enablePrePostScripts/)
    expect(globSync('**/.npmrc', { cwd: root, exclude: ['**/node_modules/**'] })).toEqual([])
  })

  test('has one exact version, in one place', () => {
    const entries = section(workspace, 'catalog').map((line) => /^\s+"?([^":]+)"?:\s*(\S+)$/.exec(line) ?? [line])
    expect(entries.length).toBeGreaterThan(40)
    for (const [, name, version] of entries)
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+(-[0-9A-Za-z.]+)?$/)])
    expect(new Set(entries.map(([, name]) => name)).size).toBe(entries.length)
    expect(packageManager).toMatch(/^pnpm@\d+\.\d+\.\d+\+sha512\.[0-9a-f]{128}$/)
  })

  test('is named by every part of the workspace through that place, and no part has an install script of its own', () => {
    const manifests = globSync('{.,*,*/*}/package.json', { cwd: root, exclude: ['**/node_modules/**', 'cdk.out/**'] })
    expect(manifests.length).toBeGreaterThan(10)
    for (const path of manifests) {
      const manifest = JSON.parse(read(path)) as Record<string, Record<string, string> | undefined>
      const { dependencies, devDependencies, optionalDependencies, peerDependencies, scripts = {} } = manifest
      for (const [name, version] of Object.entries({
        ...dependencies,
        ...devDependencies,
        ...optionalDependencies,
        ...peerDependencies,
      }))
        expect([path, name, version]).toEqual([path, name, expect.stringMatching(/^(catalog:|workspace:\*)$/)])
      for (const script of Object.keys(scripts))
        expect([path, script]).toEqual([path, expect.not.stringMatching(/install|prepare/)])
    }
  })

  test('comes from a registry, with a digest that the lockfile knows', () => {
    const resolutions = [...lockfile.matchAll(/^ {4}resolution: (.*)$/gm)].map(([, resolution]) => resolution)
    expect(resolutions.length).toBeGreaterThan(300)
    for (const resolution of resolutions) expect(resolution).toMatch(/^\{integrity: sha512-[A-Za-z0-9+/]{86}==\}$/)
    expect(lockfile).not.toMatch(/tarball:|git\+|github:|https?:\/\//)
  })

  test('is always installed from the lockfile', () => {
    const places = ['scripts/set-up/packages.mjs', 'infra/images/Dockerfile', '.github/workflows/supply-chain.yml']
    for (const place of places) {
      const installs = read(place)
        .split('\n')
        .filter((line) => /(pnpm, '|"\$pnpm" |RUN pnpm )install/.test(line))
      expect([place, installs.length]).toEqual([place, 1])
      for (const line of installs) expect([place, line]).toEqual([place, expect.stringContaining('--frozen-lockfile')])
    }
    const [name, version] = packageManager.split('+')[0]?.split('@') ?? []
    expect(read('infra/images/Dockerfile')).toContain(`${name}@${version}`)
  })

  test('whose advisory is ignored is listed with a reason and a date that has not passed', () => {
    const ignored = workspace.split('\n').filter((line) => /GHSA-|CVE-/.test(line))
    for (const line of ignored) {
      const [, until = ''] = /#.{20,} until (\d{4}-\d{2}-\d{2})$/.exec(line) ?? []
      expect([line, Date.parse(until) > Date.now()]).toEqual([line, true])
    }
  })
})

/** By workflow: the rights of the jobs that have more than reading. */
const RIGHTS_OF_JOBS: Readonly<Record<string, string[][]>> = {
  '.github/workflows/release-emulator.yml': [['id-token: write'], ['contents: read', 'packages: write']],
  '.github/workflows/diff.yml': [['contents: read', 'id-token: write']],
  '.github/workflows/deploy.yml': [['contents: read', 'id-token: write']],
}

const OF_ANY =
  /^\$\{\{ (github\.(workflow|ref)|matrix\.[\w-]+|vars\.(DIFF_ROLE_ARN|DEPLOY_ROLE_ARN|DEPLOY_STAGE|AWS_REGION)) \}\}$/

/** The expressions that the release workflow may contain. */
const OF_A_RELEASE =
  /^\$\{\{ (github\.workflow|matrix\.node|steps\.channel\.outputs\.channel|needs\.build\.outputs\.channel|env\.PACKAGE_DIRECTORY|vars\.(NPM_PACKAGE|CONTAINER_IMAGE)|secrets\.CONTAINER_(USER \|\| github\.actor|PASSWORD \|\| \(startsWith\(vars\.CONTAINER_IMAGE, 'ghcr\.io\/'\) && github\.token\) \|\| '')) \}\}$/

describe.each(globSync('.github/workflows/*.{yml,yaml}', { cwd: root }))('%s', (path) => {
  const workflow = read(path)
  const publishes = path === '.github/workflows/release-emulator.yml'

  test('runs third-party actions at a commit and not at a tag, which their owners could move', () => {
    const uses = [...workflow.matchAll(/^\s*-?\s*uses:\s*(.+)$/gm)].map(([, action]) => action)
    const thirdParty = uses.filter((action) => !action?.startsWith('./.github/actions/'))
    for (const action of thirdParty) expect(action).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  test('may only read the repository, and leaves no credentials for the programs that it runs', () => {
    expect(workflow).toMatch(/^permissions:\n {2}contents: read$/m)
    const ofJobs = [...workflow.matchAll(/^ {4}permissions:\n((?: {6}.*\n)+)/gm)].map(([, lines = '']) =>
      lines.split('\n').flatMap((line) => /^ {6}([a-z].*)$/.exec(line)?.[1] ?? []),
    )
    expect(ofJobs).toEqual(RIGHTS_OF_JOBS[path] ?? [])
    expect(workflow.match(/permissions:/g)).toHaveLength(1 + ofJobs.length)
    const checkouts = workflow.match(/uses: actions\/checkout@/g) ?? []
    expect(workflow.match(/persist-credentials: false/g) ?? []).toHaveLength(checkouts.length)
    expect(workflow).not.toMatch(/pull_request_target|workflow_run/)
    if (publishes) expect(workflow).toContain('\non:\n  push:\n    tags: ["emulator-v*"]\n  workflow_dispatch:\n\n')
    else expect(workflow).not.toMatch(/secrets\.|\bnpm publish\b/)
  })

  test('passes no text of third parties into a shell', () => {
    for (const [expression] of workflow.matchAll(/\$\{\{[^}]*\}\}/g))
      expect(expression).toMatch(publishes ? OF_A_RELEASE : OF_ANY)
    for (const [run] of workflow.matchAll(/run: .*(?:\n {10}.*)*/g)) expect(run).not.toContain('${{')
  })
})

/** The lines of each job. */
function jobsOf(path: string): Map<string, string> {
  const [, jobs = ''] = read(path).split('\njobs:\n')
  const parts = jobs.split(/^ {2}([\w-]+):\n/m).slice(1)
  return new Map(parts.flatMap((name, index) => (index % 2 === 0 ? [[name, parts[index + 1] ?? ''] as const] : [])))
}

test.each([
  ['diff', 'DIFF_ROLE_ARN'],
  ['deploy', 'DEPLOY_ROLE_ARN'],
])('without the variable of a fork, no job of the workflow %s runs', (workflow, variable) => {
  const jobs = jobsOf(`.github/workflows/${workflow}.yml`)
  expect(jobs.size).toBeGreaterThan(0)
  for (const job of jobs.values()) expect(job).toMatch(new RegExp(`^ {4}if: vars\\.${variable} != ''( && .*)?$`, 'm'))
})

test('a pull request of another repository gets no role, and a deployment comes from `main` after an approval', () => {
  expect(jobsOf('.github/workflows/diff.yml').get('diff')).toMatch(
    / && github\.event\.pull_request\.head\.repo\.full_name == github\.repository$/m,
  )
  const deploy = jobsOf('.github/workflows/deploy.yml').get('deploy')
  expect(deploy).toMatch(/^ {4}if: .* && github\.ref == 'refs\/heads\/main'$/m)
  expect(deploy).toMatch(/^ {4}environment: deployment$/m)
})

test('no workflow runs twice for a pull request', () => {
  const both = globSync('.github/workflows/*.yml', { cwd: root }).filter((path) =>
    /^ {2}pull_request:/m.test(read(path)),
  )
  expect(both.length).toBeGreaterThan(2)
  for (const path of both)
    expect([path, read(path)]).toEqual([path, expect.not.stringMatching(/^ {2}push:\n(?! {4}branches: \[main\]\n)/m)])
})

test('a release moves `latest` only when it is the highest version', () => {
  const workflow = read('.github/workflows/release-emulator.yml')
  expect(workflow).toMatch(/npm publish --provenance --access public --tag "\$\{CHANNEL:\?\}" \.\/package\n/)
  expect(workflow).toMatch(
    /if \[\[ \$\{CHANNEL:\?\} == latest \]\]; then tags\+=\(--tag "\$CONTAINER_IMAGE:latest"\); fi\n/,
  )
  expect(workflow.match(/CHANNEL: \$\{\{ needs\.build\.outputs\.channel \}\}/g)).toHaveLength(2)
})

test('a release is of a commit of main: its build fails for a tag elsewhere, before anything is published', () => {
  const workflow = read('.github/workflows/release-emulator.yml')
  const [build = ''] = /^ {2}build:\n(?: {4}.*\n|\n)+/m.exec(workflow) ?? []
  const [, check = ''] = /if: github\.ref_type == 'tag'\n {8}run: (git merge-base .*)\n/.exec(build) ?? []
  expect(build).toContain('fetch-depth: 0')
  const directory = mkdtempSync(join(tmpdir(), 'release-'))
  const git = (...args: string[]) => execFileSync('git', args, { cwd: directory, encoding: 'utf8' }).trim()
  const commit = (text: string) => {
    git('-c', 'user.name=a', '-c', 'user.email=a@example', 'commit', '--allow-empty', '--quiet', '-m', text)
    return git('rev-parse', 'HEAD')
  }
  const passes = (sha: string) =>
    spawnSync('env', [`GITHUB_SHA=${sha}`, 'bash', '-e', '-c', check], { cwd: directory }).status === 0
  try {
    git('init', '--quiet')
    const [older, newest] = [commit('older'), commit('newest')]
    git('update-ref', 'refs/remotes/origin/main', newest)
    const elsewhere = commit('elsewhere')
    expect([older, newest, elsewhere].map(passes)).toEqual([true, true, false])
  } finally {
    rmSync(directory, { recursive: true })
  }
})

test('nothing that is copied or run from here takes the emulator from a registry by a name that anybody may register', () => {
  const name = 'agentcore-identity-emulator'
  const files = globSync(
    `{packages/${name}/{*.*,Dockerfile,recipes/**/*.*,src/**/*.ts},.github/**/*.{yml,mjs},docs/*.md,README.md,CONTRIBUTING.md}`,
    { cwd: root, exclude: ['**/node_modules/**'] },
  )
  expect(files.length).toBeGreaterThan(100)
  const takes = new RegExp(
    `(npx|npm (install|i|exec|x))( -\\S+)* ["']?${name}|(Image|Container|image =|--tag|image:)[ (]*["']?${name}`,
  )
  const lines = files.flatMap((path) =>
    read(path)
      .split('\n')
      .filter((line) => takes.test(line.replaceAll(`npx --no-install ${name}`, '')))
      .map((line) => `${path}: ${line.trim()}`),
  )
  expect(lines).toEqual([])
  for (const recipe of ['jest', 'vitest'])
    expect(JSON.parse(read(`packages/${name}/recipes/${recipe}/package.json`)).devDependencies[name]).toMatch(/^file:/)
  expect(read(`.github/actions/${name}/action.yml`)).toMatch(
    / {2}package:\n {4}description: .*\n {4}required: true\n {2}\w/,
  )
})

test('releases wait for one another, and none is dropped', () => {
  // A version's channel is decided from the tags at the start of its run.
  expect(read('.github/workflows/release-emulator.yml')).toMatch(
    /^concurrency:\n {2}group: \$\{\{ github\.workflow \}\}\n {2}cancel-in-progress: false\n {2}queue: max\n\n/m,
  )
})

test('a release is tried on the lowest Node that its package allows, and on each line', () => {
  const workflow = read('.github/workflows/release-emulator.yml')
  expect(read('packages/agentcore-identity-emulator/pack/manifest.ts')).toContain("node: '^20.12.0 || >=22.0.0'")
  expect(workflow).toContain('node: ["20.12.0", "22", "24"]')
  expect(workflow.match(/needs: \[build, nodes\]/g)).toHaveLength(2)
})

test('a workflow builds and keeps the bill of materials of each image that is deployed', () => {
  const workflow = read('.github/workflows/supply-chain.yml')
  for (const service of CONTAINER_NAMES) expect(workflow).toMatch(new RegExp(`service: \\[.*\\b${service}\\b.*\\]`))
  expect(workflow).toContain('sbom.cdx.json')
  // The contents of the bill of materials are checked there.
  expect(existsSync(join(root, 'infra/test/images.test.ts'))).toBe(true)
})

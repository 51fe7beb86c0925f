import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { extraCertificates } from '../config.ts'

/**
 * Replacements for the Dockerfile's base images, for machines without an image registry: Debian with this machine's Node and npm, and Node with its
 * libraries.
 */
export const STAND_INS = { build: 'localhost/stand-in-build', runtime: 'localhost/stand-in-runtime' } as const

/** @returns the first of these requirements that this machine does not meet, or undefined */
export function whatStandInsLack(): string | undefined {
  if (process.getuid?.() !== 0) return 'making a base image requires root'
  for (const program of ['buildah', 'debootstrap', 'npm', 'redis-server'])
    if (spawnSync('which', [program]).status !== 0) return `there is no ${program} on this machine`
  return undefined
}

export function makeStandIns(): void {
  const directory = mkdtempSync(join(tmpdir(), 'agent-identity-stand-ins-'))
  try {
    commit(STAND_INS.runtime, runtimeRoot(join(directory, 'runtime')), [])
    commit(STAND_INS.build, buildRoot(join(directory, 'build')), certificateSettings())
  } finally {
    rmSync(directory, { recursive: true })
  }
}

function runtimeRoot(root: string): string {
  const node = process.execPath
  const libraries = execFileSync('ldd', [node], { encoding: 'utf8' }).match(/\/\S+\.so\S*/g) ?? []
  for (const [from, to] of [[node, '/nodejs/bin/node'], ...libraries.map((library) => [library, library])] as const) {
    mkdirSync(dirname(join(root, to)), { recursive: true })
    copyFileSync(from, join(root, to))
  }
  mkdirSync(join(root, 'proc'))
  return root
}

function buildRoot(root: string): string {
  execFileSync('debootstrap', ['--variant=minbase', '--include=ca-certificates,libstdc++6', 'bookworm', root], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  copyFileSync(process.execPath, join(root, 'usr/local/bin/node'))
  const modules = execFileSync('npm', ['root', '--global'], { encoding: 'utf8' }).trim()
  cpSync(join(modules, 'npm'), join(root, 'usr/local/lib/node_modules/npm'), { recursive: true })
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
  const certificates = extraCertificates()
  if (certificates) copyFileSync(certificates, join(root, EXTRA_CERTIFICATES))
  return root
}

const EXTRA_CERTIFICATES = 'etc/ssl/certs/extra.pem'

/** Where a proxy intercepts TLS, the Node in the image needs the proxy's authority. */
const certificateSettings = () => (extraCertificates() ? ['--env', `NODE_EXTRA_CA_CERTS=/${EXTRA_CERTIFICATES}`] : [])

function commit(name: string, root: string, settings: string[]): void {
  const buildah = (...args: string[]) => execFileSync('buildah', args, { encoding: 'utf8' }).trim()
  const container = buildah('from', 'scratch')
  buildah('add', '--quiet', container, root, '/')
  if (settings.length > 0) buildah('config', ...settings, container)
  buildah('commit', '--quiet', '--rm', container, name)
}

import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ROUTES } from '@agent-identity/contracts'
import type { BenchStack } from '../support/bench-stack.ts'
import { freePort } from '../support/free-port.ts'
import { usageOf } from '../support/process-usage.ts'
import { killAtExit } from '../support/server-process.ts'

interface Apache {
  program: string
  modules: string
}

/** @returns the reason when Apache cannot be used */
export function findApache(): Apache | string {
  if (process.platform !== 'linux') return 'Apache is measured on Linux only'
  const directories = ['/usr/sbin', '/usr/local/sbin', ...searchPath()]
  const program = directories.flatMap((one) => [join(one, 'apache2'), join(one, 'httpd')]).find(isExecutable)
  if (!program) return 'Apache is not installed'
  const around = dirname(dirname(program))
  const modules = [join(around, 'lib/apache2/modules'), join(around, 'lib64/httpd/modules')].find(existsSync)
  if (!modules || !existsSync(join(modules, 'mod_auth_openidc.so'))) return 'mod_auth_openidc is not installed'
  return { program, modules }
}

/** Apache has one worker process. */
export async function startApache(stack: BenchStack, { program, modules }: Apache) {
  const directory = await mkdtemp(join(tmpdir(), 'agent-identity-apache-'))
  await chmod(directory, 0o755)
  await mkdir(join(directory, 'htdocs/api'), { recursive: true })
  await writeFile(join(directory, 'htdocs', ROUTES.session), JSON.stringify({ user: { subject: 'subject-0' } }))
  const port = await freePort()
  const configuration = join(directory, 'httpd.conf')
  await writeFile(configuration, configurationOf(stack, modules, directory, port), { mode: 0o600 })
  const child = spawn(program, ['-f', configuration, '-DFOREGROUND'], { stdio: 'ignore' })
  killAtExit(child)
  const url = `http://127.0.0.1:${port}`
  for (let n = 0; (await fetch(url).catch(() => undefined)) === undefined; n++) {
    if (n > 100 || child.exitCode !== null)
      throw new Error(`Apache does not start: ${await readFile(join(directory, 'error.log'), 'utf8').catch(() => '')}`)
    await delay(50)
  }
  const pid = child.pid ?? 0
  return {
    url,
    version: `${/Apache\/[\d.]+/.exec(execFileSync(program, ['-v'], { encoding: 'utf8' }))?.[0]} with mod_auth_openidc`,
    async usage() {
      const children = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ')
      const usages = await Promise.all([pid, ...children.map(Number)].map(usageOf))
      const sum = (of: 'cpuSeconds' | 'residentMiB') => usages.reduce((total, usage) => total + usage[of], 0)
      return { cpuSeconds: sum('cpuSeconds'), residentMiB: sum('residentMiB') }
    },
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
      await rm(directory, { recursive: true, force: true })
    },
  }
}

function configurationOf(stack: BenchStack, modules: string, directory: string, port: number): string {
  const { OIDC_CLIENT_ID, OIDC_CLIENT_SECRET } = stack.environments['agent-workload']
  const load = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc', 'unixd']
    .filter((name) => existsSync(join(modules, `mod_${name}.so`)))
    .map((name) => `LoadModule ${name}_module ${join(modules, `mod_${name}.so`)}`)
  return `ServerRoot ${directory}
ServerName localhost
DefaultRuntimeDir ${directory}
PidFile ${directory}/httpd.pid
ErrorLog ${directory}/error.log
Listen 127.0.0.1:${port}
${load.join('\n')}
User #65534
Group #65534
StartServers 1
ServerLimit 1
ThreadsPerChild 32
MaxRequestWorkers 32
KeepAlive On
MaxKeepAliveRequests 0
DocumentRoot ${directory}/htdocs
OIDCProviderMetadataURL ${stack.signIn}/.well-known/openid-configuration
OIDCClientID ${OIDC_CLIENT_ID}
OIDCClientSecret ${OIDC_CLIENT_SECRET}
OIDCRedirectURI ${stack.app}${ROUTES.signInRedirect}
OIDCCryptoPassphrase ${OIDC_CLIENT_SECRET}
OIDCScope "openid profile email"
OIDCPKCEMethod S256
OIDCSessionType server-cache
OIDCCacheType redis
OIDCRedisCacheServer ${new URL(stack.redis).host}
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
`
}

const searchPath = () => execFileSync('sh', ['-c', 'echo $PATH'], { encoding: 'utf8' }).trim().split(':')

function isExecutable(path: string): boolean {
  try {
    accessSync(path, 1)
    return true
  } catch {
    return false
  }
}

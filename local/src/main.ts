import type { ProviderId } from '@agent-identity/contracts'
import { loadScriptedOf } from '@agent-identity/providers/scripted'
import { createAuditFile } from './audit-file.ts'
import { HELP, parseCommandLine } from './command-line.ts'
import { readyLine } from './local-stack.ts'
import { LocalStackError } from './local-stack-error.ts'
import { announceDemo } from './running-demo.ts'
import { startLocalStack } from './start-local-stack.ts'
import { logPrinter, welcome } from './terminal.ts'

const print = (text: string) => process.stdout.write(`${text}\n`)
const tell = (text: string) => process.stderr.write(`${text}\n`)

async function main(): Promise<void> {
  const commandLine = parseCommandLine(process.argv.slice(2))
  if (commandLine === 'help') return void print(HELP.trimEnd())
  const { json, port, replicas, logs, mcp, assumptions, signInHabit, providers } = commandLine

  const stopping = new AbortController()
  // `disconnect`: our parent has ended, perhaps without passing on a signal.
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect']) process.on(event, () => stopping.abort())

  const auditFile = createAuditFile()
  process.once('exit', auditFile.remove)
  const printLog = logPrinter({ everything: logs, tell })
  tell('Starting the local stack …')
  const start = performance.now()
  const stack = await startLocalStack({
    port,
    replicas,
    mcp,
    signInHabit,
    providers,
    // AWS most likely shows its own error; here "Deny" should show the application's page.
    identityAssumptions: { deniedConsent: 'return', ...assumptions },
    signal: stopping.signal,
    onProgress: tell,
    onLog: (line) => {
      auditFile.write(line.line)
      if (logs || !stopping.signal.aborted) printLog(line)
    },
  })
  tell(`Ready after ${((performance.now() - start) / 1_000).toFixed(1)} s.`)
  const withdraw = announceDemo({ ...stack, auditFile: auditFile.path })
  process.once('exit', withdraw)
  print(json ? readyLine(stack) : welcome(stack, await questions(Object.keys(stack.deployment.credentialProviders))))

  if (!stopping.signal.aborted) await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve))
  withdraw()
  tell('Stopping …')
  await stack.stop()
}

async function questions(offered: readonly ProviderId[]): Promise<string[]> {
  const scripted = await Promise.all(offered.map(loadScriptedOf))
  return scripted.flatMap((one) => Object.values(one).map(({ example }) => example))
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    // Stopped during the start.
    if (error.name === 'AbortError') process.exit(0)
    tell(error instanceof LocalStackError ? error.message : (error.stack ?? error.message))
    process.exit(1)
  },
)

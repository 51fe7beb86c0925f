import { DeploymentError } from '@agent-identity/infra/read-deployment'
import { parseCommandLine } from '../command-line.ts'
import { OperationError } from '../operation-error.ts'
import { printable } from '../printable.ts'
import { resolveTarget } from '../target/resolve-target.ts'
import { launchChromium } from './browser/chromium.ts'
import { chromiumPath, isSuperuser } from './config.ts'
import { interruptibleWait } from './interruptible.ts'
import { openPlace } from './place/open-place.ts'
import { Mask } from './report/mask.ts'
import { isPassed, jsonOf, requireWritable, writeReport } from './report/report.ts'
import { summaryOf } from './report/summary.ts'
import { runVerification } from './run-verification.ts'

const printableLines = (text: string) => `${text.split('\n').map(printable).join('\n')}\n`
const print = (text: string) => process.stdout.write(printableLines(text))
const tell = (text: string) => process.stderr.write(printableLines(text))

async function main(): Promise<number> {
  const commandLine = parseCommandLine('verify', process.argv.slice(2))
  if ('help' in commandLine) {
    print(commandLine.help.trimEnd())
    return 0
  }
  // A run takes minutes: it must not end without its report.
  await requireWritable(commandLine.report)
  const stopping = new AbortController()
  for (const event of ['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])
    process.on(event, () => {
      if (!stopping.signal.aborted) tell('Stopping; removing the created resources first.')
      stopping.abort()
    })
  // A stage's pages come from the internet.
  const sandbox = commandLine.asked.kind === 'stage' && !isSuperuser()
  if (commandLine.asked.kind === 'stage' && !sandbox)
    tell('Chromium runs without its sandbox, because the superuser cannot use it.')
  const mask = new Mask()
  const place = await openPlace(await resolveTarget(commandLine.asked), {
    long: commandLine.long,
    mask,
    say: tell,
    wait: interruptibleWait(stopping.signal),
  })
  try {
    const report = await runVerification(place, mask, {
      long: commandLine.long,
      stopped: stopping.signal,
      launch: () => launchChromium(chromiumPath(), { sandbox }),
      say: tell,
    })
    const files = await writeReport(commandLine.report, report, mask)
    if (commandLine.json) print(JSON.stringify(jsonOf(report)))
    else print(summaryOf(report, files))
    return isPassed(report) ? 0 : 1
  } catch (error) {
    if (stopping.signal.aborted) return 130
    throw new OperationError(mask.apply((error as Error).message))
  }
}

main().then(
  (status) => process.exit(status),
  (error: Error) => {
    tell(
      error instanceof OperationError || error instanceof DeploymentError
        ? error.message
        : (error.stack ?? error.message),
    )
    process.exit(1)
  },
)

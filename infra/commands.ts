import { bootstrap } from './commands/bootstrap.ts'
import { type CommandLine, HELP, parseCommandLine } from './commands/command-line.ts'
import { deploy } from './commands/deploy.ts'
import { destroy } from './commands/destroy.ts'
import { diff } from './commands/diff.ts'
import { firstUser } from './commands/first-user.ts'
import { synthesize } from './commands/synthesize.ts'
import { DeploymentError } from './read-deployment.ts'

const COMMANDS: Readonly<Record<string, (line: CommandLine) => Promise<unknown>>> = {
  synth: synthesize,
  bootstrap,
  diff,
  deploy: async (line) => {
    process.exitCode = await deploy(line)
  },
  'first-user': firstUser,
  destroy,
}

const args = process.argv.slice(2)
try {
  if (args.includes('--help')) process.stdout.write(HELP)
  else {
    const { command, ...line } = parseCommandLine(args, Object.keys(COMMANDS))
    await COMMANDS[command]?.(line)
  }
} catch (error) {
  if (!(error instanceof DeploymentError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

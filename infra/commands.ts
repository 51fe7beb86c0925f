import { bootstrap } from './commands/bootstrap.ts'
import { HELP, parseCommandLine } from './commands/command-line.ts'
import { deploy } from './commands/deploy.ts'
import { destroy } from './commands/destroy.ts'
import { firstUser } from './commands/first-user.ts'
import { synthesize } from './commands/synthesize.ts'
import { DeploymentError } from './read-deployment.ts'

const COMMANDS = { synth: synthesize, bootstrap, deploy, 'first-user': firstUser, destroy } as const

const args = process.argv.slice(2)
try {
  if (args.includes('--help')) process.stdout.write(HELP)
  else {
    const { command, ...line } = parseCommandLine(args, Object.keys(COMMANDS))
    await COMMANDS[command as keyof typeof COMMANDS](line)
  }
} catch (error) {
  if (!(error instanceof DeploymentError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

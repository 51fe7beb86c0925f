import { type CommandLine, HELP, parseCommandLine } from './commands/command-line.ts'
import { DeploymentError } from './read-deployment.ts'

/** Loaded when it runs: the clients of AWS take a second to load. */
const COMMANDS: Readonly<Record<string, () => Promise<(line: CommandLine) => Promise<unknown>>>> = {
  synth: async () => (await import('./commands/synthesize.ts')).synthesize,
  bootstrap: async () => (await import('./commands/bootstrap.ts')).bootstrap,
  diff: async () => (await import('./commands/diff.ts')).diff,
  deploy: async () => {
    const { deploy } = await import('./commands/deploy.ts')
    return async (line) => {
      process.exitCode = await deploy(line)
    }
  },
  'first-user': async () => (await import('./commands/first-user.ts')).firstUser,
  destroy: async () => (await import('./commands/destroy.ts')).destroy,
}

const args = process.argv.slice(2)
try {
  if (args.includes('--help')) process.stdout.write(HELP)
  else {
    const { command, ...line } = parseCommandLine(args, Object.keys(COMMANDS))
    const run = await COMMANDS[command]?.()
    await run?.(line)
  }
} catch (error) {
  if (!(error instanceof DeploymentError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}

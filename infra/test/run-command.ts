import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { compileCache, WITHOUT_RULES } from './config.ts'
import { type Call, type Reply, startFakeAws } from './fake-aws.ts'

export type Answers = Record<string, Reply | ((call: Call) => Reply | undefined)>

const SIGNED_IN: Answers = {
  GetCallerIdentity: { xml: '<Account>123456789012</Account>' },
  GetParameter: { json: { Parameter: { Name: 'version', Value: '30' } } },
}

export const NO_STACK: Reply = { code: 'ValidationError', message: 'Stack with id x does not exist' }

/**
 * Runs a command without a terminal. The fake AWS has only these answers and those of `SIGNED_IN`, so a CDK CLI that the command starts fails.
 *
 * @param directory for the templates
 */
export async function runCommand(directory: string, args: readonly string[], answers: Answers) {
  const fake = await startFakeAws((call) => {
    const reply = { ...SIGNED_IN, ...answers }[call.operation]
    return typeof reply === 'function' ? reply(call) : reply
  })
  try {
    const command = spawn(
      process.execPath,
      [join(import.meta.dirname, '../commands.ts'), ...args, '--output', join(directory, 'cdk.out')],
      {
        env: {
          PATH: '/usr/bin:/bin',
          HOME: directory,
          CDK_DOCKER: 'true',
          AWS_EC2_METADATA_DISABLED: 'true',
          ...compileCache(),
          ...WITHOUT_RULES,
          ...fake.environment,
        },
      },
    )
    command.stdin.end()
    const [stdout, stderr, [status]] = await Promise.all([
      text(command.stdout),
      text(command.stderr),
      once(command, 'exit') as Promise<[number]>,
    ])
    const of = (operation: string) =>
      fake.calls.filter((call) => call.operation === operation).map((call) => call.parameters)
    return { stdout, stderr, status, calls: fake.calls, of }
  } finally {
    fake.close()
  }
}

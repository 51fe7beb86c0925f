import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { LocalStack } from '@agent-identity/local'
import { announceDemo } from '@agent-identity/local/running-demo'
import {
  BedrockAgentCoreControlClient,
  paginateListOauth2CredentialProviders,
  paginateListWorkloadIdentities,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { DEFENCES, type Defence, type DefenceName } from './defences.ts'
import type { Person } from './person.ts'
import { person, type Stack } from './stack.ts'
import { startStackOfItsOwn } from './stack-of-its-own.ts'

const MAIN = fileURLToPath(import.meta.resolve('../../operations/verify/main.ts'))

export interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Announces this stack as a running demo with these two users. */
export function verifyCommand(stack: Stack, people: readonly [Person, Person]) {
  const directory = mkdtempSync(join(tmpdir(), 'verify-report-'))
  const users = people.map(({ username, password }) => ({ username, password }))
  const processes = stack.processes as LocalStack['processes']
  const withdraw = announceDemo({ ...stack, processes, users, auditFile: stack.logFile })

  return {
    /** @param at the signal to send when this sentence appears on standard error */
    run(more: readonly string[] = [], at?: { sentence: string; signal: NodeJS.Signals }): Promise<Ended> {
      const port = new URL(stack.app).port
      const child = spawn(process.execPath, [MAIN, '--local', '--port', port, '--report', directory, ...more], {
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const ended: Ended = { code: null, stdout: '', stderr: '' }
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        ended.stdout += text
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        const before = ended.stderr
        ended.stderr += text
        if (at && !before.includes(at.sentence) && ended.stderr.includes(at.sentence)) child.kill(at.signal)
      })
      return new Promise((resolve) => {
        child.on('close', (code) => resolve({ ...ended, code }))
      })
    },
    /** undefined when the file cannot be read. */
    report: (format: 'md' | 'json') =>
      readFile(join(directory, `verify-report.${format}`), 'utf8').catch(() => undefined),
    async close() {
      withdraw()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** Created by `npm run verify`, and not deleted. */
export async function temporaryNames(stack: Stack): Promise<string[]> {
  const client = new BedrockAgentCoreControlClient({
    endpoint: stack.agentcoreIdentity,
    region: stack.awsRegion,
    credentials: stack.awsCredentials.administrator,
  })
  const names: (string | undefined)[] = []
  for await (const page of paginateListOauth2CredentialProviders({ client }, {}))
    names.push(...(page.credentialProviders ?? []).map(({ name }) => name))
  for await (const page of paginateListWorkloadIdentities({ client }, {}))
    names.push(...(page.workloadIdentities ?? []).map(({ name }) => name))
  client.destroy()
  return names.filter((name): name is string => name?.startsWith('agent-identity-verify-') ?? false)
}

/** Runs the command against a stack of its own, one of whose services lacks this defence. */
export async function verifyWithout(name: DefenceName): Promise<Ended & { failed: string[] }> {
  const { service, assumptions }: Defence = DEFENCES[name]
  const module = `${import.meta.resolve('./without-defence.ts')}#${encodeURIComponent(name)}`
  const stack = await startStackOfItsOwn(
    {},
    {
      replicas: 1,
      imports: { [service]: module },
      ...(assumptions && { identityAssumptions: assumptions }),
    },
  )
  const verify = verifyCommand(stack, [person(stack, 'user-1'), person(stack, 'user-2')])
  try {
    const ended = await verify.run(['--json'])
    return { ...ended, failed: (JSON.parse(ended.stdout || '{}') as { failed?: string[] }).failed ?? [] }
  } finally {
    await verify.close()
    await stack.stop()
  }
}

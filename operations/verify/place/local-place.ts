import { readFile } from 'node:fs/promises'
import { AuditLine } from '@agent-identity/contracts'
import { profile } from '@agent-identity/providers/profile'
import { OperationError } from '../../operation-error.ts'
import { navigate } from '../agentcore/navigate.ts'
import { removeAgentcoreLeftovers } from '../agentcore/remove-leftovers.ts'
import { TemporaryResources } from '../agentcore/temporary-resources.ts'
import { flowRow, flowRowNotTried } from '../flow/flow-row.ts'
import { isTemporary } from '../temporary-name.ts'
import { startLocalVendor } from '../vendor/local-vendor.ts'
import type { Place } from './place.ts'

export interface Demo {
  app: string
  agentcoreIdentity: string
  users: readonly { username: string; password: string }[]
  awsRegion: string
  awsCredentials: { administrator: { accessKeyId: string; secretAccessKey: string } }
  processes?: { 'mcp-server'?: readonly unknown[] | undefined }
  deployment: { credentialProviders: Readonly<Record<string, string>> }
  auditFile?: string | undefined
}

interface Call {
  at: string
  operation: string
  principal?: string
}

/** The number of calls that the emulator keeps (its `src/control/calls.ts`). */
const KEPT_CALLS = 10_000

/** The demo's first two users are the rightful user and the attacker. */
export async function localPlace(demo: Demo): Promise<Place> {
  if (!(profile.id in demo.deployment.credentialProviders))
    throw new OperationError(
      'verify consents at the provider "profile", which this demo does not have: start it with profile among its --providers, or without that option.',
    )
  const { administrator } = demo.awsCredentials
  const service = new TemporaryResources({
    endpoint: demo.agentcoreIdentity,
    region: demo.awsRegion,
    credentials: administrator,
  })
  const calls = async (): Promise<Call[]> =>
    JSON.parse((await navigate(`${demo.agentcoreIdentity}/_emulator/calls`)).body) as Call[]
  const startedAt = new Date().toISOString()
  const [alice, bob] = demo.users
  if (!alice || !bob) throw new Error('A demo has two users at least.')
  const user = ({ username, password }: typeof alice) => ({ username, password, email: `${username}@example.com` })

  return {
    kind: 'local',
    title: 'a demo on this machine: the emulator, not AWS',
    region: demo.awsRegion,
    app: demo.app,
    hasMcpServer: (demo.processes?.['mcp-server'] ?? []).length > 0,
    displayName: profile.displayName,
    service,
    secrets: [
      [administrator.accessKeyId, 'access key id'],
      [administrator.secretAccessKey, 'secret access key'],
      ...demo.users.flatMap(({ username, password }) => [
        [password, 'password'] as const,
        [`${username}@example.com`, 'e-mail address'] as const,
      ]),
    ],
    makeUsers: async () => [user(alice), user(bob)],
    startVendor: () => startLocalVendor(),
    auditLinesWithinMs: 10_000,
    async auditLines() {
      const text = demo.auditFile ? await readFile(demo.auditFile, 'utf8') : ''
      return text
        .split('\n')
        .filter((line) => line.startsWith('{') && line.includes('"audit":true'))
        .map((line) => AuditLine.parse(JSON.parse(line)))
        .filter(({ time }) => time >= startedAt)
    },
    async lookAtCalls({ authorizationIds }) {
      const made = (await calls()).filter(({ at }) => at >= startedAt)
      // Our direct calls use the administrator's credentials.
      const completions = made.filter(
        ({ operation, principal }) =>
          operation === 'CompleteResourceTokenAuth' && principal?.includes('session-binding'),
      )
      const what = [
        'one-completion',
        'Calls of CompleteResourceTokenAuth by session binding, over all returns and attacks: one for each consent',
        String(authorizationIds.length),
      ] as const
      return made.length < KEPT_CALLS
        ? [flowRow(...what, String(completions.length))]
        : [flowRowNotTried(...what, `the emulator keeps ${KEPT_CALLS} calls, and has had more since the run began`)]
    },
    async wait(milliseconds) {
      const answer = await fetch(`${demo.agentcoreIdentity}/_emulator/clock`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ advanceSeconds: Math.ceil(milliseconds / 1_000) }),
      })
      await answer.text()
      if (!answer.ok) throw new Error(`The emulator's clock answered ${answer.status}.`)
    },
    // Two runs cannot share a demo anyway: they would have the same users.
    removeLeftovers: () => removeAgentcoreLeftovers(service, isTemporary),
    close: () => service.close(),
  }
}

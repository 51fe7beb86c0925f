import { AgentWorkloadEnvironment, McpServerEnvironment } from '@agent-identity/contracts'
import { CONTAINER_NAMES, type PerContainer } from '@agent-identity/infra/names'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { type Check, DEPLOY_AGAIN, type Finding, wrong } from '../finding.ts'
import type { RunningService } from '../read-services.ts'
import type { Stage } from '../stage.ts'

const RINGS = ['USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS', 'USER_TOKENS_KEYS', 'TURN_KEYS'] as const
const OF_MCP = ['CONNECTION_KEYS', 'MCP_KEYS'] as const
type Ring = (typeof RINGS)[number] | (typeof OF_MCP)[number]
const NAMES = {
  'agent-workload': 'The agent workload',
  'session-binding': 'Session binding',
  'mcp-server': 'The MCP server',
}

const OF_BOTH: readonly Ring[] = ['USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS']

const ROTATION = 'Put a right one into the secret (docs/deploy.md, "Rotation"), then deploy every service again.'

/** No finding may contain a part of a key, or its id. */
export const keyRings: Check<Stage> = {
  name: 'key rings',
  async run(stage) {
    const services = await stage.services()
    const { 'agent-workload': workload, 'mcp-server': mcp } = services
    // `givenTo` reports a missing ring.
    const given = [...RINGS, ...(mcp ? OF_MCP : [])].flatMap((ring) => {
      const secret = workload.secrets.get(ring) ?? mcp?.secrets.get(ring)
      return secret === undefined ? [] : [{ ring, secret }]
    })
    const parsed = await Promise.all(
      given.map(async ({ ring, secret }) => ({ ring, keys: keysOf(ring, await read(stage, secret)) })),
    )
    return [...givenTo(services), ...parsed.flatMap(formOf), ...shared(parsed)]
  },
}

async function read({ aws }: Stage, SecretId: string): Promise<string> {
  return (await aws.secretsManager.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? ''
}

/** @returns undefined when the text is no key ring */
function keysOf(ring: Ring, text: string): string[] | undefined {
  const schema = ring === 'MCP_KEYS' ? McpServerEnvironment.shape[ring] : AgentWorkloadEnvironment.shape[ring]
  const parsed = schema.safeParse(text)
  return parsed.success && parsed.data ? Object.values(parsed.data.keys) : undefined
}

function ringsOf(withMcp: boolean): PerContainer<readonly Ring[]> {
  return {
    'agent-workload': [...RINGS, ...(withMcp ? (['CONNECTION_KEYS'] as const) : [])],
    'session-binding': OF_BOTH,
    'mcp-server': withMcp ? OF_MCP : undefined,
  }
}

function givenTo(services: PerContainer<RunningService>): Finding[] {
  const { 'agent-workload': workload } = services
  const rings = ringsOf(services['mcp-server'] !== undefined)
  return CONTAINER_NAMES.flatMap((name) => {
    const secrets = services[name]?.secrets
    const its = rings[name]
    if (!secrets || !its) return []
    const missing = its.filter((ring) => !secrets.has(ring))
    const foreign = [...RINGS, ...OF_MCP].filter((ring) => !its.includes(ring) && secrets.has(ring))
    const unequal = its.filter((ring) => {
      const [ours, theirs] = [workload.secrets.get(ring), secrets.get(ring)]
      return ours !== undefined && theirs !== undefined && ours !== theirs
    })
    return [
      ...missing.map((ring) => wrong(`${NAMES[name]} is given no ${ring}.`, DEPLOY_AGAIN)),
      ...foreign.map((ring) => wrong(`${NAMES[name]} is given ${ring}, which it must not have.`, DEPLOY_AGAIN)),
      ...unequal.map((ring) => wrong(`The services have different secrets for ${ring}.`, DEPLOY_AGAIN)),
    ]
  })
}

interface ParsedRing {
  ring: Ring
  keys: string[] | undefined
}

function formOf({ ring, keys }: ParsedRing): Finding[] {
  return keys ? [] : [wrong(`The secret of ${ring} is no key ring.`, ROTATION)]
}

function shared(rings: readonly ParsedRing[]): Finding[] {
  return rings.flatMap(({ ring, keys = [] }, index) =>
    rings
      .slice(index + 1)
      .filter((other) => other.keys?.some((key) => keys.includes(key)))
      .map((other) => wrong(`${ring} and ${other.ring} have a key in common.`, ROTATION)),
  )
}

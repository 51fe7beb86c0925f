import { AgentWorkloadEnvironment, McpServerEnvironment } from '@agent-identity/contracts'
import { CONTAINER_NAMES } from '@agent-identity/infra/names'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { type Check, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'

const RINGS = [
  'USER_SESSION_KEYS',
  'IDENTITY_ARTIFACT_KEYS',
  'USER_TOKENS_KEYS',
  'TURN_KEYS',
  'CONNECTION_KEYS',
  'MCP_KEYS',
] as const
type Ring = (typeof RINGS)[number]

const ROTATION = 'Put a right one into the secret (docs/deploy.md, "Rotation"), then deploy every service again.'

/** A person writes them during a rotation. No finding may contain a part of a key, or its id. */
export const keyRings: Check<Stage> = {
  name: 'key rings',
  async run(stage) {
    const services = await stage.services()
    const given = RINGS.flatMap((ring) => {
      const secret = CONTAINER_NAMES.map((name) => services[name]?.secrets.get(ring)).find(Boolean)
      return secret ? [{ ring, secret }] : []
    })
    const rings = await Promise.all(
      given.map(async ({ ring, secret }) => ({ ring, keys: keysOf(ring, await read(stage, secret)) })),
    )
    return rings.flatMap(({ ring, keys }, index) => {
      if (!keys) return [wrong(`The secret of ${ring} is no key ring.`, ROTATION)]
      return rings
        .slice(index + 1)
        .filter((other) => other.keys?.some((key) => keys.includes(key)))
        .map((other) => wrong(`${ring} and ${other.ring} have a key in common.`, ROTATION))
    })
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

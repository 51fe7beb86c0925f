import { AgentWorkloadEnvironment } from '@agent-identity/contracts'
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { type Check, DEPLOY_AGAIN, type Finding, wrong } from '../finding.ts'
import type { RunningService } from '../read-services.ts'
import type { Stage } from '../stage.ts'

const RINGS = ['USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS', 'USER_TOKENS_KEYS', 'TURN_KEYS'] as const
type Ring = (typeof RINGS)[number]

/** Session binding must be able to open these two kinds and no other. */
const OF_BOTH: readonly Ring[] = ['USER_SESSION_KEYS', 'IDENTITY_ARTIFACT_KEYS']

const ROTATION = 'Put a right one into the secret (docs/deploy.md, "Rotation"), then deploy both services again.'

/** The keys are only read and compared: no finding contains a part of them, not even a key's id. */
export const keyRings: Check<Stage> = {
  name: 'key rings',
  async run(stage) {
    const { 'agent-workload': workload, 'session-binding': binding } = await stage.services()
    // A ring that the workload does not have is reported once, not also as malformed.
    const given = RINGS.flatMap((ring) => {
      const secret = workload.secrets.get(ring)
      return secret === undefined ? [] : [{ ring, secret }]
    })
    const parsed = await Promise.all(
      given.map(async ({ ring, secret }) => ({ ring, keys: keysOf(ring, await read(stage, secret)) })),
    )
    return [...givenTo(workload, binding), ...parsed.flatMap(formOf), ...shared(parsed)]
  },
}

async function read({ aws }: Stage, SecretId: string): Promise<string> {
  return (await aws.secretsManager.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? ''
}

/** @returns undefined when the ring does not match the contract */
function keysOf(ring: Ring, text: string): string[] | undefined {
  const parsed = AgentWorkloadEnvironment.shape[ring].safeParse(text)
  return parsed.success ? Object.values(parsed.data.keys) : undefined
}

function givenTo(workload: RunningService, binding: RunningService): Finding[] {
  const foreign = RINGS.filter((ring) => !OF_BOTH.includes(ring) && binding.secrets.has(ring))
  const unequal = OF_BOTH.filter((ring) => {
    const [ours, its] = [workload.secrets.get(ring), binding.secrets.get(ring)]
    return ours !== undefined && its !== undefined && ours !== its
  })
  return [
    ...missing(workload, RINGS).map((ring) => wrong(`The agent workload is given no ${ring}.`, DEPLOY_AGAIN)),
    ...missing(binding, OF_BOTH).map((ring) => wrong(`Session binding is given no ${ring}.`, DEPLOY_AGAIN)),
    ...foreign.map((ring) => wrong(`Session binding is given ${ring}, which it must not have.`, DEPLOY_AGAIN)),
    ...unequal.map((ring) => wrong(`The two services have different secrets for ${ring}.`, DEPLOY_AGAIN)),
  ]
}

const missing = ({ secrets }: RunningService, rings: readonly Ring[]) => rings.filter((ring) => !secrets.has(ring))

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

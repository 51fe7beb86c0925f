import { readDeployment } from '@agent-identity/infra/read-deployment'
import { createAwsClients } from '@agent-identity/operations/aws-clients'
import { examine } from '@agent-identity/operations/examine'
import { CREDENTIALS } from './services.ts'
import type { StageInCloud } from './stage.ts'

/** Checks that complain about moto, with the reasons. */
export const NOT_IN_MOTO: Readonly<Record<string, string>> = {
  firewall: 'the firewall is a name here',
  'load balancer targets': 'no task ever starts',
  services: 'no task ever starts',
  'client secrets of the providers': 'the emulator keeps them, not Secrets Manager',
  'rights of the task roles': 'moto simulates no policies',
  'session store and its users': 'moto has no user groups',
  model: 'moto has no inference profiles',
  quotas: 'moto does not know these quotas',
}

/** Findings as `check: sentence`, without those that a person must look at. */
export async function examineInMoto({ context, cloud, nameOf }: StageInCloud): Promise<string[]> {
  const { region, moto, services } = cloud
  const deployment = readDeployment(context)
  const results = await examine(
    {
      kind: 'stage',
      context,
      deployment,
      prefix: nameOf('').slice(0, -1),
      aws: {
        ...createAwsClients(region, { endpoint: moto.url, credentials: { ...CREDENTIALS } }),
        agentcore: services.agentcore,
      },
    },
    { get },
  )
  return results.flatMap(({ check, findings }) =>
    findings.filter(({ kind }) => kind === 'wrong' || kind === 'not checked').map(({ what }) => `${check}: ${what}`),
  )
}

/** Answers as the servers of a healthy stage would: none of them runs here. */
async function get(url: string): Promise<{ status: number; body: string }> {
  const [issuer, rest] = url.split('/.well-known/')
  return rest === undefined
    ? { status: 401, body: '{"code":"not_signed_in"}' }
    : { status: 200, body: JSON.stringify({ issuer }) }
}

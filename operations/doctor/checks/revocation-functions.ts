import { AgentWorkloadEnvironment } from '@agent-identity/contracts'
import { PROVIDERS } from '@agent-identity/providers'
import { DescribeKeyCommand } from '@aws-sdk/client-kms'
import { type FunctionConfiguration, GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda'
import { DescribeSecretCommand, type DescribeSecretResponse } from '@aws-sdk/client-secrets-manager'
import { describeFailure, isNotFound } from '../describe-failure.ts'
import { CannotCheck, type Check, DEPLOY_AGAIN, type Finding, notChecked, wrong } from '../finding.ts'
import type { Stage } from '../stage.ts'
import { type SimulatedCall, simulateCall } from '../task-roles/simulate-call.ts'

export const revocationFunctions: Check<Stage> = {
  name: 'functions that end access tokens',
  async run(stage) {
    const { variable } = (await stage.services())['agent-workload']
    const schema = AgentWorkloadEnvironment.shape.REVOCATION_FUNCTIONS
    const functions = schema.safeParse(variable('REVOCATION_FUNCTIONS', '{}')).data
    if (!functions) throw new CannotCheck('The agent workload’s REVOCATION_FUNCTIONS cannot be read.')
    const needed = (await stage.providers()).filter(({ id }) => PROVIDERS.get(id)?.revocation?.by === 'client')
    return (await Promise.all(needed.map(({ id }) => stateOf(id, functions[id], stage)))).flat()
  },
}

async function stateOf(provider: string, name: string | undefined, stage: Stage): Promise<Finding[]> {
  const none = wrong(
    `No function ends access tokens of ${provider}: its users cannot disconnect it there.`,
    DEPLOY_AGAIN,
  )
  if (!name) return [none]
  const found = await unlessMissing(stage.aws.lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name })))
  if (!found) return [none]
  const { State, LastUpdateStatus, Environment } = found
  return [
    ...(State === 'Active' || State === 'Inactive'
      ? []
      : [wrong(`The function that ends access tokens of ${provider} is ${State}.`, DEPLOY_AGAIN)]),
    ...(LastUpdateStatus === 'Failed'
      ? [wrong(`The last update of the function that ends access tokens of ${provider} failed.`, DEPLOY_AGAIN)]
      : []),
    ...(await whoMayCall(provider, found, stage)),
    // A failed check of the secret must not hide the other findings.
    ...(await secretOf(provider, Environment?.Variables?.CLIENT_SECRET_ID, found, stage).catch((error: unknown) => [
      notChecked(describeFailure(error)),
    ])),
  ]
}

async function whoMayCall(provider: string, { FunctionArn = '' }: FunctionConfiguration, stage: Stage) {
  const findings: Finding[] = []
  const call = { action: 'lambda:InvokeFunction', resources: [FunctionArn], context: {} }
  for (const [service, running] of Object.entries(await stage.services())) {
    if (!running) continue
    const { isAllowed } = await simulateCall(stage.aws.iam, running.taskRoleArn, call)
    const should = service === 'agent-workload'
    if (isAllowed === should) continue
    const may = should ? 'may not' : 'may'
    findings.push(
      wrong(
        `The task role of ${service} ${may} call the function that ends access tokens of ${provider}.`,
        DEPLOY_AGAIN,
      ),
    )
  }
  return findings
}

async function secretOf(
  provider: string,
  id: string | undefined,
  { Role = '' }: FunctionConfiguration,
  stage: Stage,
): Promise<Finding[]> {
  const { aws } = stage
  const secret = id && (await unlessMissing(aws.secretsManager.send(new DescribeSecretCommand({ SecretId: id }))))
  if (!secret || secret.DeletedDate)
    return [
      wrong(
        `The secret with the OAuth client of ${provider} does not exist.`,
        'Store {"clientId":"…","clientSecret":"…"} again.',
      ),
    ]
  for (const call of await callsToRead(secret, stage)) {
    const { isAllowed } = await simulateCall(aws.iam, Role, call)
    if (!isAllowed)
      return [
        wrong(
          `The function that ends access tokens of ${provider} may not read its client’s secret.`,
          `${DEPLOY_AGAIN} A secret with a key of yours needs -c …SecretKeyArn=… besides.`,
        ),
      ]
  }
  return []
}

/** With a customer managed key, Secrets Manager decrypts with the caller's rights. */
async function callsToRead({ ARN = '', KmsKeyId }: DescribeSecretResponse, { aws, deployment }: Stage) {
  const read: SimulatedCall = { action: 'secretsmanager:GetSecretValue', resources: [ARN], context: {} }
  if (!KmsKeyId) return [read]
  // IAM compares ARNs; the secret may name its key by id or alias.
  const { KeyMetadata: key } = await aws.kms.send(new DescribeKeyCommand({ KeyId: KmsKeyId }))
  if (key?.KeyManager === 'AWS') return [read]
  const context = {
    'kms:ViaService': `secretsmanager.${deployment.region}.amazonaws.com`,
    'kms:EncryptionContext:SecretARN': ARN,
  }
  return [read, { action: 'kms:Decrypt', resources: [key?.Arn ?? ''], context }]
}

async function unlessMissing<Reply>(reply: Promise<Reply>): Promise<Reply | undefined> {
  try {
    return await reply
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

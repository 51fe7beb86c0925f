import {
  DeleteOauth2CredentialProviderCommand,
  DeleteWorkloadIdentityCommand,
  UpdateWorkloadIdentityCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation'
import { DeleteUserPoolClientCommand, UpdateUserPoolClientCommand } from '@aws-sdk/client-cognito-identity-provider'
import {
  DeleteServiceCommand,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs'
import { GetSecretValueCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { examineInMoto, NOT_IN_MOTO } from './examine-in-moto.ts'
import { installMoto } from './install-moto.ts'
import { type RunningService, runningService } from './running-service.ts'
import { type StageInCloud, startStage } from './stage.ts'

const MINUTES = 60_000
const PREFIX = 'agent-identity-sandbox'
const missing = installMoto()

const describeDoctor = missing ? describe.skip : describe
describeDoctor('doctor, of a stage that CloudFormation has created', () => {
  let stage: StageInCloud
  let inOrder: string[]
  let workload: RunningService

  beforeAll(async () => {
    stage = await startStage('sandbox')
    await stage.deploy()
    inOrder = await examineInMoto(stage)
    workload = await runningService(stage.cloud.services.ecs, 'agent-workload')
  }, 5 * MINUTES)
  afterAll(() => stage?.cloud.stop())

  /** Findings that the healthy stage does not have. */
  const found = async () => (await examineInMoto(stage)).filter((complaint) => !inOrder.includes(complaint))

  test('reports only what moto lacks', () => {
    const checks = new Set(inOrder.map((complaint) => complaint.split(': ')[0]))
    expect([...checks].sort()).toEqual(Object.keys(NOT_IN_MOTO).sort())
  })

  test('finds a return URL that is not ours, without its query', async () => {
    const { agentcore } = stage.cloud.services
    const ours = `${workload.variables.PUBLIC_URL}/oauth2/session-binding`
    const send = (...urls: string[]) =>
      agentcore.send(new UpdateWorkloadIdentityCommand({ name: PREFIX, allowedResourceOauth2ReturnUrls: urls }))
    await send(ours, 'https://attacker.example/here?secret=1')
    expect(await found()).toEqual([
      `workload identity: The workload identity ${PREFIX} also sends users to https://attacker.example/here.`,
    ])
    await send(ours)
    expect(await found()).toEqual([])
  })

  test('finds a profile client that has lost its callback URL', async () => {
    const { cognito } = stage.cloud.services
    const [call] = stage.cloud.resources('Custom::AWS').flatMap(({ properties }) => {
      const { action, parameters } = JSON.parse(String(properties.Update)) as { action: string; parameters: object }
      return action === 'UpdateUserPoolClient' ? [parameters as { UserPoolId: string; ClientId: string }] : []
    })
    if (!call) throw new Error('The deployment registers no callback URL')
    await cognito.send(new UpdateUserPoolClientCommand({ ...call, CallbackURLs: ['https://callback-url.invalid/'] }))
    expect(await found()).toEqual([
      expect.stringMatching(
        `^callback URLs: The Cognito client of ${PREFIX}-profile does not have AgentCore's callback URL http`,
      ),
    ])
    await cognito.send(new UpdateUserPoolClientCommand(call))
    expect(await found()).toEqual([])
  })

  test('finds key rings that are malformed or share a key, and shows no key', async () => {
    const { secretsManager } = stage.cloud.services
    const SecretId = workload.secrets.TURN_KEYS
    const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId }))
    const other = await secretsManager.send(new GetSecretValueCommand({ SecretId: workload.secrets.USER_TOKENS_KEYS }))
    await secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: other.SecretString }))
    expect(await found()).toEqual(['key rings: USER_TOKENS_KEYS and TURN_KEYS have a key in common.'])
    await secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString: '{"sealWith":"k1"}' }))
    expect(await found()).toEqual(['key rings: The secret of TURN_KEYS is no key ring.'])
    await secretsManager.send(new PutSecretValueCommand({ SecretId, SecretString }))
    expect(await found()).toEqual([])
  })

  test('finds a service that runs another image', async () => {
    const { ecs } = stage.cloud.services
    const { taskDefinition = {} } = await ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: workload.taskDefinition }),
    )
    const { family, taskRoleArn, executionRoleArn, cpu, memory, containerDefinitions = [] } = taskDefinition
    const changed = containerDefinitions.map((container) => ({ ...container, image: 'example.com/another:1' }))
    const input = { family, taskRoleArn, executionRoleArn, cpu, memory, containerDefinitions: changed }
    const { taskDefinition: another } = await ecs.send(new RegisterTaskDefinitionCommand(input))
    const { cluster, service } = workload
    const run = (revision: string | undefined) =>
      ecs.send(new UpdateServiceCommand({ cluster, service, taskDefinition: revision }))
    await run(another?.taskDefinitionArn)
    expect(await found()).toEqual([
      'images: The service agent-workload does not run the image that this checkout builds.',
    ])
    await run(workload.taskDefinition)
    expect(await found()).toEqual([])
  })

  // This test repairs nothing, so it uses a stage of its own.
  test(
    'finds that a provider, a client, the workload identity, a service or a stack is gone',
    async () => {
      const own = await startStage('sandbox')
      try {
        await own.deploy()
        for (const { what, complaint, remove } of await removals(own)) {
          const said = async () => ({
            what,
            complaints: (await examineInMoto(own)).filter((text) => text.startsWith(complaint)),
          })
          expect(await said()).toEqual({ what, complaints: [] })
          await remove()
          expect(await said()).toEqual({ what, complaints: [expect.any(String)] })
        }
      } finally {
        await own.cloud.stop()
      }
    },
    5 * MINUTES,
  )
})

interface Removal {
  what: string
  /** How the finding begins. */
  complaint: string
  remove(): Promise<unknown>
}

async function removals({ cloud, nameOf }: StageInCloud): Promise<Removal[]> {
  const { agentcore, cloudFormation, cognito, ecs } = cloud.services
  const { cluster, service, variables } = await runningService(ecs, 'agent-workload')
  const client = { UserPoolId: cloud.resources('AWS::Cognito::UserPool')[0]?.id, ClientId: variables.OIDC_CLIENT_ID }
  return [
    {
      what: 'a credential provider',
      complaint: `credential providers: AgentCore has no credential provider ${PREFIX}-profile for profile.`,
      remove: () => agentcore.send(new DeleteOauth2CredentialProviderCommand({ name: `${PREFIX}-profile` })),
    },
    {
      what: 'the sign-in client',
      complaint: `sign-in client: The user pool has no client ${client.ClientId}`,
      remove: () => cognito.send(new DeleteUserPoolClientCommand(client)),
    },
    {
      what: 'the workload identity',
      complaint: `workload identity: AgentCore has no workload identity ${PREFIX}`,
      remove: () => agentcore.send(new DeleteWorkloadIdentityCommand({ name: PREFIX })),
    },
    {
      what: 'a service',
      complaint: 'services: The service agent-workload is INACTIVE.',
      remove: () => ecs.send(new DeleteServiceCommand({ cluster, service, force: true })),
    },
    {
      what: 'a stack',
      complaint: `stacks: The stack ${PREFIX}-services is missing.`,
      remove: () => cloudFormation.send(new DeleteStackCommand({ StackName: nameOf('services') })),
    },
  ]
}

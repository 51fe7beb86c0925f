import {
  GetOauth2CredentialProviderCommand,
  GetWorkloadIdentityCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { DescribeUserPoolClientCommand } from '@aws-sdk/client-cognito-identity-provider'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { readStack } from './deploy.ts'
import { installMoto } from './install-moto.ts'
import { runningService } from './running-service.ts'
import { SECRETS_OF_THE_VENDORS, STAGES, type StageInCloud, type StageName, startStage, withTasks } from './stage.ts'
import { whatIsLeft } from './what-is-left.ts'

const MINUTES = 60_000
const missing = installMoto()
const NAMES = Object.keys(STAGES) as StageName[]
const OWN_USER_OF_ELASTICACHE = 'default'
const STACKS = ['network', 'edge', 'identity', 'session-store', 'services']

/** That moto keeps these does not hinder a new deployment: each has no fixed name, or is deleted with its load balancer. */
const NOT_DELETED_BY_MOTO = [
  'AWS::EC2::EIP',
  'AWS::EC2::FlowLog',
  'AWS::EC2::InternetGateway',
  'AWS::EC2::NatGateway',
  'AWS::EC2::Route',
  'AWS::EC2::SecurityGroupIngress',
  'AWS::EC2::SubnetRouteTableAssociation',
  'AWS::EC2::VPCEndpoint',
  'AWS::EC2::VPCGatewayAttachment',
  'AWS::ElasticLoadBalancingV2::Listener',
].map((type) => `not deleted by moto: ${type}`)

/** These change only in how they may be deleted. */
const NOT_UPDATED_BY_MOTO = {
  sandbox: [],
  production: ['AWS::ElasticLoadBalancingV2::LoadBalancer', 'AWS::KMS::Key', 'AWS::Logs::LogGroup'].map(
    (type) => `not updated by moto: ${type}`,
  ),
}

const credentialProviderOf = ({ PROVIDERS = '{}' }: Readonly<Record<string, string>>) =>
  (JSON.parse(PROVIDERS) as Record<string, { credentialProvider: string }>).profile?.credentialProvider

const describeStages = missing ? describe.skip : describe
describeStages.each(NAMES)(`${missing ? `because ${missing}: ` : ''}the %s stage in a CloudFormation`, (name) => {
  let stage: StageInCloud

  beforeAll(async () => {
    stage = await startStage(name)
  }, 5 * MINUTES)
  afterAll(() => stage?.cloud.stop())

  test('needs exactly the listed types outside of moto', () => {
    const { handledTypes, moto } = stage.cloud
    if (name === 'sandbox') process.stderr.write(tableOf(handledTypes))
    expect(moto.knownByItself).toEqual(
      Object.entries(handledTypes).flatMap(([type, { insteadOfMoto }]) => (insteadOfMoto ? [type] : [])),
    )
    // A listed type must be used by one of the stages.
    const certificateArn = 'arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-3333-4444-555555555555'
    const templates = NAMES.flatMap((each) =>
      [true, false].map((keepsData) => [...stage.templates({ ...STAGES[each], certificateArn }, { keepsData })]),
    )
    const text = JSON.stringify(templates)
    const names = Object.keys(handledTypes).flatMap((listed) => listed.split('.'))
    expect(names.filter((listed) => !text.includes(`"${listed}"`))).toEqual([])
  })

  // Each step needs the one before it.
  test(
    'is created, changed, deleted and created again',
    async () => {
      const { cloud } = stage
      const before = await whatIsLeft(cloud)
      expect(before).toEqual([...SECRETS_OF_THE_VENDORS, OWN_USER_OF_ELASTICACHE])

      await stage.deploy()
      await expectComplete('CREATE_COMPLETE')
      await expectReferencesToResolve()
      const first = await runningService(cloud.services.ecs, 'agent-workload')
      expect(credentialProviderOf(first.variables)).toBe(`agent-identity-${name}-profile`)
      await expectProfileCallbackRegistered(first.variables)

      await stage.deploy({ providers: '' })
      const without = await runningService(cloud.services.ecs, 'agent-workload')
      expect(without.taskDefinition).not.toBe(first.taskDefinition)
      expect(without.variables.PROVIDERS).toBe('{}')
      expect(cloud.resources('AWS::BedrockAgentCore::OAuth2CredentialProvider')).toEqual([])

      await stage.deploy()
      const again = await runningService(cloud.services.ecs, 'agent-workload')
      expect(withoutFunctionNames(again.variables)).toEqual(withoutFunctionNames(first.variables))
      await expectProfileCallbackRegistered(again.variables)

      await stage.deploy({}, withTasks(stage, 7))
      expect(
        cloud
          .resources('AWS::ApplicationAutoScaling::ScalableTarget')
          .map(({ properties }) => Number(properties.MinCapacity)),
      ).toContain(7)
      expect((await runningService(cloud.services.ecs, 'agent-workload')).taskDefinition).toBe(again.taskDefinition)

      // A stage that keeps its data must be changed first so that it may be deleted.
      await stage.deploy({}, { keepsData: false })
      await stage.destroy()
      for (const stack of STACKS)
        expect(await readStack(cloud.services.cloudFormation, stage.nameOf(stack))).toBeUndefined()
      expect(await whatIsLeft(cloud)).toEqual(before)

      await stage.deploy()
      await expectComplete('CREATE_COMPLETE')
      await expectReferencesToResolve()
      expect(cloud.moto.complaints()).toEqual([...NOT_DELETED_BY_MOTO, ...NOT_UPDATED_BY_MOTO[name]])
    },
    5 * MINUTES,
  )

  test(
    'continues after a failed first deployment',
    async () => {
      const failed = await startStage(name)
      try {
        const mend = failed.cloud.refuse('AWS::WAFv2::LoggingConfiguration', 'WAFUnavailableEntityException')
        await expect(failed.deploy()).rejects.toThrow('WAFUnavailableEntityException')
        mend()
        await failed.deploy()
        const edge = await readStack(failed.cloud.services.cloudFormation, failed.nameOf('edge'))
        expect(edge?.StackStatus).toBe('CREATE_COMPLETE')
      } finally {
        await failed.cloud.stop()
      }
    },
    5 * MINUTES,
  )

  async function expectComplete(status: string): Promise<void> {
    for (const stack of STACKS) {
      const found = await readStack(stage.cloud.services.cloudFormation, stage.nameOf(stack))
      expect(`${stack} ${found?.StackStatus}`).toBe(`${stack} ${status}`)
    }
  }

  /** The containers' variables refer to resources of other stacks. */
  async function expectReferencesToResolve(): Promise<void> {
    const { services, resources } = stage.cloud
    const { variables } = await runningService(services.ecs, 'agent-workload')
    const identity = await services.agentcore.send(new GetWorkloadIdentityCommand({ name: variables.WORKLOAD_NAME }))
    expect(identity.allowedResourceOauth2ReturnUrls).toEqual([`${variables.PUBLIC_URL}/oauth2/session-binding`])
    const [pool] = resources('AWS::Cognito::UserPool')
    expect(variables.OIDC_ISSUER).toBe(`https://cognito-idp.${stage.cloud.region}.amazonaws.com/${pool?.id}`)
    const { UserPoolClient } = await services.cognito.send(
      new DescribeUserPoolClientCommand({ UserPoolId: pool?.id, ClientId: variables.OIDC_CLIENT_ID }),
    )
    expect(UserPoolClient?.CallbackURLs).toEqual([`${variables.PUBLIC_URL}/auth/callback`])
    expect(variables.REDIS_URL).toMatch(/^rediss:\/\/[\w.-]+\.amazonaws\.com:6379$/)
  }

  /** An API call registers the callback URL: AgentCore creates it with the provider, which needs the client first. */
  async function expectProfileCallbackRegistered(variables: Readonly<Record<string, string>>): Promise<void> {
    const { services, resources } = stage.cloud
    const { callbackUrl, oauth2ProviderConfigOutput } = await services.agentcore.send(
      new GetOauth2CredentialProviderCommand({ name: credentialProviderOf(variables) }),
    )
    const { UserPoolClient } = await services.cognito.send(
      new DescribeUserPoolClientCommand({
        UserPoolId: resources('AWS::Cognito::UserPool')[0]?.id,
        ClientId: oauth2ProviderConfigOutput?.includedOauth2ProviderConfig?.clientId,
      }),
    )
    expect(UserPoolClient?.CallbackURLs).toEqual([callbackUrl])
  }
})

const tableOf = (handledTypes: StageInCloud['cloud']['handledTypes']) =>
  `Made outside of moto's CloudFormation:\n${Object.entries(handledTypes)
    .map(([type, { because }]) => `  ${type}: ${because}\n`)
    .join('')}`

/** CloudFormation gives a new function another name. */
function withoutFunctionNames({ REVOCATION_FUNCTIONS = '{}', ...variables }: Readonly<Record<string, string>>) {
  return { ...variables, revocationFunctions: Object.keys(JSON.parse(REVOCATION_FUNCTIONS)) }
}

import { beforeAll, describe, expect, test } from '@jest/globals'
import { EXAMPLE, readServices } from '../read-services.ts'
import type { SynthesizedServices } from '../synthesized-service.ts'
import { allows } from './simulate.ts'
import { stage } from './stages.ts'

const { accountId } = EXAMPLE

describe('the model', () => {
  const INVOKE = 'bedrock:InvokeModel'
  const profileArn = `arn:aws:bedrock:us-east-1:${accountId}:inference-profile/us.amazon.nova-2-lite-v1:0`
  const model = (region: string, id: string) => `arn:aws:bedrock:${region}::foundation-model/${id}`
  const viaProfile = { 'bedrock:InferenceProfileArn': profileArn }
  let services: SynthesizedServices

  beforeAll(() => {
    services = readServices(stage('sandbox'), EXAMPLE)
  })

  test.each([
    { what: 'the inference profile', resource: profileArn, request: {}, allowed: true },
    {
      what: 'its model in any Region through it',
      resource: model('us-west-2', 'amazon.nova-2-lite-v1:0'),
      request: viaProfile,
      allowed: true,
    },
    {
      what: 'its model without it',
      resource: model('us-west-2', 'amazon.nova-2-lite-v1:0'),
      request: {},
      allowed: false,
    },
    {
      what: 'another model',
      resource: model('us-east-1', 'amazon.nova-pro-v1:0'),
      request: viaProfile,
      allowed: false,
    },
    {
      what: 'another inference profile',
      resource: `arn:aws:bedrock:us-east-1:${accountId}:inference-profile/us.amazon.nova-pro-v1:0`,
      request: {},
      allowed: false,
    },
  ])('agent workload, $what: $allowed; session binding never', ({ resource, request, allowed }) => {
    expect(allows(services['agent-workload'].taskRolePolicies, INVOKE, resource, request)).toBe(allowed)
    expect(allows(services['session-binding'].taskRolePolicies, INVOKE, resource, request)).toBe(false)
  })

  test('a model without an inference profile is named with its Region', () => {
    const app = stage('another model')
    const { taskRolePolicies } = readServices(app, EXAMPLE)['agent-workload']
    expect(allows(taskRolePolicies, INVOKE, model('us-east-1', 'amazon.nova-lite-v1:0'))).toBe(true)
    expect(allows(taskRolePolicies, INVOKE, model('us-west-2', 'amazon.nova-lite-v1:0'))).toBe(false)
  })
})

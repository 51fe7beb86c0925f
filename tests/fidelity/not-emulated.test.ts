import { GetResourcePaymentTokenCommand, InvokeAgentRuntimeCommand } from '@aws-sdk/client-bedrock-agentcore'
import {
  CreateConsentPortalCommand,
  CreateGatewayCommand,
  ListConsentPortalsCommand,
  ListPaymentCredentialProvidersCommand,
} from '@aws-sdk/client-bedrock-agentcore-control'
import { describe, expect, test } from '@jest/globals'
import { refusal } from './support/flow.ts'
import { useEmulator } from './support/subject.ts'

describe('an operation that is not emulated fails with its name', () => {
  const used = useEmulator()

  test.each<[string, object]>([
    ['CreateConsentPortal', new CreateConsentPortalCommand({} as never)],
    ['ListConsentPortals', new ListConsentPortalsCommand({})],
    ['ListPaymentCredentialProviders', new ListPaymentCredentialProvidersCommand({})],
    ['POST /gateways/', new CreateGatewayCommand({} as never)],
  ])('%s', async (operation, command) => {
    const call = used.subject.control.send(command as ListConsentPortalsCommand)
    expect(await refusal(call)).toMatchObject({
      name: 'NotEmulatedException',
      status: 501,
      message: expect.stringContaining(operation),
    })
  })

  test.each<[string, object]>([
    ['GetResourcePaymentToken', new GetResourcePaymentTokenCommand({} as never)],
    ['/runtimes/', new InvokeAgentRuntimeCommand({ agentRuntimeArn: 'arn:aws:x', payload: new Uint8Array() })],
  ])('%s', async (operation, command) => {
    const call = used.subject.data.send(command as GetResourcePaymentTokenCommand)
    expect(await refusal(call)).toMatchObject({
      name: 'NotEmulatedException',
      message: expect.stringContaining(operation),
    })
  })
})

import {
  UpdateUserPoolClientCommand,
  type UpdateUserPoolClientCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Services } from '../services.ts'
import type { Properties, Resource, ResourceType } from './resource-type.ts'

interface Call {
  service: string
  action: string
  parameters: Record<string, unknown>
  physicalResourceId: { id: string }
}

/** `Custom::AWS`: in AWS a Lambda function of the CDK makes the call. */
export const apiCall = (servicesIn: (region: string) => Services): ResourceType => ({
  create: ({ region, properties }) => make(callIn(properties, 'Create', 'Update'), servicesIn(region)),
  update: ({ region, properties }) => make(callIn(properties, 'Update'), servicesIn(region)),
})

function callIn(properties: Properties, ...names: string[]): Call {
  const found = names.map((name) => properties[name]).find((text) => text !== undefined)
  return JSON.parse(String(found)) as Call
}

async function make({ action, parameters, physicalResourceId }: Call, services: Services): Promise<Resource> {
  const { id } = physicalResourceId
  switch (action) {
    case 'UpdateUserPoolClient':
      await services.cognito.send(
        new UpdateUserPoolClientCommand(parameters as unknown as UpdateUserPoolClientCommandInput),
      )
      return { id, attributes: {} }
    case 'describeManagedPrefixLists':
    case 'DescribeManagedPrefixLists':
      // A list of AWS's own. Its id is invented.
      return { id, attributes: { 'PrefixLists.0.PrefixListId': 'pl-00000000000000001' } }
    default:
      throw new Error(`No test makes the call ${action}`)
  }
}

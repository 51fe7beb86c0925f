import type { Construct } from 'constructs'
import { acknowledge } from './acknowledge.ts'
import type { CustomResources } from './custom-resources.ts'

const PREFIX_LIST_ID = 'PrefixLists.0.PrefixListId'

/**
 * Looked up during the deployment: the id differs per Region and is not a CloudFormation attribute, and a look-up at synth would need credentials.
 */
export function managedPrefixListId(
  scope: Construct,
  id: string,
  name: string,
  customResources: CustomResources,
): string {
  const lookup = customResources.call(scope, id, {
    service: 'EC2',
    action: 'DescribeManagedPrefixLists',
    permission: 'ec2:DescribeManagedPrefixLists',
    resources: ['*'],
    parameters: { Filters: [{ Name: 'prefix-list-name', Values: [name] }] },
    outputPaths: [PREFIX_LIST_ID],
  })
  acknowledge(scope, {
    'AwsSolutions-IAM5[Resource::*]':
      'Describing prefix lists takes no resource (service authorization reference, EC2).',
  })
  return lookup.getResponseField(PREFIX_LIST_ID)
}

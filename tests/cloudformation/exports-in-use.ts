import { type CloudFormationClient, paginateDescribeStacks, type Stack } from '@aws-sdk/client-cloudformation'
import { type Template, templateOf } from './template.ts'

/**
 * CloudFormation refuses to remove an imported export (user guide, using-cfn-stack-exports); moto removes it.
 *
 * @throws CloudFormation's error
 */
export async function requireUnusedExports(client: CloudFormationClient, stack: Stack, next: Template): Promise<void> {
  const kept = new Set(Object.values(next.Outputs ?? {}).map(({ Export }) => Export?.Name))
  const exports = Object.values((await templateOf(client, stack.StackName ?? '')).Outputs ?? {})
  const removed = exports.flatMap(({ Export }) => (Export && !kept.has(Export.Name) ? [Export.Name] : []))
  for (const name of removed) {
    const users = await importersOf(client, name)
    if (users.length > 0) throw new Error(`Export ${name} cannot be deleted as it is in use by ${users.join(', ')}`)
  }
}

async function importersOf(client: CloudFormationClient, exportName: unknown): Promise<string[]> {
  const importers: string[] = []
  for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {}))
    for (const { StackName = '' } of Stacks) {
      const text = JSON.stringify(await templateOf(client, StackName))
      if (text.includes(JSON.stringify({ 'Fn::ImportValue': exportName }))) importers.push(StackName)
    }
  return importers
}

import {
  type CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation'
import { requireUnusedExports } from './exports-in-use.ts'
import { type Template, templateOf } from './template.ts'

/** Like the CDK CLI with `--method direct`. */
export async function deploy(cloudFormation: CloudFormationClient, templates: ReadonlyMap<string, Template>) {
  for (const [name, template] of templates) await deployStack(cloudFormation, name, template)
}

async function deployStack(client: CloudFormationClient, StackName: string, template: Template): Promise<void> {
  const stack = await readStack(client, StackName)
  const TemplateBody = JSON.stringify(template)
  // After a failed creation CloudFormation rolls the stack back, and the next deployment with the CLI deletes it. moto leaves the stack as it is.
  if (stack && !isComplete(stack)) await client.send(new DeleteStackCommand({ StackName }))
  if (!stack || !isComplete(stack)) return void (await client.send(new CreateStackCommand({ StackName, TemplateBody })))
  if (JSON.stringify(await templateOf(client, StackName)) === TemplateBody) return
  await requireUnusedExports(client, stack, template)
  await client.send(new UpdateStackCommand({ StackName, TemplateBody }))
}

/** Dependent stacks first. */
export async function destroy(client: CloudFormationClient, names: readonly string[]): Promise<void> {
  for (const StackName of names.toReversed()) {
    const stack = await readStack(client, StackName)
    if (!stack) continue
    await requireUnusedExports(client, stack, { Resources: {} })
    await client.send(new DeleteStackCommand({ StackName }))
  }
}

const isComplete = ({ StackStatus }: Stack) => /^(CREATE|UPDATE)_COMPLETE$/.test(StackStatus ?? '')

/** There is no specific error for a stack that does not exist. */
export async function readStack(client: CloudFormationClient, StackName: string): Promise<Stack | undefined> {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0]
  } catch (error) {
    if ((error as Error).message.includes('does not exist')) return undefined
    throw error
  }
}

import { type CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation'

export interface Template {
  Resources: Readonly<Record<string, unknown>>
  Outputs?: Readonly<Record<string, { Value: unknown; Export?: { Name: unknown } }>>
}

export async function templateOf(client: CloudFormationClient, StackName: string): Promise<Template> {
  const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName }))
  return JSON.parse(TemplateBody) as Template
}

import { readFileSync } from 'node:fs'
import { prefixOf } from '../names.ts'
import type { Deployment } from '../read-deployment.ts'
import { STACKS, templateOf } from './synthesize.ts'

type Outputs = Record<string, Record<string, string>>

export function tellOutputs(outdir: string, file: string, deployment: Deployment): string {
  const outputs = JSON.parse(readFileSync(file, 'utf8')) as Outputs
  const told = STACKS.flatMap((stack) => {
    const values = outputs[`${prefixOf(deployment)}-${stack}`] ?? {}
    const declared: Record<string, { Description?: string }> = templateOf(outdir, deployment, stack).Outputs ?? {}
    return Object.entries(values).flatMap(([name, value]) => {
      const description = declared[name]?.Description
      return description ? [`${description}:\n  ${value}`] : []
    })
  })
  return `\n${[...told, firstUser(deployment)].join('\n')}\n`
}

function firstUser({ name, region, signIn }: Deployment): string {
  if ('issuer' in signIn) return `Users are those of ${signIn.issuer}: register both URIs there (docs/sign-in.md).`
  return `Make the first user; Cognito sends a temporary password by e-mail:
  npm run first-user -- --stage ${name} -c region=${region} --email you@example.com --name "Your Name"`
}

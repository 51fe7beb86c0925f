import type { Json, JsonObject } from '../json.ts'
import type { Reference, SynthesizedTemplates } from '../synthesized-templates.ts'

/** A template as text, with references inside the text, without the CDK's own additions (outputs for other stacks, bootstrap check). */
export function readableTemplate(app: SynthesizedTemplates, stack: string): string {
  const { Resources, Outputs = {} } = app.templates[stack] ?? { Resources: {} }
  const say = ({ stack: owner, name, attribute }: Reference) =>
    `\${${[...(owner && owner !== stack ? [owner] : []), name, ...(attribute ? [attribute] : [])].join('.')}}`
  const resolved = (value: Json) => app.resolve(stack, value, say)

  const resources = Object.entries(Resources).map(([logicalId, { Type, Metadata: _metadata, ...rest }]) => [
    `${logicalId} (${Type})`,
    resolved(rest as JsonObject),
  ])
  const outputs = Object.entries(Outputs)
    .filter(([name]) => !name.startsWith('PublishOutput'))
    .map(([name, output]) => [name, resolved(output as unknown as JsonObject)])
  const document = { Resources: Object.fromEntries(resources), Outputs: Object.fromEntries(outputs) }
  return withoutHashes(yaml(document as JsonObject, '').join('\n'))
}

/** Without the hashes of images and functions. */
const withoutHashes = (text: string) => `${text.replace(/\b[0-9a-f]{64}\b/g, '<asset>')}\n`

/** The part of YAML that the snapshots need. */
function yaml(value: JsonObject, indent: string): string[] {
  return Object.entries(value).flatMap(([key, item]) => entry(`${indent}${key}:`, item, `${indent}  `))
}

function entry(label: string, value: Json, indent: string): string[] {
  if (Array.isArray(value))
    return value.length === 0 ? [`${label} []`] : [label, ...value.flatMap((item) => listItem(item, indent))]
  if (value !== null && typeof value === 'object')
    return Object.keys(value).length === 0 ? [`${label} {}`] : [label, ...yaml(value, indent)]
  return [`${label} ${scalar(value, indent)}`]
}

function listItem(value: Json, indent: string): string[] {
  if (value === null || typeof value !== 'object') return [`${indent}- ${scalar(value, `${indent}  `)}`]
  const [first = '', ...others] = Array.isArray(value)
    ? value.flatMap((item) => listItem(item, `${indent}  `))
    : yaml(value, `${indent}  `)
  return [`${indent}- ${first.trimStart()}`, ...others]
}

function scalar(value: Json, indent: string): string {
  if (typeof value !== 'string') return JSON.stringify(value)
  if (value.includes('\n'))
    return [
      '|',
      ...value
        .trimEnd()
        .split('\n')
        .map((line) => `${indent}${line}`),
    ].join('\n')
  const isPlain = /^[\w$/<][^#]*$/.test(value) && !/^(true|false|null|[\d.]+)$/.test(value) && !/:( |$)/.test(value)
  return isPlain ? value : `'${value}'`
}

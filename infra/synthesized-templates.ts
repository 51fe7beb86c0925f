import type { Json, JsonObject } from './json.ts'

export interface CloudFormationResource {
  Type: string
  Properties?: JsonObject
  [key: string]: unknown
}

export interface Template {
  Resources: Record<string, CloudFormationResource>
  Outputs?: Record<string, { Value: Json; Description?: string; Export?: { Name: Json } }>
}

export interface FoundResource {
  stack: string
  logicalId: string
  resource: CloudFormationResource
  properties: JsonObject
}

/** A parameter, a resource or its attribute, or a function that is not evaluated, as text (`Select(0, …)`). */
export interface Reference {
  /** Absent for parameters and functions. */
  stack?: string
  name: string
  attribute?: string
}

export class SynthesizedTemplates {
  /** By the stack's name without the stage: `network`, `edge`, … */
  readonly templates: Readonly<Record<string, Template>>
  readonly prefix: string

  constructor({ templates, prefix }: { templates: Readonly<Record<string, Template>>; prefix: string }) {
    this.templates = templates
    this.prefix = prefix
  }

  resources(type: string): FoundResource[] {
    return Object.entries(this.templates).flatMap(([stack, { Resources }]) =>
      Object.entries(Resources)
        .filter(([, resource]) => resource.Type === type)
        .map(([logicalId, resource]) => ({ stack, logicalId, resource, properties: resource.Properties ?? {} })),
    )
  }

  /** `value` with `Fn::Join` and `Fn::Sub` evaluated, and every reference replaced by the result of `say`. */
  resolve(stack: string, value: Json, say: (reference: Reference) => string): Json {
    if (Array.isArray(value)) return value.map((item) => this.resolve(stack, item, say))
    if (value === null || typeof value !== 'object') return value
    const [entry, ...others] = Object.entries(value)
    if (entry && others.length === 0) {
      const worked = this.intrinsic(stack, entry[0], entry[1], say)
      if (worked !== undefined) return worked
    }
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.resolve(stack, item, say)]))
  }

  private intrinsic(
    stack: string,
    name: string,
    argument: Json,
    say: (reference: Reference) => string,
  ): Json | undefined {
    const resolved = (part: Json | undefined) => this.resolve(stack, part ?? '', say)
    const list = Array.isArray(argument) ? argument : []
    switch (name) {
      case 'Ref':
        return say(this.referenceTo(stack, String(argument)))
      case 'Fn::GetAtt':
        return say({ stack, name: String(list[0]), attribute: String(list[1]) })
      case 'Fn::GetStackOutput':
        return this.outputOf(argument as JsonObject, say)
      case 'Fn::Join':
        return (resolved(list[1]) as Json[]).join(String(list[0]))
      case 'Fn::Sub':
        if (list.length > 0) throw new Error('Fn::Sub with variables of its own is not evaluated')
        return String(argument).replace(/\$\{([^}]+)\}/g, (_whole, ref: string) => say(this.referenceTo(stack, ref)))
      case 'Fn::Select':
      case 'Fn::Split':
      case 'Fn::GetAZs':
        return say({
          name: `${name.slice(4)}(${list.length > 0 ? list.map((part) => short(resolved(part))).join(', ') : ''})`,
        })
      default:
        return undefined
    }
  }

  private referenceTo(stack: string, name: string): Reference {
    return this.templates[stack]?.Resources[name] ? { stack, name } : { name }
  }

  private outputOf({ StackName, OutputName }: JsonObject, say: (reference: Reference) => string): Json {
    const stack = this.shortName(String(StackName))
    const output = this.templates[stack]?.Outputs?.[String(OutputName)]
    if (!output) throw new Error(`Stack ${stack} has no output ${OutputName}`)
    return this.resolve(stack, output.Value, say)
  }

  private shortName(stackName: string): string {
    return stackName.slice(this.prefix.length)
  }
}

const short = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value))

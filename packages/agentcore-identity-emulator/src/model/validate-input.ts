import { ConstraintViolation, ValidationException } from '../aws-protocol/errors.ts'
import type { Infer, ListShape, MapShape, Shape, StringShape, StructureShape, UnionShape } from './shapes.ts'

type Violation = { name: string; message: string }

/** For members without `max`. A pattern does not run over a text of more than twice the maximum. */
const LONGEST_UNBOUNDED_STRING = 8192

/** Unknown members of structures are dropped, null ones count as absent, as in AWS's protocol. Messages have no values: they may be secrets. */
export function validateInput<S extends StructureShape<object>>(shape: S, input: unknown): Infer<S> {
  if (!isObject(input)) throw new ValidationException('The request body must be a JSON object')
  const violations: Violation[] = []
  const value = readStructure(shape as unknown as StructureShape, input, '', violations)
  if (violations.length > 0) throw new ConstraintViolation(violations)
  return value as Infer<S>
}

function read(shape: Shape, value: unknown, path: string, violations: Violation[]): unknown {
  switch (shape.type) {
    case 'string':
      return readString(shape, value, path, violations)
    case 'enum':
      if (typeof value !== 'string') throw wrongType(path, 'string')
      if (!shape.values.includes(value)) {
        violate(violations, path, `Member must satisfy enum value set: [${shape.values.join(', ')}]`)
      }
      return value
    case 'integer':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType(path, 'integer')
      if (value < shape.min) violate(violations, path, `Member must have value greater than or equal to ${shape.min}`)
      if (value > shape.max) violate(violations, path, `Member must have value less than or equal to ${shape.max}`)
      return value
    case 'boolean':
      if (typeof value !== 'boolean') throw wrongType(path, 'boolean')
      return value
    case 'list':
      return readList(shape as ListShape<Shape>, value, path, violations)
    case 'map':
      return readMap(shape as MapShape<Shape>, value, path, violations)
    case 'structure':
      return readStructure(shape, value, path, violations)
    case 'union':
      return readUnion(shape, value, path, violations)
  }
}

function readString(shape: StringShape, value: unknown, path: string, violations: Violation[]) {
  if (typeof value !== 'string') throw wrongType(path, 'string')
  checkLength(shape, countCodePoints(value), path, violations)
  const tooLongToMatch = value.length > 2 * (shape.max ?? LONGEST_UNBOUNDED_STRING)
  if (shape.pattern && (tooLongToMatch || !shape.pattern.matches(value))) {
    violate(violations, path, `Member must satisfy regular expression pattern: ${shape.pattern.source}`)
  }
  return value
}

function readList(shape: ListShape<Shape>, value: unknown, path: string, violations: Violation[]) {
  if (!Array.isArray(value)) throw wrongType(path, 'list')
  checkLength(shape, value.length, path, violations)
  return value.map((item, index) => {
    const memberPath = `${path}.${index + 1}.member`
    if (item === null) violate(violations, memberPath, 'Member must not be null')
    return item === null ? null : read(shape.member, item, memberPath, violations)
  })
}

function readMap(shape: MapShape<Shape>, value: unknown, path: string, violations: Violation[]) {
  if (!isObject(value)) throw wrongType(path, 'map')
  const entries = Object.entries(value).filter(([, item]) => item !== null)
  checkLength(shape, entries.length, path, violations)
  return Object.fromEntries(
    entries.map(([key, item]) => {
      readString(shape.key, key, `${path}.key`, violations)
      return [key, read(shape.value, item, `${path}.value`, violations)]
    }),
  )
}

function readStructure(shape: StructureShape, value: unknown, path: string, violations: Violation[]) {
  if (!isObject(value)) throw wrongType(path, 'structure')
  const known: Record<string, unknown> = {}
  for (const [name, member] of Object.entries(shape.members)) {
    const item = Object.hasOwn(value, name) ? value[name] : undefined
    const memberPath = path === '' ? name : `${path}.${name}`
    if (item !== undefined && item !== null) known[name] = read(member, item, memberPath, violations)
    else if (shape.required.includes(name)) violate(violations, memberPath, 'Member must not be null')
  }
  return known
}

/** An unknown member is not dropped: it counts as a choice. */
function readUnion(shape: UnionShape, value: unknown, path: string, violations: Violation[]) {
  if (!isObject(value)) throw wrongType(path, 'union')
  const chosen = Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
  const [name, item] = chosen[0] ?? []
  const member = name !== undefined && Object.hasOwn(shape.members, name) ? shape.members[name] : undefined
  if (chosen.length !== 1 || member === undefined) {
    violate(violations, path, `Member must have exactly one of: [${Object.keys(shape.members).join(', ')}]`)
    return {}
  }
  return { [name as string]: read(member, item, `${path}.${name}`, violations) }
}

function checkLength(limits: { min?: number; max?: number }, length: number, path: string, violations: Violation[]) {
  if (limits.min !== undefined && length < limits.min) {
    violate(violations, path, `Member must have length greater than or equal to ${limits.min}`)
  }
  if (limits.max !== undefined && length > limits.max) {
    violate(violations, path, `Member must have length less than or equal to ${limits.max}`)
  }
}

/** Smithy's length trait counts Unicode scalar values. */
function countCodePoints(value: string) {
  let surrogatePairs = 0
  for (let index = 0; index < value.length - 1; index += 1) {
    if (value.charCodeAt(index) >> 10 === 0x36 && value.charCodeAt(index + 1) >> 10 === 0x37) surrogatePairs += 1
  }
  return value.length - surrogatePairs
}

function violate(violations: Violation[], name: string, message: string) {
  violations.push({ name, message })
}

function wrongType(path: string, expected: string) {
  return new ValidationException(`Value at '${path}' is not a ${expected}`)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

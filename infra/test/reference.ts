import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const INFRA = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(INFRA, path), 'utf8')

/** Reads the sources of the exports of `index.ts` by their layout: TypeScript 7 has no programming interface yet. */
export function constructsReference(): string {
  const exported = [...read('index.ts').matchAll(/export (?:type )?\{([^}]*)\} from '\.\/([^']+)'/g)].flatMap(
    ([, names = '', file = '']) =>
      names.split(',').flatMap((name) => {
        const bare = name.trim().replace(/^type /, '')
        return bare ? [section(bare, file)] : []
      }),
  )
  return `${HEAD}\n${exported.join('\n')}`
}

const HEAD = `# Constructs

Generated from \`infra/index.ts\`: \`npm test -- --selectProjects synth -u\` writes it. [infra/README.md](../infra/README.md) says how the CDK app is arranged;
\`infra/stacks/\` uses all of these constructs, and \`infra/test/constructs.test.ts\` makes an app of one stack with a VPC of its own.
`

function section(name: string, file: string): string {
  const source = read(file)
  const declaration = new RegExp(
    `((?:/\\*\\*(?:(?!\\*/)[\\s\\S])*\\*/\\n)?)export (class|interface|function|const) ${name}\\b([^\\n]*)`,
  ).exec(source)
  if (!declaration) throw new Error(`${file} declares no ${name}`)
  const [, comment = '', kind = '', rest = ''] = declaration
  const props = kind === 'interface' ? name : propsOf(source, declaration.index)
  const members = props ? membersOf(source, props) : []
  const table =
    members.length > 0
      ? `\n| ${kind === 'interface' ? 'member' : 'argument'} | type | |\n|---|---|---|\n${members.join('\n')}\n`
      : ''
  const inline = props ? undefined : inlineArguments(source.slice(declaration.index + comment.length))
  const also = [
    ...(/implements (\w+)/.exec(rest)?.[1] ? [`implements \`${/implements (\w+)/.exec(rest)?.[1]}\``] : []),
    ...(inline ? [`takes \`${inline}\``] : []),
    ...(props && extendedBy(source, props) ? [`also takes the members of \`${extendedBy(source, props)}\``] : []),
  ]
  return [
    `## \`${name}\``,
    '',
    `*${kind}*, ${[`\`infra/${file}\``, ...also].join(', ')}. ${prose(comment)}`.trim(),
    table,
  ].join('\n')
}

const propsOf = (source: string, from: number) => /(?:props|\}): (\w*Props|Props)\b/.exec(source.slice(from))?.[1]

const extendedBy = (source: string, name: string) => new RegExp(`interface ${name} extends (\\w+)`).exec(source)?.[1]

/** The parameters after the scope (and id) of a constructor or function without a `…Props` interface, as the source has them. */
const inlineArguments = (source: string) =>
  (/^export (?:function \w+|const \w+ = )\(\s*scope: Construct,\s*([\s\S]*?),?\s*\)(?:: [\w<>]+)? (?:=>|\{)/.exec(
    source,
  ) ?? /^export class[\s\S]*?constructor\(scope: Construct, id: string, \{[^}]*\}: ([^\n]*)\) \{/.exec(source))?.[1]
    ?.replace(/\s+/g, ' ')
    .replaceAll('|', '\\|')

function membersOf(source: string, name: string): string[] {
  const block = new RegExp(`interface ${name}[^{]*\\{\\n([\\s\\S]*?)\\n\\}`).exec(source)?.[1] ?? ''
  return [
    ...`${block}\n`.matchAll(
      /((?: {2}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?) {2}(?:readonly )?(\w+)(\??): ([^\n]+(?:\n {4}[^\n]*)*(?:\n {2}\}[^\n]*)?)\n/g,
    ),
  ].map(
    ([, comment = '', member = '', optional = '', type = '']) =>
      `| \`${member}${optional}\` | \`${type
        .replace(/\/\*\*.*?\*\//g, '')
        .replace(/\s+/g, ' ')
        .trim()
        .replaceAll('|', '\\|')}\` | ${prose(comment)} |`,
  )
}

const prose = (comment: string) =>
  comment
    .replace(/```[\s\S]*?```/g, '')
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/^\/\*\*\s?|\*\/$|^\*\s?/g, '')
        .trim(),
    )
    .filter((line) => line !== '')
    .join(' ')
    .replaceAll('|', '\\|')

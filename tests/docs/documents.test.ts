import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '../..')
/** Documents that git does not ignore, also where there is no repository. */
const listed = execFileSync('git', ['grep', '--no-index', '--exclude-standard', '-lz', '', '--', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
const documents = listed.split('\0').filter((path) => path !== '')

/** A path in backticks, relative to the root or to the document. */
const FILE = /`([\w.@-]+\/[\w.@/-]+\.(?:ts|js|mjs|yml|yaml|md))`/g
const LINK = /\]\((?!https?:|#)([^)#]+)[^)]*\)/g

test('there is something to check', () => expect(documents.length).toBeGreaterThan(20))

test.each(documents)('%s names and links only existing files', (document) => {
  // Code blocks with a language are left out: code contains brackets, too.
  const text = readFileSync(join(root, document), 'utf8').replaceAll(/^```\w+\n.*?^```$/gms, '')
  const beside = (path: string) => existsSync(join(root, dirname(document), path))
  const named = [...text.matchAll(FILE)].map(([, path = '']) => path)
  const linked = [...text.matchAll(LINK)].map(([, path = '']) => path)
  expect({
    files: named.filter((path) => !existsSync(join(root, path)) && !beside(path)),
    links: linked.filter((path) => !beside(path)),
  }).toEqual({ files: [], links: [] })
})

test('every document of docs can be reached by links from the README', () => {
  const reached = new Set<string>(['README.md'])
  for (const document of reached)
    for (const [, path = ''] of readFileSync(join(root, document), 'utf8').matchAll(LINK)) {
      const target = join(dirname(document), path)
      if (target.endsWith('.md') && existsSync(join(root, target))) reached.add(target)
    }
  // Of the decisions, the README links the folder.
  const ours = documents.filter((path) => path.startsWith('docs/') && !path.startsWith('docs/decisions/'))
  expect(ours.filter((path) => !reached.has(path))).toEqual([])
})

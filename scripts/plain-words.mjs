/** `node scripts/plain-words.mjs [directory]`: rejects the phrases below in text files, except `NOT_OURS` and what git ignores. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What to write instead. Upper and lower case are the same. */
const INSTEAD = [
  [['nobody', 'no one'], 'say who or what does not: “no user”, “no caller”, “no turn”, “without credentials”'],
  [['whoever', 'whomever', 'everybody'], 'say who: “a caller that”, “the user who”, “every operator”'],
  [['anew'], 'write “again” or “from the beginning”'],
  [['at hand'], 'say where it is: “in memory”, “in the request”, “that you have”'],
  [['is there already', 'are there already'], 'write “existing” before the noun'],
  [['made up', 'made-up'], 'write “invented”, “random” or “derived from”, whichever is true'],
  [['in our words', 'in our own words'], 'say which text: “our error message”, “the card’s text”'],
  [
    ['comes to its end', 'come to an end', 'comes to an end'],
    'say how it ends: “expires”, “is completed”, “is aborted”',
  ],
  [['wakes somebody'], 'write “raises an alarm” or “starts a run”'],
  [['without a word', 'says nothing of'], 'write “without a message” or “does not report”'],
  [['told apart', 'tells apart', 'tell apart'], 'write “distinguish”'],
  [
    ['all the same', 'none the wiser', 'to no avail', 'in vain', 'for want of'],
    'write “anyway”, “nevertheless has”, or what happens',
  ],
  [['for good'], 'write “permanently” or “for ever”'],
  [['knows nothing', 'knows of no'], 'say what it does not read, import or receive'],
  [['gives up'], 'say what ends: “stops waiting after”, “stops retrying”, “closes the connection”'],
  [['handed on', 'hands on', 'hand on'], 'write “passed to”, “returned to” or “distributed with”'],
  [['hears of', 'learns of', 'gets wind of'], 'say by what: “receives the event”, “reads the record”'],
  [['goes to waste', 'comes to nothing', 'comes of it'], 'say what happens instead'],
  [['as it were', 'so to speak', 'of course', 'needless to say', 'obviously', 'simply put'], 'leave it out'],
  [
    ['whence', 'whereby', 'thereof', 'therein', 'thereafter', 'henceforth', 'hence', 'lest', 'upon'],
    'use “from which”, “so that”, “therefore”, “on”',
  ],
  [['in order to', 'utilize', 'utilise', 'leverage'], 'write “to” or “use”'],
]

/** Files that are not ours to change, and this file, which contains every phrase. */
const NOT_OURS = /^(pnpm-lock\.yaml|LICENSE.*|tests\/fidelity\/live\/.*\.json|scripts\/plain-words\.mjs)$/

const root = process.argv[2] ?? '.'
const list = INSTEAD.flatMap(([phrases, advice]) => phrases.map((phrase) => [phrase, advice]))
const BREAK = String.raw`(?:[ \t]+|[ \t]*\r?\n[ \t]*(?:(?:\*|//|#|>)[ \t]*)?)`
const pattern = new RegExp(
  `(?<![\\w-])(?:${list.map(([phrase]) => phrase.replaceAll(' ', BREAK)).join('|')})(?![\\w-])`,
  'gi',
)

const findings = files().flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(pattern)].map(({ 0: found, index }) => {
    const phrase = found.toLowerCase().replace(/[\s*/#>]+/g, ' ')
    const [, advice] = list.find(([listed]) => listed === phrase)
    return `${file}:${text.slice(0, index).split('\n').length}: “${phrase}”: ${advice}`
  })
})
for (const finding of findings) console.error(finding)
process.exitCode = findings.length > 0 ? 1 : 0

/** Finds the files also where there is no git repository. */
function files() {
  const args = ['grep', '--no-index', '--exclude-standard', '-Il', '-z', '', '--', '.']
  const names = execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 }).split('\0')
  return names.filter((file) => file !== '' && !NOT_OURS.test(file))
}

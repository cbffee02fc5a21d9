import { parse } from 'svelte/compiler';
import { expect, test } from 'vitest';

/** Every component, by its path. */
const components = import.meta.glob<string>('../{app,embed,pages,player,ui}/*.svelte', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Attributes that people read or hear; components show the second line of what they are given. */
const spoken = new Set([
  ...['aria-label', 'aria-description', 'aria-valuetext', 'title', 'placeholder', 'alt'],
  ...['label', 'message', 'hint', 'action', 'keep', 'what', 'words'],
]);
/** Names, not words of a language: of the product, of a track that nobody sees, of keys, of a type. */
const names = /^(Playhead|thumbnails|Enter|Escape|Tab|Arrow\p{L}+|Files)$/u;

type Node = Record<string, unknown> & { type: string; start?: number };
type Say = (text: unknown, node: Node) => void;

/** Words in a component that are not from the catalogue, with the numbers of their lines. */
function literals(source: string): string[] {
  const found: string[] = [];
  const saying =
    (words: RegExp): Say =>
    (text, { start }) => {
      if (typeof text !== 'string' || !words.test(text) || names.test(text.trim())) return;
      found.push(`${source.slice(0, start ?? 0).split('\n').length}: ${text.trim()}`);
    };
  const { fragment, instance, module } = parse(source, { modern: true });
  inMarkup(fragment, saying(/\p{L}{2}/u));
  // In scripts most strings are no texts: only what begins like one, or has several words.
  const sayWritten = saying(/^\p{Lu}\p{Ll}|\p{L}{2} \p{L}{2}/u);
  for (const script of [instance, module]) inScript(script?.content.body, sayWritten);
  return found;
}

function inMarkup(node: unknown, say: Say): void {
  if (Array.isArray(node)) node.forEach((one) => inMarkup(one, say));
  if (!isNode(node)) return;
  if (node.type === 'Text') say(node['data'], node);
  else if (node.type === 'ExpressionTag') ofExpression(node['expression'], say);
  else if (node.type === 'Attribute') {
    if (spoken.has(String(node['name']))) inMarkup(node['value'], say);
  } else if (!node.type.endsWith('Directive')) {
    for (const [name, part] of Object.entries(node)) if (name !== 'expression') inMarkup(part, say);
  }
}

/** What the value of an expression may be, as far as it is written there. */
function ofExpression(node: unknown, say: Say): void {
  if (!isNode(node)) return;
  if (node.type === 'Literal') say(node['value'], node);
  else if (node.type === 'TemplateLiteral') inScript(node, say);
  else if (node.type === 'ConditionalExpression') {
    ofExpression(node['consequent'], say);
    ofExpression(node['alternate'], say);
  } else if (node.type === 'LogicalExpression' || node['operator'] === '+') {
    ofExpression(node['left'], say);
    ofExpression(node['right'], say);
  }
}

function inScript(node: unknown, say: Say): void {
  if (Array.isArray(node)) node.forEach((one) => inScript(one, say));
  if (!isNode(node) || node.type === 'ImportDeclaration') return;
  if (node.type === 'Literal') say(node['value'], node);
  else if (node.type === 'TemplateElement') say((node['value'] as { cooked: string }).cooked, node);
  else if (!/^TS(Type|Union|Literal|Interface)/.test(node.type)) {
    for (const [name, part] of Object.entries(node)) if (name !== 'loc') inScript(part, say);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value;
}

test('literal words are found wherever people would read them', () => {
  const source = `<script>
    const said = busy ? 'Muted' : \`Volume \${percent}\`;
    const key = 'title';
  </script>
  <p class="some words" aria-label="Settings">Hello {name ? 'somebody' : text.nobody}</p>
  <input placeholder={a === 'query' ? text.search : 'Search'} title="{text.captions} (c)" />
  {#if open}<Dialog title="Edit">{text.more} · 12 %</Dialog>{/if}`;
  expect(literals(source)).toEqual([
    '5: Settings',
    '5: Hello',
    '5: somebody',
    '6: Search',
    '7: Edit',
    '2: Muted',
    '2: Volume',
  ]);
});

test('the components are here', () => {
  expect(Object.keys(components).length).toBeGreaterThan(80);
});

test.each(Object.entries(components))('%s takes its words from the catalogue', (_path, source) => {
  expect(literals(source)).toEqual([]);
});

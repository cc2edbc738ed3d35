// Templates: what is filled in where, and that no value can become more than a value.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { renderTemplate } from './template.ts'

const values = {
  phone: { name: 'Desk "7" <x>', vlan: 20, isLocked: false },
  primary: [
    { registrar: 'a.example', port: 5060 },
    { registrar: 'b.example', port: 5061 },
  ],
}

test('a value alone keeps its kind, and becomes text beside text', () => {
  const template = {
    vlan: '{{phone.vlan}}',
    locked: '{{ phone.isLocked }}',
    text: 'vlan={{phone.vlan}};',
    first: '{{primary.0.registrar}}',
    plain: [1, true, null, 'x'],
  }
  assert.deepEqual(renderTemplate(template, values).value, {
    vlan: 20,
    locked: false,
    text: 'vlan=20;',
    first: 'a.example',
    plain: [1, true, null, 'x'],
  })
})

test('what is not known becomes the given text, or an empty one and is named', () => {
  const rendered = renderTemplate(['{{a.b|else}}', '{{a.b}}', 'x{{phone}}y', '{{z|}}'], values)
  assert.deepEqual(rendered.value, ['else', '', 'xy', ''])
  assert.deepEqual(rendered.missing, ['a.b', 'phone'])
})

test('a list gives one item for each', () => {
  const template = { $each: 'primary', $give: { at: '{{item.registrar}}:{{item.port}}' } }
  assert.deepEqual(renderTemplate(template, values).value, [
    { at: 'a.example:5060' },
    { at: 'b.example:5061' },
  ])
  assert.deepEqual(renderTemplate({ $each: 'phone', $give: 1 }, values).value, [])
})

test('a value is never more than a value', () => {
  const hostile = { v: 'a\r\nadmin.password = x', markup: '"/><evil a="', place: '{{secret}}' }
  const template = ['k = {{v}}', '<p n="{{markup:xml}}"/>', '{{place}}', '{{constructor.name}}']
  const rendered = renderTemplate(template, { ...hostile, secret: 'told' })
  assert.deepEqual(rendered.value, [
    'k = a admin.password = x',
    '<p n="&#34;/&#62;&#60;evil a=&#34;"/>',
    '{{secret}}',
    '',
  ])
})

test('whatever the template and the values are, rendering ends and gives JSON', () => {
  const place = fc.constantFrom('{{a}}', '{{a.0}}', '{{a|b}}', '{{a:xml}}', '{{', '}}', '{{{a}}}')
  const text = fc.array(fc.oneof(place, fc.string()), { maxLength: 4 }).map((all) => all.join(''))
  const template = fc.letrec((tie) => ({
    node: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.integer(),
      fc.array(tie('node'), { maxLength: 3 }),
      fc.record({ $each: fc.constantFrom('a', 'b', 'item'), $give: tie('node') }),
      fc.dictionary(fc.oneof(fc.string(), fc.constant('__proto__')), tie('node'), { maxKeys: 3 }),
    ),
  })).node
  fc.assert(
    fc.property(
      template,
      fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue()),
      (one, given) => {
        const { value } = renderTemplate(one, given)
        assert.ok(typeof JSON.stringify(value) === 'string')
      },
    ),
    { seed: 20_261_121, numRuns: 300 },
  )
})

// The address that our own links begin with, whatever a request says its host is.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyRequest } from 'fastify'
import { type ApiSettings, apiSettingDefaults } from './parts.ts'
import { publicBaseOf } from './public-url.ts'

const settings: ApiSettings = { ...apiSettingDefaults, dataFolder: '/', version: '0' }

function baseFor(host: string, more: Partial<ApiSettings> = {}): string {
  const request: Pick<FastifyRequest, 'host' | 'protocol'> = { host, protocol: 'http' }
  return publicBaseOf(request, { ...settings, ...more })
}

test('without a setting, the host is the one that was asked', () => {
  assert.equal(baseFor('calls.example'), 'http://calls.example')
  assert.equal(baseFor('127.0.0.1:8080'), 'http://127.0.0.1:8080')
  assert.equal(baseFor('[2001:db8::1]:8080'), 'http://[2001:db8::1]:8080')
})

test('what is no host is not put into an address', () => {
  for (const host of ['', 'a b', 'evil.example/x', 'user@evil.example', 'a:b:c', 'x:123456', '<']) {
    assert.equal(baseFor(host), 'http://localhost', host)
  }
})

test('the setting wins over whatever a request says', () => {
  const publicUrl = 'https://earshot.example/below/'
  assert.equal(baseFor('evil.example', { publicUrl }), 'https://earshot.example/below')
})

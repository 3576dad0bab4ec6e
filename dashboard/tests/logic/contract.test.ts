import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';
import ts from 'typescript';
import { ApiError, api, read } from '../../src/api/client.js';

const root = new URL('../../', import.meta.url);
const document = new URL('../Gateway/Status/status.openapi.json', root);
const parsed = async () => JSON.parse(await readFile(document, 'utf8')) as Record<string, unknown>;

test('the document of the status API is valid OpenAPI 3.1, and a damaged one is not', async () => {
  const validator = new Validator();
  const sound = await validator.validate(await parsed());
  assert.deepEqual([sound.valid, sound.errors, validator.version], [true, undefined, '3.1']);
  const damaged = await parsed();
  const [path] = Object.values(damaged['paths'] as Record<string, { get: { responses?: unknown } }>);
  assert.ok(path !== undefined);
  path.get.responses = { 200: { content: {} } };
  assert.equal((await new Validator().validate(damaged)).valid, false);
  const unresolved = await parsed();
  unresolved['security'] = 'none';
  assert.equal((await new Validator().validate(unresolved)).valid, false);
});

test('every reference of the document leads somewhere', async () => {
  const whole = await parsed();
  const lost: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) {
      return;
    }
    const reference = (value as { $ref?: unknown }).$ref;
    if (typeof reference === 'string') {
      const target = reference.slice(2).split('/').reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], whole);
      if (!reference.startsWith('#/') || target === undefined) {
        lost.push(reference);
      }
    }
    Object.values(value).forEach(walk);
  };
  walk(whole);
  assert.deepEqual(lost, []);
});

test('the client that the pages use is generated from this document', async () => {
  const generated = `${COMMENT_HEADER}${astToString(await openapiTS(document))}`;
  assert.equal(await readFile(new URL('src/api/schema.ts', root), 'utf8'), generated);
});

test('the generated client compiles, and refuses a path, a parameter or an answer that the document does not have', async () => {
  const errorsOf = (code: string): string[] => {
    const name = new URL('src/api/probe.ts', root).pathname;
    const options = { ...ts.parseJsonConfigFileContent(ts.readConfigFile(new URL('tsconfig.json', root).pathname, ts.sys.readFile).config, ts.sys, root.pathname).options, noEmit: true, types: [] };
    const host = ts.createCompilerHost(options);
    const { readFile: readSource, fileExists } = host;
    host.readFile = (file) => (file === name ? code : readSource(file));
    host.fileExists = (file) => file === name || fileExists(file);
    return ts.getPreEmitDiagnostics(ts.createProgram([name], options, host)).map((fault) => ts.flattenDiagnosticMessageText(fault.messageText, ' '));
  };
  const use = (call: string, answer: string) => `import { api, read } from './client.js';\nexport const answer: Promise<${answer}> = read(() => ${call}).then((data) => data.slot);\n`;
  const slot = (path: string, value: string) => `api.GET('${path}', { params: { path: { slot: ${value} } } })`;
  assert.deepEqual(errorsOf(use(slot('/api/v1/slots/{slot}', '1'), 'number')), []);
  assert.notDeepEqual(errorsOf(use(slot('/api/v1/slot/{slot}', '1'), 'number')), []);
  assert.notDeepEqual(errorsOf(use(slot('/api/v1/slots/{slot}', "'one'"), 'number')), []);
  assert.notDeepEqual(errorsOf(use(slot('/api/v1/slots/{slot}', '1'), 'string')), []);
});

test('a refusal comes as the problem that the gateway names, and no answer as status 0', async () => {
  const problem = { type: '/problems/pruned', title: 'Pruned', status: 410, detail: 'slot 7 is not kept any more' };
  const answering = (status: number, body: unknown, type: string) => async () => new Response(JSON.stringify(body), { status, headers: { 'content-type': type } });
  const call = (fetch: (request: Request) => Promise<Response>) => read((signal) => api.GET('/api/v1/slots/{slot}', { baseUrl: 'http://gateway', params: { path: { slot: 7 } }, signal, fetch }));
  let asked = '';
  await call(async (request) => { asked = request.url; return answering(200, { slot: 7 }, 'application/json')(); });
  assert.equal(asked, 'http://gateway/api/v1/slots/7');
  await assert.rejects(call(answering(410, problem, 'application/problem+json')), (error) => error instanceof ApiError && error.status === 410 && error.message === problem.detail && error.problem?.type === problem.type);
  await assert.rejects(call(async () => Promise.reject(new TypeError('refused'))), (error) => error instanceof ApiError && error.status === 0);
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const infra = fileURLToPath(new URL('..', import.meta.url));
const root = join(infra, '..');
const read = (...parts) => readFileSync(join(infra, ...parts), 'utf8');
const files = readdirSync(infra, { recursive: true }).filter((name) => name.endsWith('.bicep'));
const withoutComments = (text) => text.replace(/^\s*\/\/.*$/gm, '');
const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

test('brackets and quotes of every template are balanced', () => {
  for (const file of files) {
    const open = [];
    const text = withoutComments(read(file)).replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
    assert.equal((text.match(/'/g) ?? []).length % 2, 0, `${file}: a quote is open`);
    for (const character of text) {
      if ('{[('.includes(character)) {
        open.push('}])'['{[('.indexOf(character)]);
      } else if ('}])'.includes(character)) {
        assert.equal(open.pop(), character, `${file}: ${character}`);
      }
    }
    assert.deepEqual(open, [], file);
  }
});

test('every parameter and variable is used, and every module gets exactly the parameters that it has', () => {
  const parameters = (text) => [...text.matchAll(/^param (\w+) (\w+)( =)?/gm)].map(([, name, , optional]) => ({ name, optional: optional !== undefined }));
  for (const file of files) {
    const text = withoutComments(read(file));
    for (const name of [...parameters(text).map((parameter) => parameter.name), ...[...text.matchAll(/^var (\w+)/gm)].map(([, name]) => name)]) {
      assert.ok((text.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length > 1, `${file}: ${name} is not used`);
    }
    for (const [, , path, body] of text.matchAll(/^module (\w+) '([^']+)' =([\s\S]*?)^}/gm)) {
      const given = [...body.slice(body.indexOf('params: {')).matchAll(/^ {4}(\w+):/gm)].map(([, name]) => name).sort();
      const wanted = parameters(read(dirname(file), path)).filter((parameter) => !parameter.optional || given.includes(parameter.name)).map((parameter) => parameter.name).sort();
      assert.deepEqual(given, wanted, path);
    }
  }
});

test('outputs that are read exist', () => {
  const main = read('main.bicep');
  const modules = new Map([...main.matchAll(/^module (\w+) '([^']+)'/gm)].map(([, name, path]) => [name, path]));
  for (const [, name, output] of main.matchAll(/\b(\w+)\.outputs\.(\w+)/g)) {
    assert.match(read(modules.get(name)), new RegExp(`^output ${output} `, 'm'), `${name}.${output}`);
  }
});

test('no keys, no connection strings, no moving tags, no secrets in outputs', () => {
  for (const text of [...files.map((file) => read(file)), readFileSync(join(root, 'azure.yaml'), 'utf8'), read('build-image.sh'), read('put-rollup.sh')]) {
    assert.doesNotMatch(text, /listKeys|listCredentials|AccountKey=|SharedAccessSignature|ConnectionString|:latest|adminUserEnabled: true/i);
  }
});

test('storage refuses shared keys and public access, and is zone-redundant', () => {
  const storage = read('core', 'storage.bicep');
  for (const line of ['allowSharedKeyAccess: false', 'allowBlobPublicAccess: false', "minimumTlsVersion: 'TLS1_2'", 'defaultToOAuthAuthentication: true', "sku: { name: 'Standard_ZRS' }", 'isVersioningEnabled: true']) {
    assert.ok(storage.includes(line), line);
  }
});

const apps = [
  { file: 'silos.bicep', count: 'siloCount', ports: [11111, 30000], role: 'Silo' },
  { file: 'gateways.bicep', count: 'gatewayCount', ports: [12111, 31000], role: 'Gateway' },
];

test('members of the cluster never share a port, nor take a reserved one', () => {
  const main = read('main.bicep');
  const bound = (name) => Number(new RegExp(`@maxValue\\((\\d+)\\)\\n@description\\([^\\n]*\\)\\nparam ${name} `).exec(main)[1]);
  const ports = [];
  for (const app of apps) {
    for (let i = 0; i < bound('firstPort') + bound(app.count); i++) {
      ports.push(...app.ports.map((port) => port + i));
    }
    const text = read('app', app.file);
    for (const base of app.ports) {
      assert.equal(text.split(`Port: ${base} + firstPort + i`).length - 1, 2, `target and exposed port of ${base} are the same`);
      assert.ok(text.includes(`value: string(${base} + firstPort + i)`));
    }
  }
  assert.equal(new Set(ports).size, ports.length);
  assert.ok(!ports.includes(36985) && !ports.includes(8080));
});

test('keys reach silos by their vault and nobody else, and what an app mounts is in its vault', () => {
  const main = read('main.bicep');
  const keys = /^module keysVault [\s\S]*?^}/m.exec(main)[0];
  assert.match(keys, /principalIds: \[ identity\.outputs\.principalId \]/);
  assert.match(/^module gateways [\s\S]*?^}/m.exec(main)[0], /identityId: gatewayIdentity\.outputs\.id/);
  const gateways = read('app', 'gateways.bicep');
  assert.doesNotMatch(gateways, /keysVault|keys\.json|KEY_PASSWORD/);
  const put = read('put-rollup.sh');
  const vaults = { rollupVaultUri: 'ROLLUP_VAULT_NAME', keysVaultUri: 'KEYS_VAULT_NAME' };
  for (const { file } of apps) {
    const text = read('app', file);
    const known = new Set();
    for (const [, name, vault, secret] of text.matchAll(/name: '(\w+)', keyVaultUrl: '\$\{(\w+)\}secrets\/(\w+)', identity: identityId/g)) {
      known.add(name);
      assert.ok(put.includes(`put "$${vaults[vault]}" ${secret} `), `put-rollup.sh fills ${secret}`);
    }
    const used = [...text.matchAll(/secretRef: '(\w+)'/g)].map(([, name]) => name);
    assert.deepEqual([...new Set(used)].sort(), [...known].sort(), file);
    // The program looks for them in its data folder, under the names that the first container copies.
    const mounted = [...text.matchAll(/path: '(\w+\.json)'/g)].map(([, name]) => name);
    const copied = /install -m 600 ([^']*) \/data\//.exec(text)[1].split(' ').map((path) => path.replace('/rollup/', ''));
    assert.deepEqual(copied, mounted, file);
    assert.deepEqual(mounted, file === 'silos.bicep' ? ['rollup.json', 'genesis.json', 'keys.json'] : ['rollup.json', 'genesis.json']);
  }
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8');
  assert.match(ignored, /keys\.json/);
});

test('vaults give by role alone, and cannot be purged', () => {
  const vault = read('core', 'vault.bicep');
  for (const line of ['enableRbacAuthorization: true', 'enableSoftDelete: true', 'enablePurgeProtection: true', '4633458b-17de-408a-b874-0445c86b69e6']) {
    assert.ok(vault.includes(line), line);
  }
  assert.equal(spawnSync('sh', ['-n', join(infra, 'put-rollup.sh')]).status, 0);
});

test('put-rollup.sh refuses keys that lie open, and gives no secret as an argument', () => {
  const folder = mkdtempSync(join(tmpdir(), 'infra-'));
  try {
    for (const file of ['rollup.json', 'genesis.json', 'keys.json']) {
      writeFileSync(join(folder, file), '{}');
    }
    const calls = join(folder, 'calls');
    writeFileSync(join(folder, 'az'), `#!/bin/sh\necho "$@" >>'${calls}'\n`, { mode: 0o755 });
    const environment = { ...process.env, PATH: `${folder}:${process.env.PATH}`, ROLLUP_VAULT_NAME: 'rv', KEYS_VAULT_NAME: 'kv', PRECONF_L1: 'https://l1/token', PRECONF_KEY_PASSWORD: 'hidden-password', PRECONF_OPERATOR_KEY: 'hidden-operator' };
    const run = () => spawnSync('sh', [join(infra, 'put-rollup.sh'), folder], { env: environment, encoding: 'utf8' });
    const open = run();
    assert.equal(open.status, 1);
    assert.match(open.stderr, /lie open/);
    writeFileSync(join(folder, 'keys.json'), '{"keystore":{},"sealed":"AA=="}');
    assert.equal(run().status, 0);
    const given = readFileSync(calls, 'utf8');
    assert.doesNotMatch(given, /hidden|token/);
    assert.deepEqual([...given.matchAll(/--vault-name (\w+) --name (\w+)/g)].map(([, vault, name]) => `${vault} ${name}`), ['rv rollup', 'rv genesis', 'rv l1', 'rv operator', 'kv keys', 'kv password']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const { file, role } of apps) test(`${file}: each app is one replica of its role with an identity, three probes and time to end`, () => {
  const silos = read('app', file);
  assert.ok(silos.includes(`{ name: 'Silo__Role', value: '${role}' }`));
  assert.match(silos, /minReplicas: 1\s+maxReplicas: 1/);
  assert.match(silos, /type: 'UserAssigned'/);
  assert.deepEqual([...silos.matchAll(/type: '(Startup|Readiness|Liveness)'/g)].map(([, kind]) => kind), ['Startup', 'Readiness', 'Liveness']);
  assert.match(silos, /terminationGracePeriodSeconds: 60/);
  const health = readFileSync(join(root, 'Gateway', 'Health', 'HealthEndpoints.cs'), 'utf8');
  for (const [, path] of silos.matchAll(/path: '(\/health\/\w+)'/g)) {
    assert.ok(health.includes(`"${path}"`), `the gateway has ${path}`);
  }
});

test('every setting that an app is given is one that it knows', () => {
  const options = readFileSync(join(root, 'Silo', 'SiloOptions.cs'), 'utf8');
  for (const { file } of apps) {
    for (const [, name] of read('app', file).matchAll(/'Silo__(\w+)'/g)) {
      assert.match(options, new RegExp(`public \\w+ ${name} \\{`), name);
    }
  }
});

test('parameters of the file are those of the template, and all resources are tagged', () => {
  const main = read('main.bicep');
  const given = Object.keys(JSON.parse(read('main.parameters.json')).parameters).sort();
  assert.deepEqual(given, [...main.matchAll(/^param (\w+)/gm)].map(([, name]) => name).sort());
  for (const [, name] of main.matchAll(/abbreviations\.(?!json)(\w+)/g)) {
    assert.ok(name in JSON.parse(read('abbreviations.json')), name);
  }
  assert.equal((main.match(/^module /gm) ?? []).length, (main.match(/^ {4}tags: tags$/gm) ?? []).length);
});

test('the image is built on Orleans and runs without privileges', () => {
  const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
  assert.match(dockerfile, /-p:GrainRuntime=Orleans/);
  assert.match(dockerfile, /^USER app$/m);
  assert.match(dockerfile, /^STOPSIGNAL SIGTERM$/m);
  for (const [, from] of dockerfile.matchAll(/^FROM (\S+)/gm)) {
    assert.match(from, /:[^:]+$/);
    assert.doesNotMatch(from, /:latest$/);
  }
  assert.equal(spawnSync('sh', ['-n', join(infra, 'build-image.sh')]).status, 0);
});

test('the dashboard of Grafana and the alerts read instruments that exist', () => {
  const instruments = readFileSync(join(root, 'Gateway', 'Metrics', 'GatewayMetrics.cs'), 'utf8');
  const known = new Set([...instruments.matchAll(/Create(\w+)<\w+>\("([\w.]+)", "([^"]+)"/g)].flatMap(([, kind, name, unit]) => {
    const base = name.replaceAll('.', '_') + (unit === 's' ? '_seconds' : '');
    return kind === 'Counter' ? [`${base}_total`] : kind === 'Histogram' ? [`${base}_bucket`, `${base}_sum`, `${base}_count`] : [base];
  }));
  const panels = JSON.parse(read('monitoring', 'grafana-dashboard.json')).panels;
  assert.equal(new Set(panels.map((panel) => panel.id)).size, panels.length);
  const expressions = [...panels.flatMap((panel) => (panel.targets ?? []).map((target) => target.expr)), read('monitoring', 'alerts.yaml')];
  for (const [name] of expressions.join('\n').matchAll(/\bpreconf_gateway_\w+/g)) {
    assert.ok(known.has(name), name);
  }
});

test('promtool accepts the alerts, and they fire when they should', { skip: has('promtool') ? false : 'promtool is not installed (Debian package prometheus)' }, () => {
  for (const parameters of [['check', 'rules', 'alerts.yaml'], ['test', 'rules', 'alerts.test.yaml']]) {
    const { status, stdout, stderr } = spawnSync('promtool', parameters, { cwd: join(infra, 'monitoring'), encoding: 'utf8' });
    assert.equal(status, 0, stdout + stderr);
  }
});

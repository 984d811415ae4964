// The servers that the page is tested on: one that everybody may ask, and one that wants a key. The models are trained from the
// committed data into a temporary folder.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';

export const server = process.env.SERVER ?? 'target/debug/server';
const trainer = process.env.TRAINER ?? 'target/debug/trainer';

/** Runs the trainer; `codes` are the exit codes that are in order. */
export function run(args, codes = [0]) {
  const { status, stderr } = spawnSync(trainer, args, { encoding: 'utf8' });
  if (!codes.includes(status)) throw new Error(`trainer ${args.join(' ')} ended with ${status}:\n${stderr}`);
}

/** A key as a user would type it. */
export const KEY = 'a-key-for-the-browser-tests';

/** Trains the models and starts both servers. */
export async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'canopy-browser-'));
  const running = [];
  const stop = () => {
    running.forEach((process) => process.kill());
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const models = join(folder, 'models');
    const train = (config, ...set) =>
      execFileSync(
        trainer,
        ['train', '--conf', config, '--set', `output.dir=${models}`, '--quiet', ...set.flatMap((pair) => ['--set', pair])],
        { stdio: 'pipe' },
      );
    train('configs/boston.json');
    train('configs/boston.json', 'model.interval=0.9');
    train('configs/iris.json');
    train('configs/taxi.json', 'model.n_estimators=30');
    train('scripts/browser/payment.json');
    // A model that knows nothing of its training data.
    const onnx = join(folder, 'imported.onnx');
    const boston = readdirSync(models).find((file) => /^boston-v1.*canopy$/.test(file));
    execFileSync(trainer, ['export', join(models, boston), '--output', onnx], { stdio: 'pipe' });
    execFileSync(trainer, ['import', onnx, '--output', models, '--quiet'], { stdio: 'pipe' });
    writeFileSync(join(models, 'models.json'), JSON.stringify({ models: { boston: { aliases: { champion: 1, challenger: 2 } } } }));
    const keys = join(folder, 'keys.txt');
    writeFileSync(keys, `browser predict,metadata sha256:${createHash('sha256').update(KEY).digest('hex')}\n`);
    const [open, locked] = await Promise.all([
      listen(running, ['--model-folder', models, '--default-model', 'boston']),
      listen(running, ['--model-folder', models, '--default-model', 'iris', '--api-keys-file', keys]),
    ]);
    /** One more that nobody has asked yet, with these options. */
    const fresh = (...options) => listen(running, ['--model-folder', models, '--default-model', 'boston', ...options]);
    return { open, locked, folder, models, fresh, stop };
  } catch (error) {
    stop();
    throw error;
  }
}

/** Starts one on a free port and gives its address when it listens. */
function listen(running, options) {
  const process = spawn(server, [...options, '--bind', '127.0.0.1:0', '--admin-bind', 'off', '--log-format', 'text'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.push(process);
  return new Promise((found, failed) => {
    let log = '';
    process.stderr.on('data', (piece) => {
      log += piece;
      const address = log.match(/http:\/\/127\.0\.0\.1:\d+/);
      if (address) found(address[0]);
    });
    process.on('exit', (code) => failed(new Error(`the server ended with ${code}:\n${log}`)));
  });
}

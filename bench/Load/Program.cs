using System.CommandLine;
using Cloud.Load;

Option<int> validators = new("--validators") { Description = "Size of the committee; all of it in this process", DefaultValueFactory = _ => 48 };
Option<int> tps = new("--tps") { Description = "Transfers a second", DefaultValueFactory = _ => 500 };
Option<int> seconds = new("--seconds") { Description = "How long the load lasts", DefaultValueFactory = _ => 60 };
Option<int> chunk = new("--chunk") { Description = "Seconds of a chunk", DefaultValueFactory = _ => 2 };
Option<int> slot = new("--slot") { Description = "Seconds of a slot", DefaultValueFactory = _ => 12 };
Option<int> flashblock = new("--flashblock") { Description = "Milliseconds between flashblocks", DefaultValueFactory = _ => 200 };
Option<FileInfo?> json = new("--json") { Description = "File for the figures" };
Option<FileInfo?> trace = new("--trace") { Description = "File for what happened when: flashblocks, chunks, tips, pauses of the collector, late threads" };
Option<bool> goals = new("--goals") { Description = "Fail, with a sentence for each, where a goal is missed: latencies, the gap between slots, memory that grows (from 300 seconds on)" };
Option<bool> log = new("--log") { Description = "Log what the grains do" };
Command load = new("pipeline", "A committee in one process, on a real L1, under load in real time") { validators, tps, seconds, chunk, slot, flashblock, json, trace, goals, log };
load.SetAction((arguments, cancellation) => LoadRun.RunAsync(
    new LoadOptions(
        arguments.GetValue(validators), arguments.GetValue(tps), arguments.GetValue(seconds), arguments.GetValue(slot), arguments.GetValue(chunk), arguments.GetValue(flashblock)) { Logs = arguments.GetValue(log) },
    arguments.GetValue(json),
    arguments.GetValue(trace),
    arguments.GetValue(goals),
    cancellation));

Option<int> members = new("--validators") { Description = "Size of the committee", DefaultValueFactory = _ => 4 };
Option<int> rate = new("--tps") { Description = "Transfers a second", DefaultValueFactory = _ => 50 };
Option<int> count = new("--kills") { Description = "How often the process is killed", DefaultValueFactory = _ => 50 };
Option<int> seed = new("--seed") { Description = "Decides when", DefaultValueFactory = _ => 1 };
Command kills = new("kills", "kill -9 of the process at random under load: what it had emitted must be in the chain, and nothing may be signed twice") { members, rate, count, seed, log };
kills.SetAction((arguments, cancellation) => KillRun.RunAsync(
    arguments.GetValue(members), arguments.GetValue(rate), arguments.GetValue(count), arguments.GetValue(seed), arguments.GetValue(log), cancellation));

Argument<string> folder = new("folder");
Argument<string> l1 = new("l1");
Argument<int> size = new("validators");
Argument<int> speed = new("tps");
Argument<bool> logged = new("log");
Command child = new("child", "The process that is killed") { folder, l1, size, speed, logged };
child.Hidden = true;
child.SetAction((arguments, cancellation) => KilledChild.RunAsync(
    arguments.GetValue(folder)!, new Uri(arguments.GetValue(l1)!), arguments.GetValue(size), arguments.GetValue(speed), arguments.GetValue(logged), cancellation));

RootCommand command = new("The slot pipeline in real time.") { load, kills, child };
return await command.Parse(args).InvokeAsync();

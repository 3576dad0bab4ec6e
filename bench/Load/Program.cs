using System.CommandLine;
using Cloud.Load;
using Cloud.Silo.CommandLine;

Option<int> validators = new("--validators") { Description = "Size of the committee; all of it in this process", DefaultValueFactory = _ => 48 };
Option<int> tps = new("--tps") { Description = "Transfers a second", DefaultValueFactory = _ => 500 };
Option<int> seconds = new("--seconds") { Description = "How long the load lasts", DefaultValueFactory = _ => 60 };
Option<int> warmUp = new("--warm-up") { Description = "Seconds of the same load before what is measured: books that hold minutes are full then (default: the first slot, with at most 50 transfers a second)" };
Option<int> chunk = new("--chunk") { Description = "Seconds of a chunk", DefaultValueFactory = _ => 2 };
Option<int> slot = new("--slot") { Description = "Seconds of a slot", DefaultValueFactory = _ => 12 };
Option<int> flashblock = new("--flashblock") { Description = "Milliseconds between flashblocks", DefaultValueFactory = _ => 200 };
Option<FileInfo?> json = new("--json") { Description = "File for the figures" };
Option<FileInfo?> trace = new("--trace") { Description = "File for what happened when: flashblocks, chunks, tips, pauses of the collector, late threads" };
Option<bool> goals = new("--goals") { Description = "Fail, with a sentence for each, where a goal is missed: latencies, the gap between slots, memory that grows (from 540 seconds on)" };
Option<bool> log = new("--log") { Description = "Log what the grains do" };
Command load = new("pipeline", "A committee in one process, on a real L1, under load in real time") { validators, tps, seconds, warmUp, chunk, slot, flashblock, json, trace, goals, log };
load.SetAction((arguments, cancellation) => LoadRun.RunAsync(
    new LoadOptions(
        arguments.GetValue(validators), arguments.GetValue(tps), arguments.GetValue(seconds), arguments.GetValue(slot), arguments.GetValue(chunk), arguments.GetValue(flashblock)) { Logs = arguments.GetValue(log), WarmUp = arguments.GetValue(warmUp) },
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

Option<FileInfo> program = new("--program") { Description = "preconf-cloud.dll, built with -p:GrainRuntime=Orleans", Required = true };
Option<string> database = new("--database") { Description = "Connection string of a PostgreSQL database that has the tables of Orleans' scripts for clustering, persistence and reminders (default: the variable PRECONF_DATABASE)", DefaultValueFactory = _ => Environment.GetEnvironmentVariable("PRECONF_DATABASE") ?? "" };
Option<int> processes = new("--silos") { Description = "Processes with validators, beside the gateway", DefaultValueFactory = _ => 3 };
Option<int> every = new("--every") { Description = "Seconds between two kills", DefaultValueFactory = _ => 60 };
Option<int> down = new("--down") { Description = "Seconds until a killed silo is started again", DefaultValueFactory = _ => 3 };
Option<int> port = new("--port") { Description = "Port of the gateway; the 210 above it are used too", DefaultValueFactory = _ => 8700 };
Option<int> times = new("--kills") { Description = "How often a silo is killed", DefaultValueFactory = _ => 10 };
Option<TimeSpan?> outage = new("--database-outage") { Description = "After the kills, take the database away for so long, such as 20s; needs the two commands below", CustomParser = OptionValues.Duration };
Option<string?> stopDatabase = new("--stop-database") { Description = "Command that ends the database's server" };
Option<string?> startDatabase = new("--start-database") { Description = "Command that starts it again, and ends when it answers" };
Option<int> tpsOfSilos = new("--tps") { Description = "Transfers a second", DefaultValueFactory = _ => 300 };
Command silos = new("silos", "Silos and a gateway as processes on Orleans and PostgreSQL; a silo is killed with -9 again and again under load: what was shown must be in the chain, and nothing may be signed twice")
{
    program, database, processes, members, tpsOfSilos, times, every, down, outage, stopDatabase, startDatabase, port, log,
};
silos.SetAction(async (arguments, cancellation) =>
{
    if (arguments.GetRequiredValue(database).Length == 0)
    {
        await Console.Error.WriteLineAsync("error: no database is named\n       give --database, or set PRECONF_DATABASE, such as 'Host=127.0.0.1;Username=preconf;Password=...;Database=preconf'");
        return 2;
    }

    if (arguments.GetValue(outage) is not null && (arguments.GetValue(stopDatabase) is null || arguments.GetValue(startDatabase) is null))
    {
        await Console.Error.WriteLineAsync("error: --database-outage needs --stop-database and --start-database\n       such as 'pg_ctl -D FOLDER stop -m immediate' and 'pg_ctl -D FOLDER -w start'");
        return 2;
    }

    using SiloRun run = new(new SiloRunOptions(
        arguments.GetRequiredValue(program).FullName,
        arguments.GetRequiredValue(database),
        arguments.GetValue(processes),
        arguments.GetValue(members),
        arguments.GetValue(tpsOfSilos),
        arguments.GetValue(times),
        TimeSpan.FromSeconds(arguments.GetValue(every)),
        TimeSpan.FromSeconds(arguments.GetValue(down)),
        arguments.GetValue(port),
        arguments.GetValue(log))
    {
        Outage = arguments.GetValue(outage) is { } duration ? new DatabaseOutage(arguments.GetValue(stopDatabase)!, arguments.GetValue(startDatabase)!, duration) : null,
    });
    return await run.RunAsync(cancellation);
});

RootCommand command = new("The slot pipeline in real time.") { load, kills, silos, child };
return await command.Parse(args).InvokeAsync();

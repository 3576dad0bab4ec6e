using System.CommandLine;
using System.Text.Json;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Cloud.Bench.Gateway;
using Cloud.Protocol.Crypto;

namespace Cloud.Bench;

internal static class Program
{
    private static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static Task<int> Main(string[] arguments)
    {
        if (arguments is [SubscriberSwarm.Verb, ..])
        {
            return Task.FromResult(SubscriberSwarm.Run(arguments.AsSpan(1)));
        }

        ISubject[] subjects =
        [
            .. typeof(Program).Assembly.GetTypes()
                .Where(type => type is { IsClass: true, IsAbstract: false } && type.IsAssignableTo(typeof(ISubject)))
                .Select(type => (ISubject)Activator.CreateInstance(type)!)
                .OrderBy(subject => subject.Name, StringComparer.Ordinal),
        ];

        Argument<string> name = new("subject")
        {
            Description = "What to measure: " + string.Join("; ", subjects.Select(subject => $"{subject.Name} - {subject.Summary}")),
        };
        Option<FileInfo?> json = new("--json") { Description = "Write the measurements to this file as an array of {name, ours, peer, ratio, unit}" };
        Option<double> seconds = new("--seconds") { Description = "About how long one rate is measured", DefaultValueFactory = _ => 0.5 };
        Option<bool> precise = new("--precise") { Description = "Run the subject's BenchmarkDotNet benchmarks instead; takes minutes" };
        name.Validators.Add(result =>
        {
            string given = result.GetValueOrDefault<string>();
            if (subjects.All(subject => subject.Name != given))
            {
                result.AddError($"There is no subject '{given}'. Choose one of: {string.Join(", ", subjects.Select(subject => subject.Name))}.");
            }
        });
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<double>() is not (>= 0.01 and <= 60))
            {
                result.AddError("--seconds takes 0.01 to 60.");
            }
        });
        json.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<FileInfo?>()?.Directory is { Exists: false } folder)
            {
                result.AddError($"--json: there is no folder {folder.FullName}. Create it, or name another file.");
            }
        });

        Command command = ScriptCommand.Create("./bench.sh", "Measures parts of Preconf Cloud, next to a peer where there is one. A ratio above 1 means that ours is better.");
        command.Add(name);
        command.Add(json);
        command.Add(seconds);
        command.Add(precise);
        command.SetAction((parsed, cancellation) =>
        {
            ISubject subject = subjects.Single(subject => subject.Name == parsed.GetValue(name));
            return parsed.GetValue(precise)
                ? Task.FromResult(RunPrecisely(subject))
                : RunAsync(subject, TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(json), cancellation);
        });
        return ScriptCommand.RunAsync(command, arguments);
    }

    private static async Task<int> RunAsync(ISubject subject, TimeSpan budget, FileInfo? json, CancellationToken cancellation)
    {
        BenchRun run = new(budget, Console.Out);
        try
        {
            await subject.RunAsync(run, cancellation);
        }
        catch (NativeLibraryMissingException e)
        {
            await Console.Error.WriteLineAsync($"error: {e.Message}");
            return 1;
        }

        if (json is not null)
        {
            await File.WriteAllTextAsync(json.FullName, JsonSerializer.Serialize(run.Measurements, JsonOptions) + "\n", cancellation);
        }

        return 0;
    }

    private static int RunPrecisely(ISubject subject)
    {
        if (subject.PreciseBenchmarks.Count == 0)
        {
            Console.Error.WriteLine($"The subject {subject.Name} has no BenchmarkDotNet benchmarks. Leave out --precise.");
            return 1;
        }

        // In this process: a generated project would not find the native libraries.
        ManualConfig config = ManualConfig.Create(DefaultConfig.Instance)
            .AddJob(Job.ShortRun.WithToolchain(InProcessNoEmitToolchain.Instance))
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "preconf-bench"));
        foreach (Type type in subject.PreciseBenchmarks)
        {
            BenchmarkRunner.Run(type, config);
        }

        return 0;
    }
}
